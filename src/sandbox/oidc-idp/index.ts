import type { IncomingMessage } from 'node:http'
import type { Provider } from 'oidc-provider'
import type { Cloud } from '../cloud.ts'
import type { Mount } from '../mount.ts'
import type { Table } from '../store.ts'
import { interact } from './interaction.ts'
import { idpPath, issuerAt } from './issuer.ts'
import { signingKeys } from './keys.ts'

export interface IdpParts {
  readonly cloud: Cloud
  readonly endpoint: () => string
  /** Real time, in milliseconds: the provider has no other clock. */
  readonly realTime: () => number
}

/**
 * The sandbox's OpenID Connect provider, mounted under `/_oidc`: discovery, keys, authorization code with PKCE, device
 * codes, refresh tokens and a sign-in page. It is made at its first request; nobody else pays for it.
 */
export function oidcIdp(parts: IdpParts): Mount {
  let made: Promise<Provider> | undefined
  return {
    path: idpPath,
    serve: async (request, response) => {
      made ??= makeProvider(parts)
      const provider = await made
      response.once('finish', () => parts.cloud.store.flush())
      if (request.url?.startsWith(`${idpPath}/interaction/`)) return interact(parts.cloud, provider, request, response)
      return provider.callback()(below(request), response)
    },
  }
}

/** The request as the provider wants to see it: with the path under the mount, and the whole one beside it. */
function below(request: IncomingMessage): IncomingMessage {
  const whole = request.url ?? ''
  return Object.assign(request, { originalUrl: whole, url: whole.slice(idpPath.length) || '/' })
}

async function makeProvider({ cloud, endpoint, realTime }: IdpParts): Promise<Provider> {
  const [{ Provider }, { idpConfiguration }, keys] = await Promise.all([
    import('oidc-provider/lib/provider.js'),
    import('./configuration.ts'),
    signingKeys(cloud),
  ])
  const settings: Table<{ readonly key: string }> = cloud.store.table('oidc-cookie-key')
  const kept = settings.get('key') ?? { key: Buffer.from(cloud.randomBytes(32)).toString('base64url') }
  settings.put('key', kept)
  const provider = new Provider(issuerAt(endpoint()), idpConfiguration(cloud, keys, kept.key, realTime))
  provider.use(async (ctx, next) => {
    await next()
    // Programs that are told nothing ask every five seconds (RFC 8628, section 3.2); on loopback that is slow.
    if (ctx.oidc?.route === 'device_authorization') Object.assign(ctx.body ?? {}, { interval: 1 })
  })
  return provider
}
