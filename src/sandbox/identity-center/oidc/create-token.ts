import type { Call, Output } from '../../service.ts'
import { readInput, required, text } from '../../shape.ts'
import { deviceGrantType, grantTypes, provenClient } from './clients.ts'
import { redeemCode } from './code-grants.ts'
import { redeemDeviceCode } from './device-grants.ts'
import { refreshLogin } from './logins.ts'
import { oidcFault } from './oidc-fault.ts'

const secret = text({ min: 1, max: 8192, sensitive: true })

const request = {
  clientId: required(text({ min: 1, max: 256 })),
  clientSecret: required(secret),
  grantType: required(text({ min: 1, max: 256 })),
  deviceCode: secret,
  code: secret,
  redirectUri: text({ min: 1, max: 2048 }),
  codeVerifier: secret,
  refreshToken: secret,
}

/** CreateToken: tokens for a device code, an authorization code or a refresh token. `scope` is ignored, as in AWS. */
export function createToken(call: Call, body: object): Output {
  const { cloud, at } = call
  const input = readInput(request, body)
  const { grantType } = input
  call.note({ operation: 'CreateToken', requestParameters: { clientId: input.clientId, grantType } })
  const client = provenClient(cloud, at, input.clientId, input.clientSecret)
  if (!grantTypes.some((known) => known === grantType))
    throw oidcFault('UnsupportedGrantTypeException', `The grant type ${grantType} is not supported`)
  if (!client.grantTypes.includes(grantType))
    throw oidcFault('UnauthorizedClientException', `The client is not registered for the grant type ${grantType}`)
  if (grantType === deviceGrantType) return redeemDeviceCode(cloud, at, client, given(input.deviceCode, 'deviceCode'))
  if (grantType === 'refresh_token') return refreshLogin(cloud, at, client, given(input.refreshToken, 'refreshToken'))
  return redeemCode(cloud, at, client, {
    code: given(input.code, 'code'),
    redirectUri: given(input.redirectUri, 'redirectUri'),
    codeVerifier: given(input.codeVerifier, 'codeVerifier'),
  })
}

function given(value: string | undefined, name: string): string {
  if (value === undefined) throw oidcFault('InvalidRequestException', `Missing parameter: ${name}`)
  return value
}
