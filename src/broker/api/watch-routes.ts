import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { LedgerEvent } from '../../model/ledger-event.ts'
import { isOwn } from '../approvals/approvals.ts'
import type { CallerEnv } from '../logins/index.ts'
import { accessOf, mayViewAll } from './access.ts'
import type { ApiParts } from './api-parts.ts'
import { linkNext } from './next-page.ts'
import { Problem } from './problem.ts'
import * as schemas from './schemas.ts'

const problems = { default: { description: 'Refused', content: { 'application/json': { schema: schemas.problem } } } }
const json = <T extends z.ZodType>(schema: T) => ({ content: { 'application/json': { schema } } })

const alerts = createRoute({
  method: 'get',
  path: '/v1/alerts',
  summary: 'Alerts, the newest first',
  request: { query: z.object({ cursor: schemas.cursor }) },
  responses: {
    200: { description: 'Alerts', headers: schemas.linked, ...json(z.array(schemas.alert).readonly()) },
    ...problems,
  },
})
const close = createRoute({
  method: 'post',
  path: '/v1/alerts/{id}/close',
  summary: 'Close an alert',
  request: { params: z.object({ id: z.string().max(40) }), body: { required: true, ...json(schemas.reasonBody) } },
  responses: { 200: { description: 'Closed', ...json(schemas.alert) }, ...problems },
})
const health = createRoute({
  method: 'get',
  path: '/v1/ledger',
  summary: 'Where the ledger stands',
  responses: { 200: { description: 'Its head', ...json(schemas.ledgerHealth) }, ...problems },
})

type Alert = z.infer<typeof schemas.alert>
type Of<Kind extends LedgerEvent['kind']> = Extract<LedgerEvent, { readonly kind: Kind }>

const perPage = 500

const openAlert = ({ alertId: id, alert: kind, text, sessionId, at }: Of<'alert'>): Alert => ({
  ...{ id, kind, text, at: new Date(at).toISOString() },
  ...(sessionId === undefined ? {} : { sessionId }),
})
const closing = ({ by, reason, at }: Of<'alert-closed'>) => ({ by, reason, at: new Date(at).toISOString() })

export function watchRoutes(app: OpenAPIHono<CallerEnv>, { ledger, config, now, verifiedAt }: ApiParts): void {
  /** Alerts from below a row on, each with how it was closed; and, where there are more, the row of the last. */
  const alertsBefore = async (before: number | undefined) => {
    const found = new Map<string, Alert>()
    let last = 0
    const range = before === undefined ? {} : { before }
    for await (const { seq, event } of ledger.events({ kinds: ['alert'], newestFirst: true, limit: perPage, ...range }))
      if (event.kind === 'alert') {
        found.set(event.alertId, openAlert(event))
        last = seq
      }
    for await (const { event } of ledger.events({ kinds: ['alert-closed'], after: last })) {
      const known = event.kind === 'alert-closed' ? found.get(event.alertId) : undefined
      if (known && event.kind === 'alert-closed') found.set(known.id, { ...known, closed: closing(event) })
    }
    return { alerts: [...found.values()], ...(found.size < perPage ? {} : { last }) }
  }

  const find = async (id: string): Promise<Alert | undefined> => {
    for await (const { seq, event } of ledger.events({ kinds: ['alert'], newestFirst: true })) {
      if (event.kind !== 'alert' || event.alertId !== id) continue
      for await (const { event: later } of ledger.events({ kinds: ['alert-closed'], after: seq }))
        if (later.kind === 'alert-closed' && later.alertId === id)
          return { ...openAlert(event), closed: closing(later) }
      return openAlert(event)
    }
    return undefined
  }

  app.openapi(alerts, async (c) => {
    if (!mayViewAll(c.var.principal, config())) throw new Problem('not-allowed', 'Alerts are for viewers and admins.')
    const { cursor } = c.req.valid('query')
    const before = cursor === undefined ? undefined : Number(cursor)
    if (before !== undefined && !Number.isSafeInteger(before))
      throw new Problem('malformed', 'The cursor is not one that was given with a page.')
    const page = await alertsBefore(before)
    linkNext(c, page.last === undefined ? undefined : String(page.last))
    return c.json(page.alerts, 200)
  })

  app.openapi(close, async (c) => {
    const { principal } = c.var
    if (!accessOf(principal, config()).includes('admin'))
      throw new Problem('not-allowed', 'Closing alerts is for admins.')
    const { id } = c.req.valid('param')
    const { reason } = c.req.valid('json')
    const known = await find(id)
    if (!known) throw new Problem('not-found', 'There is no alert of that id.')
    if (known.closed) return c.json(known, 200)
    const session = known.sessionId === undefined ? undefined : await ledger.session(known.sessionId)
    if (known.kind === 'break-glass' && session && isOwn(principal, session))
      throw new Problem('not-allowed', 'Nobody closes the alert about their own break-glass.')
    const at = now().getTime()
    await ledger.append([{ kind: 'alert-closed', at, alertId: id, by: principal.id, reason }])
    return c.json({ ...known, closed: { by: principal.id, reason, at: new Date(at).toISOString() } }, 200)
  })

  app.openapi(health, async (c) => {
    if (!mayViewAll(c.var.principal, config()))
      throw new Problem('not-allowed', 'The ledger is for viewers and admins.')
    const head = await ledger.head()
    const verified = verifiedAt()
    const database = config().database.split(':')[0] ?? ''
    return c.json(
      { ...head, database, ...(verified === undefined ? {} : { verifiedAt: new Date(verified).toISOString() }) },
      200,
    )
  })
}
