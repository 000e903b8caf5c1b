import type { AccountClaims, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { Cloud } from '../cloud.ts'
import { stateAdapter } from './adapter.ts'
import { idpClientId, idpPath } from './issuer.ts'
import type { SigningKeys } from './keys.ts'
import { pageHeaders, plainPage } from './pages.ts'
import { personNamed } from './people.ts'

const hour = 3600
const day = 24 * hour

/** How the sandbox's provider is set up: a public client, codes with PKCE, device codes, refresh tokens. */
export function idpConfiguration(
  cloud: Cloud,
  { rsa, ec }: SigningKeys,
  cookieKey: string,
  realTime: () => number,
): Configuration {
  return {
    adapter: stateAdapter(cloud, realTime),
    jwks: { keys: [rsa, ec] as NonNullable<Configuration['jwks']>['keys'] },
    clients: [
      {
        client_id: idpClientId,
        client_name: 'Mayfly',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        // Of loopback addresses the port is free (RFC 8252, section 7.3).
        redirect_uris: ['/oauth/callback', '/auth/corp/callback'].flatMap((path) => [
          `http://127.0.0.1${path}`,
          `http://localhost${path}`,
        ]),
      },
    ],
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'groups', 'aws'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
      aws: ['https://aws.amazon.com/tags', 'https://aws.amazon.com/source_identity'],
    },
    // AWS reads the ID token and nothing else, so everything is in it.
    conformIdTokenClaims: false,
    findAccount: (_, id) => {
      const claims = claimsOf(cloud, id)
      return claims && { accountId: id, claims: () => claims }
    },
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    interactions: { url: (_, { uid }) => `${idpPath}/interaction/${uid}` },
    cookies: {
      keys: [cookieKey],
      names: { session: 'mayfly_idp', interaction: 'mayfly_idp_in', resume: 'mayfly_idp_on' },
    },
    ttl: {
      AccessToken: hour,
      AuthorizationCode: 60,
      DeviceCode: 600,
      IdToken: hour,
      RefreshToken: 14 * day,
      Interaction: hour,
      Session: 14 * day,
      Grant: 14 * day,
    },
    clientBasedCORS: () => false,
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: true },
      revocation: { enabled: true, allowedPolicy: async (_, client, token) => token.clientId === client.clientId },
      resourceIndicators: { enabled: false },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: async (ctx, form, _, error) =>
          show(
            ctx,
            'Sign in on a device',
            error ? 'That is not a code that is waited for.' : 'Enter the code the device shows.',
            withButton(form, 'op.deviceInputForm'),
          ),
        userCodeConfirmSource: async (ctx, form, client, _, code) =>
          show(
            ctx,
            'Sign in on a device',
            `${client.clientName ?? client.clientId} shows the code ${code}. Is it yours?`,
            withButton(form, 'op.deviceConfirmForm'),
          ),
        successSource: async (ctx) =>
          show(ctx, 'Signed in', 'The device goes on by itself; this window may be closed.'),
      },
    },
    renderError: async (ctx, { error, error_description: text }) => show(ctx, 'That did not work', text ?? error),
  }
}

const withButton = (form: string, id: string): string =>
  `${form}<button type="submit" form="${id}" autofocus>Continue</button>`

function show(ctx: KoaContextWithOIDC, title: string, text: string, form = ''): void {
  // The provider's own forms hand themselves in by a script of theirs only where it sends them itself.
  for (const [name, value] of Object.entries(pageHeaders)) ctx.set(name, value)
  ctx.body = plainPage(title, text, form)
}

function claimsOf(cloud: Cloud, name: string): AccountClaims | undefined {
  const person = personNamed(cloud, name)
  if (!person) return undefined
  return {
    sub: person.name,
    ...{ name: person.fullName, preferred_username: person.name },
    ...{ email: `${person.name}@example.com`, email_verified: true, groups: [...person.groups] },
    'https://aws.amazon.com/source_identity': person.name,
    'https://aws.amazon.com/tags': {
      principal_tags: Object.fromEntries(Object.entries(person.tags).map(([key, value]) => [key, [value]])),
    },
  }
}
