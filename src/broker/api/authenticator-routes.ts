import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { type CallerEnv, callerIfAny } from '../logins/index.ts'
import { accessOf } from './access.ts'
import type { ApiParts } from './api-parts.ts'
import * as schemas from './schemas.ts'

const list = createRoute({
  method: 'get',
  path: '/v1/authenticators',
  summary: 'The ways to prove who one is; needs no login. Admins are told why one does not work',
  security: [],
  responses: {
    200: {
      description: 'In the order of the configuration',
      content: { 'application/json': { schema: z.array(schemas.authenticator).readonly() } },
    },
  },
})

/** To stand before whatever asks for a login: who has none yet must find the door. */
export function authenticatorRoutes(app: OpenAPIHono<CallerEnv>, { logins, config }: ApiParts): void {
  app.openapi(list, async (c) => {
    c.header('Cache-Control', 'no-store')
    const caller = await callerIfAny(c, logins)
    // Why one is broken names files, and addresses that only the broker can reach.
    const mayKnowWhy = caller !== undefined && accessOf(caller, config()).includes('admin')
    const ways = logins.authenticators.list().map(({ name, kind, broken }) => ({
      ...{ name, kind },
      ...(broken === undefined ? {} : { broken: true as const, ...(mayKnowWhy ? { because: broken } : {}) }),
    }))
    return c.json(ways, 200)
  })
}
