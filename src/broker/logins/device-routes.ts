import { type Context, Hono } from 'hono'
import type { Principal } from '../../model/principal.ts'
import { isFromOurPage } from './caller-from.ts'
import { chooseWay } from './choose-way.ts'
import { getSession } from './cookies.ts'
import { type DeviceLogins, readWaiting } from './device-logins.ts'
import { type LoginRoom, tooMany } from './login-flow.ts'
import { codePage, confirmPage, donePage, problemPage } from './pages.ts'
import { formFields, queryFields } from './read-input.ts'
import { sourceIp } from './source-ip.ts'

/** The pages on which a person lets a device in: sign in, enter the code, look at who asks, allow or refuse. */
export function deviceRoutes(room: LoginRoom, devices: DeviceLogins): Hono {
  const { parts, seal, admission } = room
  const app = new Hono()

  app.get('/device', async (c) => {
    const principal = await signedIn(c)
    const given = queryFields(c)?.user_code ?? ''
    const code = /^[A-Za-z-]{1,16}$/.test(given) ? given : ''
    if (principal) return codePage(c, principal.name, code)
    return chooseWay(room, c, { kind: 'page', to: code === '' ? '/device' : `/device?user_code=${code}` })
  })

  app.post('/device', async (c) => {
    const principal = await fromOurPage(c)
    if (principal === undefined) return problemPage(c, 403, notOurs)
    const wait = Math.max(admission.mayTry(c, 'user-code'), parts.limits.take('user-code', principal.id))
    if (wait > 0) return tooMany(c, wait)
    const typed = (await formFields(c))?.user_code ?? ''
    const device = await devices.find(typed)
    if (device === undefined) return codePage(c, principal.name, '', 'No device waits with that code.')
    const seconds = Math.ceil((device.until - parts.now().getTime()) / 1000)
    const ticket = await seal.seal('confirm', { principalId: principal.id, device }, seconds)
    return confirmPage(c, principal.name, ticket, device, sourceIp(c, parts))
  })

  app.post('/device/confirm', async (c) => {
    const principal = await fromOurPage(c)
    if (principal === undefined) return problemPage(c, 403, notOurs)
    const { ticket = '', answer } = (await formFields(c)) ?? {}
    const shown = await seal.unseal('confirm', ticket)
    const { principalId, device } = shown?.content ?? {}
    const isShown = shown !== undefined && principalId === principal.id && typeof device === 'object' && device !== null
    const waiting = isShown ? readWaiting({ ...device }, shown.until) : undefined
    if (waiting === undefined) return problemPage(c, 400, 'This page was shown to somebody else, or too long ago.')
    const allowed = answer === 'allow'
    if (!(await devices.answer(waiting, principal, allowed)))
      return problemPage(c, 400, 'The device has had its answer, or waits no longer.')
    const { id, name, authenticator } = principal
    const at = parts.now().getTime()
    const said = { at, authenticator, sourceIp: waiting.sourceIp }
    await parts.ledger.append([
      allowed
        ? { kind: 'login', ...said, principalId: id, name }
        : { kind: 'login-refused', ...said, because: `${id} refused a device` },
    ])
    return donePage(c, allowed)
  })

  /** Who is signed in at this browser. */
  async function signedIn(c: Context): Promise<Principal | undefined> {
    const token = getSession(c, parts.config().publicUrl)
    const verdict = token === undefined ? undefined : await parts.tokens.verify(token)
    return verdict?.allowed ? verdict.principal : undefined
  }

  const fromOurPage = async (c: Context): Promise<Principal | undefined> =>
    isFromOurPage(c, parts.config().publicUrl) ? signedIn(c) : undefined

  return app
}

const notOurs = 'Nobody is signed in, or the form came from another site. Open /device and begin anew.'
