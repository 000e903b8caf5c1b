import { type Context, Hono } from 'hono'
import { refusals } from './admission.ts'
import type { LoginRoom } from './login-flow.ts'
import { bodyText } from './read-input.ts'
import { nodePeer, sourceIp } from './source-ip.ts'

const longestBody = 64 * 1024

/** Where workloads trade their proof for a login. */
export function tokenRoutes({ parts, admission }: LoginRoom): Hono {
  const app = new Hono()

  app.post('/v1/tokens', async (c) => {
    c.header('Cache-Control', 'no-store')
    const { authenticator, proof } = objectIn(await bodyText(c, longestBody))
    if (typeof authenticator !== 'string') return problem(c, 400, 'proof-malformed', 'The body names no authenticator.')
    const way = parts.authenticators.proof(authenticator)
    const { certificates } = (parts.peer ?? nodePeer)(c)
    const context = { sourceIp: sourceIp(c, parts), ...(certificates === undefined ? {} : { certificates }) }
    const admitted = await admission.admit(c, authenticator, async () =>
      way === undefined
        ? { allowed: false, code: 'not-known', because: 'There is no authenticator of that name for workloads.' }
        : way.authenticate(proof, context),
    )
    if (admitted.kind === 'wait') {
      c.header('Retry-After', String(admitted.seconds))
      return problem(c, 429, 'rate-limited', `That was tried too often. Wait ${admitted.seconds} seconds.`)
    }
    if (admitted.kind === 'refused') {
      const { status, message } = refusals[admitted.code]
      return problem(c, status, admitted.code, message)
    }
    const { principal } = admitted
    const { token, expiresAt } = await parts.tokens.issue(principal)
    return c.json({ token, expiresAt: expiresAt.toISOString(), principal })
  })

  return app
}

function objectIn(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}

const problem = (c: Context, status: 400 | 401 | 403 | 429 | 503, code: string, message: string): Response =>
  c.json({ error: { code, message } }, status)
