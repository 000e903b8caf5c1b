import { Hono } from 'hono'
import type { LoginParts } from './login-parts.ts'

/** The routes by which people and machines prove who they are. */
export function loginRoutes(parts: LoginParts): Hono {
  const app = new Hono()
  app.get('/v1/authenticators', (c) => c.json(parts.authenticators.list()))
  return app
}
