import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Principal } from '../../model/principal.ts'
import type { Grant } from '../config/broker-config.ts'
import { consider, decide, told as inWords } from '../decide/decide.ts'
import { isOneOf } from '../decide/who.ts'
import type { CallerEnv } from '../logins/index.ts'
import { accessOf, mayViewAll } from './access.ts'
import type { ApiParts } from './api-parts.ts'
import { Problem } from './problem.ts'
import * as schemas from './schemas.ts'
import { definite } from './session-routes.ts'

const problems = { default: { description: 'Refused', content: { 'application/json': { schema: schemas.problem } } } }
const json = <T extends z.ZodType>(schema: T) => ({ content: { 'application/json': { schema } } })

const me = createRoute({
  method: 'get',
  path: '/v1/me',
  summary: 'Who the caller is, and what they may do',
  responses: { 200: { description: 'The caller', ...json(schemas.me) }, ...problems },
})
const list = createRoute({
  method: 'get',
  path: '/v1/grants',
  summary: 'The grants as they apply to the caller, or to another (viewers)',
  request: { query: z.object({ principal: z.string().max(600).optional() }) },
  responses: { 200: { description: 'Grants', ...json(z.array(schemas.grantView).readonly()) }, ...problems },
})
const explain = createRoute({
  method: 'post',
  path: '/v1/explain',
  summary: 'What the broker would say to a request, and by which grant',
  request: { body: { required: true, ...json(schemas.explainBody) } },
  responses: { 200: { description: 'The decision', ...json(schemas.explanation) }, ...problems },
})

export function grantRoutes(app: OpenAPIHono<CallerEnv>, { config, ledger, now }: ApiParts): void {
  app.openapi(me, (c) => {
    const { id, kind, name, groups, expiresAt } = c.var.principal
    const access = [...accessOf(c.var.principal, config())]
    return c.json(
      { principal: { id, kind, name, groups: [...groups] }, access, expiresAt: expiresAt.toISOString() },
      200,
    )
  })

  app.openapi(list, async (c) => {
    const principal = await about(c.var.principal, c.req.valid('query').principal)
    const shown = config().grants.filter((grant) => isOneOf(grant.to, principal))
    return c.json(
      shown.map((grant) => view(grant, principal, c.var.sourceIp)),
      200,
    )
  })

  app.openapi(explain, async (c) => {
    const { principal: other, at, ...request } = c.req.valid('json')
    const principal = await about(c.var.principal, other)
    const instant = at === undefined ? now() : new Date(at)
    if (Number.isNaN(instant.getTime()))
      throw new Problem('malformed', 'at is not an instant such as 2026-11-21T12:00:00Z.')
    const decision = decide(principal, { ...definite(request), sourceIp: c.var.sourceIp }, config(), instant)
    return c.json(
      decision.allowed
        ? { allowed: true, grant: decision.grant.name, duration: decision.duration }
        : { allowed: false, code: decision.code, because: decision.because },
      200,
    )
  })

  function view(grant: Grant, principal: Principal, sourceIp: string) {
    const request = { role: grant.role, sourceIp, ...(grant.breakGlass ? { breakGlass: true as const } : {}) }
    const found = consider(principal, request, config(), now()).find((one) => one.grant.name === grant.name)
    const obstacle = found && !found.allowed ? found.obstacles[0] : undefined
    const { name, role, longest, usual } = grant
    return {
      ...{ grant: name, role, longest, usual, needs: needsOf(grant), allowed: found?.allowed === true },
      ...(grant.approvals ? { approvals: grant.approvals.count } : {}),
      ...(obstacle ? { code: obstacle.code, because: obstacle.because } : {}),
    }
  }

  /** The caller, or somebody else as they were last proven, for who may see all. */
  async function about(caller: Principal, id: string | undefined): Promise<Principal> {
    if (id === undefined || id === caller.id) return caller
    if (!mayViewAll(caller, config())) throw new Problem('not-allowed', "Others' grants are for viewers and admins.")
    let name: string | undefined
    for await (const { event } of ledger.events({ principalId: id, kinds: ['login'], newestFirst: true, limit: 1 }))
      if (event.kind === 'login') name = event.name
    if (name === undefined) throw new Problem('not-found', 'Nobody of that id has signed in.')
    // Groups and claims come with a proof, and are kept nowhere: what grants give by them is not seen here.
    const [authenticator = ''] = id.split(':')
    return { ...caller, id, name, authenticator, groups: [], claims: {} }
  }
}

/** What a grant asks for, in words. */
function needsOf({ mfaWithin, reasonNeeded, ticket, approvals, networks, hours, breakGlass }: Grant): string[] {
  return [
    mfaWithin === undefined ? '' : `a second factor in the last ${inWords(mfaWithin)}`,
    reasonNeeded ? 'a reason' : '',
    ticket === undefined ? '' : `a ticket like ${ticket}`,
    approvals ? `${approvals.count} approval${approvals.count > 1 ? 's' : ''}` : '',
    networks ? `one of the networks ${networks.join(', ')}` : '',
    hours ? `its hours (${hours.zone})` : '',
    breakGlass ? 'an emergency' : '',
  ].filter((need) => need !== '')
}
