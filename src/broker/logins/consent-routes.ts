import { timingSafeEqual } from 'node:crypto'
import { type Context, Hono } from 'hono'
import type { Principal } from '../../model/principal.ts'
import { isFromOurPage } from './caller-from.ts'
import { setLogin, takeLogin } from './cookies.ts'
import type { Goal, LoginRoom } from './login-flow.ts'
import { consentPage, landingPage, problemPage } from './pages.ts'
import { principalClaims, principalIn } from './principal-claims.ts'
import { formFields } from './read-input.ts'
import { sourceIp } from './source-ip.ts'

type Program = Omit<Extract<Goal, { readonly kind: 'code' }>, 'kind'>

/** Seconds that somebody has to look at the page. */
const consentLasts = 300
/** Seconds that a program has to trade its code. */
const codeLasts = 60

/**
 * Asks whoever has just signed in whether the program that waits on their machine may have their login. A provider that
 * knows them already shows nothing, and any program can open their browser (RFC 8252, section 8.6). The page counts in
 * the browser it was shown in, and once.
 */
export async function askConsent(room: LoginRoom, c: Context, principal: Principal, asked: Program): Promise<Response> {
  const { parts, seal } = room
  const shownIn = Buffer.from(parts.randomBytes(24)).toString('base64url')
  const ticket = await seal.seal('consent', { ...asked, shownIn, principal: principalClaims(principal) }, consentLasts)
  setLogin(c, parts.config().publicUrl, shownIn, consentLasts)
  return consentPage(c, principal.name, ticket, new URL(asked.redirectUri).host)
}

/** The answer to that page: the program is given a code, or told that it was denied. */
export function consentRoutes({ parts, seal }: LoginRoom): Hono {
  const app = new Hono()

  app.post('/oauth/consent', async (c) => {
    const { publicUrl } = parts.config()
    if (!isFromOurPage(c, publicUrl)) return problemPage(c, 403, 'The form came from another site. Begin anew.')
    const { ticket = '', answer } = (await formFields(c)) ?? {}
    const shown = await seal.unseal('consent', ticket)
    const { redirectUri, challenge, state, shownIn, principal: claims } = shown?.content ?? {}
    const principal = typeof claims === 'object' && claims !== null ? principalIn({ ...claims }) : undefined
    const isHere = typeof shownIn === 'string' && isSame(takeLogin(c, publicUrl), shownIn)
    if (!shown || !principal || !isHere || typeof redirectUri !== 'string')
      return problemPage(c, 400, 'This page was shown in another browser, or too long ago. Begin anew.')
    if (!(await parts.ledger.spend(`consent:${shown.id}`, shown.until, parts.now().getTime())))
      return problemPage(c, 400, 'The program has had its answer.')
    const back = (came: Readonly<Record<string, string>>): Response => {
      const url = new URL(redirectUri)
      for (const [name, value] of Object.entries({ ...came, iss: publicUrl })) url.searchParams.set(name, value)
      if (typeof state === 'string') url.searchParams.set('state', state)
      return landingPage(c, url.href)
    }
    if (answer !== 'allow') {
      const because = `${principal.id} refused a program that waits at ${new URL(redirectUri).host}`
      const said = { at: parts.now().getTime(), authenticator: principal.authenticator, sourceIp: sourceIp(c, parts) }
      await parts.ledger.append([{ kind: 'login-refused', ...said, because }])
      return back({ error: 'access_denied' })
    }
    return back({ code: await seal.seal('code', { principal: claims, redirectUri, challenge }, codeLasts) })
  })

  return app
}

function isSame(cookie: string | undefined, shownIn: string): boolean {
  const [given, wanted] = [Buffer.from(cookie ?? ''), Buffer.from(shownIn)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
