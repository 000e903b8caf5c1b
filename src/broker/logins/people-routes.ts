import { Hono } from 'hono'
import { isFromOurPage } from './caller-from.ts'
import { endSession, getSession } from './cookies.ts'
import { beginLogin, finishLogin, type LoginRoom, ownPath, readGoal, tooMany } from './login-flow.ts'
import { problemPage } from './pages.ts'
import { formFields, queryFields } from './read-input.ts'

/** Seconds that a browser has to fetch what it brought. */
const answerLasts = 60
const longestAnswer = 384 * 1024

/** To the identity provider and back, and out again. */
export function peopleRoutes(room: LoginRoom): Hono {
  const { parts, seal } = room
  const app = new Hono()

  app.get('/auth/:name/start', async (c) => {
    const way = parts.authenticators.login(c.req.param('name'))
    if (way === undefined) return problemPage(c, 404, 'There is no such way to sign in.')
    const { flow, to } = queryFields(c) ?? {}
    const asked = flow === undefined ? undefined : readGoal((await seal.unseal('flow', flow))?.content.goal)
    if (flow !== undefined && asked === undefined)
      return problemPage(c, 400, 'The program has waited for too long. Start it again.')
    return beginLogin(room, c, way, asked ?? { kind: 'page', to: ownPath(to) })
  })

  app.get('/auth/:name/callback', async (c) => {
    const way = parts.authenticators.login(c.req.param('name'))
    const came = queryFields(c)
    if (way === undefined || came === undefined)
      return problemPage(c, 400, 'The identity provider sent nothing of use.')
    const { answer } = came
    if (answer === undefined || way.kind !== 'saml') return finishLogin(room, c, way, came)
    const left = await parts.ledger.take(`answer:${answer}`, parts.now().getTime())
    if (left === undefined) return problemPage(c, 400, 'This sign-in is over. Begin anew.')
    return finishLogin(room, c, way, { SAMLResponse: left })
  })

  // A SAML response is posted from the provider's page, and with such a POST browsers send no Lax cookie; a cookie that
  // they would send (SameSite=None) needs TLS and goes with every request of every site. So what was posted is left for
  // a moment, and the browser told to come for it by GET, which brings its cookie along.
  app.post('/auth/:name/callback', async (c) => {
    const way = parts.authenticators.login(c.req.param('name'))
    const wait = room.admission.mayTry(c, 'proof')
    if (wait > 0) return tooMany(c, wait)
    const response = (await formFields(c, longestAnswer))?.SAMLResponse
    if (way?.kind !== 'saml' || response === undefined)
      return problemPage(c, 400, 'The identity provider sent nothing of use.')
    const answer = Buffer.from(parts.randomBytes(24)).toString('base64url')
    const at = parts.now().getTime()
    await parts.ledger.put(`answer:${answer}`, response, at + answerLasts * 1000, at)
    c.header('Cache-Control', 'no-store')
    return c.redirect(`${parts.config().publicUrl}/auth/${encodeURIComponent(way.name)}/callback?answer=${answer}`, 303)
  })

  app.post('/auth/logout', async (c) => {
    const { publicUrl } = parts.config()
    const bearer = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (bearer === undefined && !isFromOurPage(c, publicUrl))
      return c.json(
        { error: { code: 'not-allowed', message: "The call does not come from the broker's own page." } },
        403,
      )
    const token = bearer ?? getSession(c, publicUrl)
    if (token !== undefined) await parts.tokens.end(token)
    endSession(c, publicUrl)
    return c.body(null, 204)
  })

  return app
}
