import type { Host } from '../host/host.ts'
import { isPermanentKeyId } from '../model/access-key-id.ts'
import { Failure } from '../model/failure.ts'
import type { Credentials, SigningKey } from '../model/signing-key.ts'
import type { EnvironmentKeySpec, EnvironmentSpec } from '../model/source-spec.ts'
import { tokenIn } from './environment-spec.ts'
import { issuedFrom } from './issued.ts'
import type { Opener } from './source.ts'

type Variable = Host['variable']

/** Where nobody says how long a session lasts, it is asked for again after this many milliseconds. */
const unknownLife = 20 * 60_000

/**
 * The session in the environment, read at each call and kept nowhere. Its end is AWS_CREDENTIAL_EXPIRATION's; where that
 * is not set, twenty minutes from now, so that whoever uses it comes back. Fails (`credentials-expired`) when it is over.
 */
export const openEnvironment: Opener<EnvironmentSpec, Credentials> = (spec, host) =>
  Object.assign(async () => sessionIn(host, spec.accessKeyId), { spec })

/** The permanent key in the environment, to sign with. For other sources only. */
export const openEnvironmentKey: Opener<EnvironmentKeySpec, SigningKey> = (spec, host) =>
  Object.assign(async () => keyIn(host.variable, spec.accessKeyId), { spec })

function keyIn(variable: Variable, accessKeyId: string): SigningKey {
  if (variable('AWS_ACCESS_KEY_ID') !== accessKeyId)
    throw new Failure('credentials-expired', `The environment does not hold the key ${accessKeyId} any more.`, {
      hint: 'Run the command again.',
    })
  const secretAccessKey = variable('AWS_SECRET_ACCESS_KEY')?.trim()
  if (!secretAccessKey || !/^[\x21-\x7e]+$/.test(secretAccessKey))
    throw new Failure('profile-incomplete', 'AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not.', {
      hint: 'Set all of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.',
    })
  return { accessKeyId, secretAccessKey }
}

function sessionIn({ variable, now }: Pick<Host, 'variable' | 'now'>, accessKeyId: string): Credentials {
  // A token that was left over from another session makes no session of a permanent key.
  if (isPermanentKeyId(accessKeyId))
    throw new Failure('profile-incomplete', `${accessKeyId} is a permanent key, and the session token is not of it.`, {
      hint: 'Unset AWS_SESSION_TOKEN and AWS_SECURITY_TOKEN, or set all three variables of one session.',
    })
  const { secretAccessKey } = keyIn(variable, accessKeyId)
  const told = variable('AWS_CREDENTIAL_EXPIRATION')
  const end = told === undefined ? new Date(now().getTime() + unknownLife) : new Date(told)
  if (Number.isNaN(end.getTime()))
    throw new Failure('config-invalid', 'AWS_CREDENTIAL_EXPIRATION is not an instant.', {
      hint: 'It looks like 2026-11-21T09:00:00Z; unset it when you do not know.',
    })
  if (end <= now())
    throw new Failure('credentials-expired', `The session in the environment ended at ${end.toISOString()}.`, {
      hint: 'Get the variables anew from where they came.',
    })
  const parts = { accessKeyId, secretAccessKey, sessionToken: tokenIn(variable), expiration: end.toISOString() }
  return issuedFrom(parts, now()).credentials
}
