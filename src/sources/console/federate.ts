import type { Host } from '../../host/host.ts'
import { Failure } from '../../model/failure.ts'
import type { Credentials } from '../../model/signing-key.ts'
import type { Target } from '../../model/source-spec.ts'
import { textMember } from '../sso/call.ts'
import { members } from '../sso/token-file.ts'
import { signinEndpoint } from './endpoint.ts'

export interface FederationWish {
  readonly signin: Target
  /** The page of the console to arrive at. */
  readonly destination: string
  /** Seconds the console session is to last, 900 to 43200; absent: as long as the credentials. */
  readonly duration?: number
}

/**
 * An address that signs a browser in to the console as the role or federated user of these credentials, for 15 minutes
 * ("Enabling custom identity broker access to the AWS console" in the IAM User Guide). It is a secret: whoever opens it
 * is signed in. Throws a `Failure`: `network`, or `aws-refused` when AWS does not take these credentials for it.
 */
export async function federationUrl(
  { fetch }: Pick<Host, 'fetch'>,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  { signin, destination, duration }: FederationWish,
): Promise<string> {
  const base = `${signinEndpoint(signin)}/federation`
  const url = new URL(base)
  url.searchParams.set('Action', 'getSigninToken')
  if (duration !== undefined) url.searchParams.set('SessionDuration', String(duration))
  const session = { sessionId: accessKeyId, sessionKey: secretAccessKey, sessionToken }
  url.searchParams.set('Session', JSON.stringify(session))
  const { status, text } = await send(fetch, url, base)
  const token = textMember(new Map(Object.entries(members(text))), 'SigninToken')
  if (status !== 200 || token === undefined) throw refusal(base, status, duration)
  const login = new URL(base)
  const parameters = { Action: 'login', Issuer: 'mayfly', Destination: destination, SigninToken: token }
  for (const [name, value] of Object.entries(parameters)) login.searchParams.set(name, value)
  return login.href
}

/** Nothing of the address or the answer is repeated in an error: both are secret. */
async function send(fetch: Host['fetch'], url: URL, base: string): Promise<{ status: number; text: string }> {
  const headers = { Accept: 'application/json', 'User-Agent': 'mayfly' }
  try {
    const answer = await fetch(new Request(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(20_000) }))
    return { status: answer.status, text: await answer.text() }
  } catch {
    throw new Failure('network', `AWS Sign-In at ${base} could not be reached.`, {
      hint: 'Check the network, the proxy, the region of the profile and the endpoint.',
    })
  }
}

function refusal(base: string, status: number, duration: number | undefined): Failure {
  if (status >= 500 || status === 429)
    return new Failure('network', `AWS Sign-In at ${base} is busy (HTTP ${status}).`, {
      hint: 'Run the command again in a while.',
    })
  return new Failure('aws-refused', `AWS Sign-In does not open the console for these credentials (HTTP ${status}).`, {
    hint:
      duration === undefined
        ? 'They may be revoked: mayfly whoami PROFILE. Only sessions of roles and federated users open the console.'
        : 'Try without --duration: AWS takes one only for a role that a user or provider assumed directly.',
  })
}
