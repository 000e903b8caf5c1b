import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { isOwn } from '../approvals/approvals.ts'
import type { CallerEnv } from '../logins/index.ts'
import { accessOf, mayViewAll } from './access.ts'
import type { ApiParts } from './api-parts.ts'
import { Problem } from './problem.ts'
import * as schemas from './schemas.ts'

const problems = { default: { description: 'Refused', content: { 'application/json': { schema: schemas.problem } } } }
const json = <T extends z.ZodType>(schema: T) => ({ content: { 'application/json': { schema } } })

const alerts = createRoute({
  method: 'get',
  path: '/v1/alerts',
  summary: 'Alerts, the newest first',
  responses: { 200: { description: 'Alerts', ...json(z.array(schemas.alert).readonly()) }, ...problems },
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

export function watchRoutes(app: OpenAPIHono<CallerEnv>, { ledger, config, now, verifiedAt }: ApiParts): void {
  const all = async (): Promise<Alert[]> => {
    const found = new Map<string, Alert>()
    for await (const { event } of ledger.events({ kinds: ['alert', 'alert-closed'] })) {
      const at = new Date(event.at).toISOString()
      if (event.kind === 'alert') {
        const { alertId: id, alert: kind, text, sessionId } = event
        found.set(id, { id, kind, text, at, ...(sessionId === undefined ? {} : { sessionId }) })
      } else if (event.kind === 'alert-closed') {
        const known = found.get(event.alertId)
        if (known) found.set(known.id, { ...known, closed: { by: event.by, reason: event.reason, at } })
      }
    }
    return [...found.values()].reverse()
  }

  app.openapi(alerts, async (c) => {
    if (!mayViewAll(c.var.principal, config())) throw new Problem('not-allowed', 'Alerts are for viewers and admins.')
    return c.json((await all()).slice(0, 500), 200)
  })

  app.openapi(close, async (c) => {
    const { principal } = c.var
    if (!accessOf(principal, config()).includes('admin'))
      throw new Problem('not-allowed', 'Closing alerts is for admins.')
    const { id } = c.req.valid('param')
    const { reason } = c.req.valid('json')
    const known = (await all()).find((alert) => alert.id === id)
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
