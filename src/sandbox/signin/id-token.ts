import { sign } from 'node:crypto'
import { signingKeys } from '../oidc-idp/keys.ts'
import type { Call } from '../service.ts'
import type { Identity } from './state.ts'

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** What signs the tokens that tell a program who signed in: `sub` is the ARN. */
export async function idTokenFor({ cloud, at, endpoint }: Call): Promise<(who: Identity, clientId: string) => string> {
  const { ec } = await signingKeys(cloud)
  const iat = Math.floor(at.getTime() / 1000)
  return ({ arn, accountId }, clientId) => {
    const claims = { iss: endpoint, sub: arn, aud: clientId, accountId, iat, exp: iat + 900 }
    const text = `${base64url({ typ: 'JWT', alg: 'ES256', kid: ec.kid })}.${base64url(claims)}`
    const key = { key: { ...ec }, format: 'jwk', dsaEncoding: 'ieee-p1363' } as const
    return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
  }
}
