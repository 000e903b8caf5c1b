import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Principal } from '../../model/principal.ts'
import type { ApprovalRequest } from '../../model/session-request.ts'
import { mayVote } from '../approvals/approvals.ts'
import { isOutdated } from '../decide/terms.ts'
import { isOneOf } from '../decide/who.ts'
import type { CallerEnv } from '../logins/index.ts'
import { mayViewAll } from './access.ts'
import type { ApiParts } from './api-parts.ts'
import { told } from './instants.ts'
import { linkNext } from './next-page.ts'
import { Problem } from './problem.ts'
import * as schemas from './schemas.ts'
import { definite } from './session-routes.ts'
import { assertUnhurried } from './unhurried.ts'

const problems = { default: { description: 'Refused', content: { 'application/json': { schema: schemas.problem } } } }
const json = <T extends z.ZodType>(schema: T) => ({ content: { 'application/json': { schema } } })

const ask = createRoute({
  method: 'post',
  path: '/v1/requests',
  summary: 'Ask for a session that needs approval',
  request: { body: { required: true, ...json(schemas.requestBody) } },
  responses: { 201: { description: 'It waits', ...json(schemas.approvalRequest) }, ...problems },
})
const list = createRoute({
  method: 'get',
  path: '/v1/requests',
  summary: 'Requests: own ones, and those the caller may decide on or see',
  request: {
    query: z.object({
      state: z
        .enum(['waiting', 'approved', 'refused', 'used'])
        .optional()
        .openapi({ description: 'Of those that wait or are approved, the outdated are left out' }),
      mine: z.enum(['true', 'false']).optional().openapi({ description: "The caller's own only" }),
      cursor: schemas.cursor,
    }),
  },
  responses: {
    200: {
      description: 'Requests, the newest first',
      headers: schemas.linked,
      ...json(z.array(schemas.approvalRequest).readonly()),
    },
    ...problems,
  },
})
const show = createRoute({
  method: 'get',
  path: '/v1/requests/{id}',
  summary: 'A request: an own one, or one the caller may decide on or see',
  request: { params: z.object({ id: z.string().max(40) }) },
  responses: { 200: { description: 'The request as it now stands', ...json(schemas.approvalRequest) }, ...problems },
})
const vote = createRoute({
  method: 'post',
  path: '/v1/requests/{id}/votes',
  summary: 'Approve or refuse a request',
  request: { params: z.object({ id: z.string().max(40) }), body: { required: true, ...json(schemas.voteBody) } },
  responses: { 200: { description: 'The request as it now stands', ...json(schemas.approvalRequest) }, ...problems },
})

export function requestRoutes(app: OpenAPIHono<CallerEnv>, { ledger, approvals, config, now, logins }: ApiParts): void {
  const view = ({ terms, ...request }: ApprovalRequest) => {
    const isOpen = request.state === 'waiting' || request.state === 'approved'
    const isOver = isOpen && isOutdated({ ...request, ...(terms === undefined ? {} : { terms }) }, config())
    return { ...told(request), ...(isOver ? { outdated: true as const } : {}) }
  }

  app.openapi(ask, async (c) => {
    const { principal, sourceIp } = c.var
    assertUnhurried(logins.limits, principal)
    const outcome = await approvals.ask(principal, { ...definite(c.req.valid('json')), sourceIp })
    if (!outcome.allowed) throw new Problem(outcome.code, outcome.because)
    return c.json(view(outcome.request), 201)
  })

  const maySee = (principal: Principal, request: ApprovalRequest): boolean =>
    request.principalId === principal.id ||
    mayViewAll(principal, config()) ||
    config().grants.some((grant) => mayVote(principal, request, grant))

  app.openapi(list, async (c) => {
    const { principal } = c.var
    const { state, mine, cursor: begin } = c.req.valid('query')
    const { grants } = config()
    const seesOthers =
      mayViewAll(principal, config()) || grants.some(({ approvals: by }) => by && isOneOf(by.by, principal))
    const wanted = (request: ApprovalRequest): boolean => {
      if (state === 'waiting' && request.expiresAt <= now().getTime()) return false
      if ((state === 'waiting' || state === 'approved') && isOutdated(request, config())) return false
      return maySee(principal, request)
    }
    const seen: ApprovalRequest[] = []
    let cursor = begin
    // Who may see few of many is shown them all the same, a page at a time: what is cut is cut after it was chosen.
    for (let looked = 0; seen.length < enough && looked < mostLookedAt; ) {
      const page = await ledger.requests({
        limit: 500,
        ...(state === undefined ? {} : { state }),
        ...(seesOthers && mine !== 'true' ? {} : { principalId: principal.id }),
        ...(cursor === undefined ? {} : { cursor }),
      })
      seen.push(...page.items.filter(wanted))
      looked += page.items.length
      cursor = page.cursor
      if (cursor === undefined) break
    }
    linkNext(c, cursor)
    return c.json(seen.map(view), 200)
  })

  app.openapi(show, async (c) => {
    const request = await ledger.request(c.req.valid('param').id)
    if (!request || !maySee(c.var.principal, request)) throw new Problem('not-found', 'There is no request of that id.')
    return c.json(view(request), 200)
  })

  app.openapi(vote, async (c) => {
    const outcome = await approvals.vote(c.var.principal, c.req.valid('param').id, definite(c.req.valid('json')))
    if (!outcome.allowed) throw new Problem(outcome.code, outcome.because)
    return c.json(view(outcome.request), 200)
  })
}

/** Requests after which a page is full. */
const enough = 200
/** Requests that are looked at for one page. */
const mostLookedAt = 5000
