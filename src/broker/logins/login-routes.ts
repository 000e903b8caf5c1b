import { Hono } from 'hono'
import { openAdmission } from './admission.ts'
import { consentRoutes } from './consent-routes.ts'
import { openDeviceLogins } from './device-logins.ts'
import { deviceRoutes } from './device-routes.ts'
import { brokerKey } from './key.ts'
import type { LoginRoom } from './login-flow.ts'
import type { LoginParts } from './login-parts.ts'
import { oauthRoutes } from './oauth-routes.ts'
import { peopleRoutes } from './people-routes.ts'
import { openSeal } from './seal.ts'
import { tokenRoutes } from './token-routes.ts'

/**
 * The routes by which people and machines prove who they are. They may throw a `Failure` of code `ledger-down`: nobody
 * is let in whose login cannot be written down.
 */
export function loginRoutes(parts: LoginParts): Hono {
  const key = brokerKey(parts.key)
  const seal = openSeal(key, parts.config().publicUrl, parts.now)
  const room: LoginRoom = { parts, seal, admission: openAdmission(parts) }
  const devices = openDeviceLogins(parts, key, seal)
  return new Hono()
    .route('/', tokenRoutes(room))
    .route('/', peopleRoutes(room))
    .route('/', oauthRoutes(room, devices))
    .route('/', consentRoutes(room))
    .route('/', deviceRoutes(room, devices))
}
