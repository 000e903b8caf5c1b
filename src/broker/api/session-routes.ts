import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { LedgerRow } from '../../model/ledger-event.ts'
import { isOwn } from '../approvals/approvals.ts'
import type { CallerEnv } from '../logins/index.ts'
import { mayViewAll } from './access.ts'
import type { ApiParts } from './api-parts.ts'
import { told } from './instants.ts'
import { Problem } from './problem.ts'
import * as schemas from './schemas.ts'
import { assertUnhurried } from './unhurried.ts'

const problems = { default: { description: 'Refused', content: { 'application/json': { schema: schemas.problem } } } }
const json = <T extends z.ZodType>(schema: T) => ({ content: { 'application/json': { schema } } })
const params = z.object({ id: z.string().max(40) })

const issue = createRoute({
  method: 'post',
  path: '/v1/sessions',
  summary: 'Issue a session',
  request: { body: { required: true, ...json(schemas.sessionBody) } },
  responses: { 201: { description: 'The session and its credentials', ...json(schemas.issued) }, ...problems },
})
const list = createRoute({
  method: 'get',
  path: '/v1/sessions',
  summary: 'Find sessions, the newest first',
  request: { query: schemas.sessionQuery },
  responses: { 200: { description: 'A page of sessions', ...json(schemas.sessionPage) }, ...problems },
})
const show = createRoute({
  method: 'get',
  path: '/v1/sessions/{id}',
  summary: 'A session and what the ledger has of it',
  request: { params },
  responses: { 200: { description: 'The session', ...json(schemas.sessionStory) }, ...problems },
})
const review = createRoute({
  method: 'post',
  path: '/v1/sessions/{id}/review',
  summary: 'Say that a session issued on break-glass was looked at',
  request: { params, body: { required: true, ...json(schemas.reasonBody) } },
  responses: { 200: { description: 'Kept', ...json(schemas.sessionStory) }, ...problems },
})

export function sessionRoutes(app: OpenAPIHono<CallerEnv>, parts: ApiParts): void {
  const { ledger, issuer, config, now, metrics, logins } = parts

  app.openapi(issue, async (c) => {
    const { principal, sourceIp } = c.var
    assertUnhurried(logins.limits, principal)
    const outcome = await issuer.issue(principal, { ...definite(c.req.valid('json')), sourceIp })
    metrics.issued(outcome.allowed ? 'issued' : outcome.code)
    if (!outcome.allowed) throw new Problem(outcome.code, outcome.because)
    const { session, credentials } = outcome
    c.header('Cache-Control', 'no-store')
    const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = credentials
    const handed = { accessKeyId, secretAccessKey, sessionToken, expiration: expiration.toISOString() }
    return c.json(
      { session: told(session), credentials: { ...handed, ...(accountId === undefined ? {} : { accountId }) } },
      201,
    )
  })

  app.openapi(list, async (c) => {
    const { principal } = c.var
    const { live, principal: wanted, account, ...query } = c.req.valid('query')
    const seesAll = mayViewAll(principal, config())
    const principalId = seesAll ? wanted : principal.id
    const page = await ledger.sessions({
      ...definite(query),
      ...(live ? { liveAt: now().getTime() } : {}),
      ...(principalId === undefined ? {} : { principalId }),
      ...(account === undefined ? {} : { accountId: account }),
    })
    return c.json(
      {
        items: told(page.items).map((item) => ({ ...item })),
        ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
      },
      200,
    )
  })

  const storyOf = async (id: string, c: { readonly var: CallerEnv['Variables'] }) => {
    const session = await ledger.session(id)
    const isTheirs = session && (session.principalId === c.var.principal.id || mayViewAll(c.var.principal, config()))
    if (!session || !isTheirs) throw new Problem('not-found', 'There is no session of that id.')
    const rows: LedgerRow[] = []
    for await (const row of ledger.events({ sessionId: id, limit: 1000 })) rows.push(row)
    // The request's rows stand before the session's own.
    if (session.requestId !== undefined)
      for await (const row of ledger.events({ requestId: session.requestId, limit: 100 }))
        if (!rows.some(({ seq }) => seq === row.seq)) rows.push(row)
    if (session.revocationId !== undefined)
      for await (const row of ledger.events({ revocationId: session.revocationId, kinds: ['reached'], limit: 100 }))
        if (!rows.some(({ seq }) => seq === row.seq)) rows.push(row)
    const events = rows
      .sort((a, b) => a.seq - b.seq)
      .map(({ seq, hash, event }) => ({ seq, hash, event: { ...told(event) } }))
    return { session: { ...told(session) }, events }
  }

  app.openapi(show, async (c) => c.json(await storyOf(c.req.valid('param').id, c), 200))

  app.openapi(review, async (c) => {
    const { principal } = c.var
    const { id } = c.req.valid('param')
    if (!mayViewAll(principal, config())) throw new Problem('not-allowed', 'Reviewing is for viewers and admins.')
    const session = await ledger.session(id)
    if (session && isOwn(principal, session)) throw new Problem('not-allowed', 'Nobody reviews their own session.')
    if (!session) throw new Problem('not-found', 'There is no session of that id.')
    const { reason } = c.req.valid('json')
    await ledger.append([{ kind: 'reviewed', at: now().getTime(), sessionId: id, by: principal.id, reason }])
    return c.json(await storyOf(id, c), 200)
  })
}

type Definite<T> = { [Key in keyof T]: Exclude<T[Key], undefined> }

/** The same without members that are undefined, which our own types do not have. */
export const definite = <T extends object>(given: T): Definite<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Definite<T>
