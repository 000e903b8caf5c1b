import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Principal } from '../../model/principal.ts'
import type { RevocationTarget } from '../../model/revocation.ts'
import { tokenClaims } from '../../sources/token-claims.ts'
import type { CallerEnv } from '../logins/index.ts'
import { accessOf, mayViewAll } from './access.ts'
import type { ApiParts } from './api-parts.ts'
import { told } from './instants.ts'
import { Problem } from './problem.ts'
import * as schemas from './schemas.ts'

const problems = { default: { description: 'Refused', content: { 'application/json': { schema: schemas.problem } } } }
const json = <T extends z.ZodType>(schema: T) => ({ content: { 'application/json': { schema } } })

const revoke = createRoute({
  method: 'post',
  path: '/v1/revocations',
  summary: 'End sessions, or say what ending them would reach (dryRun)',
  request: { body: { required: true, ...json(schemas.revocationBody) } },
  responses: { 200: { description: 'How far it reached, place by place', ...json(schemas.revocation) }, ...problems },
})
const list = createRoute({
  method: 'get',
  path: '/v1/revocations',
  summary: 'Revocations, the newest first',
  responses: { 200: { description: 'Revocations', ...json(z.array(schemas.revocation).readonly()) }, ...problems },
})
const show = createRoute({
  method: 'get',
  path: '/v1/revocations/{id}',
  summary: 'A revocation',
  request: { params: z.object({ id: z.string().max(40) }) },
  responses: { 200: { description: 'The revocation', ...json(schemas.revocation) }, ...problems },
})
const ack = createRoute({
  method: 'post',
  path: '/v1/agents/acks',
  summary: 'Say that an agent dropped its copies',
  request: { body: { required: true, ...json(schemas.ackBody) } },
  responses: { 200: { description: 'Heard', ...json(z.object({})) }, ...problems },
})

/**
 * An agent says that it dropped its copies. Before the door that refuses who was revoked: of them it is asked just then,
 * and a login that was good up to the revocation shows whose agent it is.
 */
export function ackRoute(app: OpenAPIHono<CallerEnv>, { hub, logins }: ApiParts): void {
  app.openapi(ack, async (c) => {
    const bearer = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
    const verdict = await logins.tokens.verify(bearer)
    if (!verdict.allowed && verdict.code !== 'principal-revoked') throw new Problem(verdict.code, verdict.because)
    const { revocationId, agent } = c.req.valid('json')
    hub.acknowledge(revocationId, agent, String(tokenClaims(bearer).get('sub')))
    return c.json({}, 200)
  })
}

export function revocationRoutes(app: OpenAPIHono<CallerEnv>, parts: ApiParts): void {
  const { ledger, revoker, config, metrics, now, logins } = parts

  app.openapi(revoke, async (c) => {
    const begun = performance.now()
    const { principal } = c.var
    const { target: asked, reason, dryRun = false } = c.req.valid('json')
    const target = withInstant(asked, now())
    if (!(await mayRevoke(principal, target)))
      throw new Problem('not-allowed', 'Ending sessions of others is for admins.')
    const isAdmin = accessOf(principal, config()).includes('admin')
    if (!dryRun && !isAdmin && logins.limits.take('revocation', principal.id) > 0)
      throw new Problem('rate-limited', 'That is many revocations at once: end all of yours with one, or wait.')
    const outcome = await revoker.revoke(target, principal, reason, { dryRun })
    if (!outcome.allowed) throw new Problem(outcome.code, outcome.because)
    if (!dryRun) metrics.revoked((performance.now() - begun) / 1000)
    return c.json({ ...told(outcome.revocation) }, 200)
  })

  app.openapi(list, async (c) => {
    if (!mayViewAll(c.var.principal, config())) throw new Problem('not-allowed', 'The list is for viewers and admins.')
    return c.json(
      told(await ledger.revocations({ limit: 200 })).map((one) => ({ ...one })),
      200,
    )
  })

  app.openapi(show, async (c) => {
    const found = await ledger.revocation(c.req.valid('param').id)
    if (!found || !(found.by === c.var.principal.id || mayViewAll(c.var.principal, config())))
      throw new Problem('not-found', 'There is no revocation of that id.')
    return c.json({ ...told(found) }, 200)
  })

  async function mayRevoke(principal: Principal, target: RevocationTarget): Promise<boolean> {
    if (accessOf(principal, config()).includes('admin')) return true
    if (target.kind === 'principal') return target.principalId === principal.id
    return target.kind === 'session' && (await ledger.session(target.sessionId))?.principalId === principal.id
  }
}

/** Milliseconds that the caller's clock may be ahead. */
const leeway = 60_000

function withInstant(asked: z.infer<typeof schemas.target>, now: Date): RevocationTarget {
  if (asked.kind === 'session') return asked
  const { before, ...rest } = asked
  if (before === undefined) return rest
  const instant = Date.parse(before)
  if (!Number.isFinite(instant))
    throw new Problem('malformed', 'before is not an instant such as 2026-11-21T12:00:00Z.')
  // It could not be taken back: nobody would get in until then.
  if (instant > now.getTime() + leeway) throw new Problem('malformed', 'before is an instant that is yet to come.')
  return { ...rest, before: instant }
}
