import type { Cloud } from '../../cloud.ts'
import { sameText } from '../../same-text.ts'
import type { Call, Output } from '../../service.ts'
import { list, oneOf, readInput, required, text } from '../../shape.ts'
import { after, isOver, isStartUrl, newSecret, type OidcClient, stateOf } from '../state.ts'
import { oidcFault } from './oidc-fault.ts'

const ninetyDays = 90 * 24 * 3600

export const deviceGrantType = 'urn:ietf:params:oauth:grant-type:device_code'
export const grantTypes = ['authorization_code', 'refresh_token', deviceGrantType] as const

const registration = {
  clientName: required(text({ min: 1, max: 256 })),
  clientType: required(text({ min: 1, max: 64 })),
  scopes: list(text({ min: 1, max: 256 }), { max: 100 }),
  redirectUris: list(text({ min: 1, max: 2048 }), { max: 10 }),
  grantTypes: list(oneOf(...grantTypes), { max: 3 }),
  issuerUrl: text({ min: 1, max: 2048 }),
}

/** RegisterClient: a public client for ninety days. */
export function registerClient(call: Call, body: object): Output {
  const input = readInput(registration, body)
  if (input.clientType !== 'public')
    throw oidcFault('InvalidClientMetadataException', 'The client type is not supported; it must be public.')
  const { scopes = [], redirectUris = [], issuerUrl } = input
  if (!scopes.every((scope) => /^[\w-]+(?::[\w-]+)*(?::\*)?$/.test(scope)))
    throw oidcFault('InvalidScopeException', 'One of the scopes is not valid.')
  if (!redirectUris.every((uri) => loopbackUri(uri)))
    throw oidcFault('InvalidRedirectUriException', 'A redirect URI must be http on this machine, without a fragment.')
  if (issuerUrl !== undefined && !isStartUrl(call.cloud, call.endpoint, issuerUrl))
    throw oidcFault('InvalidRequestException', 'The issuer URL is not that of this instance.')
  if (input.grantTypes?.includes('authorization_code') && redirectUris.length === 0)
    throw oidcFault('InvalidRequestException', 'The authorization_code grant needs redirectUris.')
  const client: OidcClient = {
    id: newSecret(call.cloud).slice(0, 22),
    secret: newSecret(call.cloud),
    name: input.clientName,
    scopes,
    grantTypes: input.grantTypes ?? [deviceGrantType, 'refresh_token'],
    redirectUris,
    issuedAt: call.at.toISOString(),
    expiresAt: after(call.at, ninetyDays),
  }
  stateOf(call.cloud).clients.put(client.id, client)
  call.note({ operation: 'RegisterClient', requestParameters: { clientName: client.name, clientType: 'public' } })
  return {
    clientId: client.id,
    clientSecret: client.secret,
    clientIdIssuedAt: Math.floor(call.at.getTime() / 1000),
    clientSecretExpiresAt: Math.floor(new Date(client.expiresAt).getTime() / 1000),
    authorizationEndpoint: `${call.endpoint}/authorize`,
    tokenEndpoint: `${call.endpoint}/token`,
  }
}

/** The client that an id and a secret prove, or its refusal. */
export function provenClient(cloud: Cloud, at: Date, id: string, secret: string): OidcClient {
  const client = stateOf(cloud).clients.get(id)
  if (!client || !sameText(secret, client.secret))
    throw oidcFault('InvalidClientException', 'The client is not known, or its secret is not right.')
  if (isOver(client.expiresAt, at)) throw oidcFault('InvalidClientException', 'The registration of the client is over.')
  return client
}

/** A redirect URI of a native program (RFC 8252, section 7.3), or undefined. */
function loopbackUri(uri: string): URL | undefined {
  const url = URL.parse(uri)
  const isLoopback = url && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  return isLoopback && url.protocol === 'http:' && !url.username && !url.password && !uri.includes('#')
    ? url
    : undefined
}

/** Whether a redirect URI is one the client registered. The port is the program's to choose at each sign-in. */
export function isRegistered(client: OidcClient, uri: string): boolean {
  const given = loopbackUri(uri)
  return client.redirectUris.some((registered) => {
    const known = loopbackUri(registered)
    return (
      given !== undefined &&
      known !== undefined &&
      given.hostname === known.hostname &&
      given.pathname === known.pathname &&
      given.search === known.search
    )
  })
}
