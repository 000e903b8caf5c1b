import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import { configJsonSchema } from '../config/shape.ts'
import { type CallerEnv, callerFrom, loginRoutes } from '../logins/index.ts'
import type { ApiParts } from './api-parts.ts'
import { authenticatorRoutes } from './authenticator-routes.ts'
import { serveDocument } from './document.ts'
import { grantRoutes } from './grant-routes.ts'
import { hostGuard, ourHost, safeHeaders } from './guard.ts'
import { limitBody } from './limit-body.ts'
import { metricsDoor } from './metrics-door.ts'
import { pageRoutes } from './page.ts'
import { answerError, Problem } from './problem.ts'
import { requestRoutes } from './request-routes.ts'
import { ackRoute, revocationRoutes } from './revocation-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import { streamRoute } from './stream.ts'
import { watchRoutes } from './watch-routes.ts'

/** The broker's HTTP interface: logins, the API, its documents, metrics, health, and the page. */
export function brokerApp(parts: ApiParts, port: () => number): OpenAPIHono<CallerEnv> {
  const { config, ledger, hub, metrics, now, log } = parts
  const app = new OpenAPIHono<CallerEnv>({
    defaultHook: (result) => {
      if (result.success) return
      const [issue] = result.error.issues
      throw new Problem(
        'malformed',
        `${issue?.path.join('.') || 'The request'}: ${issue?.message ?? 'is not as it must be'}`,
      )
    },
  })
  app.onError((error, c) => answerError(error, c, log))
  app.notFound((c) => c.json({ error: { code: 'not-found', message: 'There is no such place here.' } }, 404))
  app.use(async (c, next) => {
    const begun = performance.now()
    await next()
    const seconds = (performance.now() - begun) / 1000
    if (c.req.path.startsWith('/v1/')) metrics.answered(routeOf(c), c.res.status, seconds)
  })
  app.use(safeHeaders())
  app.get('/healthz', (c) => c.json({ ok: true }))
  app.get('/readyz', async (c) => {
    try {
      await ledger.head()
      return c.json({ ok: true })
    } catch {
      return c.json({ ok: false, because: 'the ledger cannot be read' }, 503)
    }
  })
  const isOurHost = ourHost(config, port)
  app.get('/metrics', metricsDoor({ config, log }, isOurHost), async (c) => {
    const live = {
      sessions: await ledger.countLive(now().getTime()),
      listeners: hub.connected(),
      seq: (await ledger.head()).seq,
      authenticators: parts.logins.authenticators.list(),
    }
    return c.text(await metrics.text(live), 200, { 'Content-Type': 'text/plain; version=0.0.4' })
  })
  app.use(hostGuard(isOurHost))
  app.use(limitBody(mostBody))
  app.get('/schema.json', (c) => c.json(configJsonSchema()))
  app.route('/', loginRoutes(parts.logins))
  authenticatorRoutes(app, parts)
  ackRoute(app, parts)
  app.use('/v1/*', callerFrom(parts.logins))
  sessionRoutes(app, parts)
  revocationRoutes(app, parts)
  requestRoutes(app, parts)
  grantRoutes(app, parts)
  watchRoutes(app, parts)
  streamRoute(app, parts)
  serveDocument(app, parts)
  pageRoutes(app, parts.page)
  return app
}

const mostBody = 512 * 1024

/** The route as it is declared: addresses as they are called would be as many labels as anybody cares to make up. */
const routeOf = (c: Context): string => matchedRoutes(c).findLast(({ path }) => !path.endsWith('*'))?.path ?? 'none'
