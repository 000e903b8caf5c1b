import { Failure } from '../../model/failure.ts'
import type { SourceSpec } from '../../model/source-spec.ts'

const only = 'AWS opens the console this way only for roles and federated users'

/**
 * Refuses, before anybody is asked for a code, what AWS would: only sessions of roles and federated users open the
 * console. Says what to do instead. Throws a `Failure`: `profile-incomplete`, or `usage` for the duration.
 */
export function assertOpensConsole(spec: SourceSpec, duration: number | undefined): void {
  if (spec.kind === 'mfa-session')
    throw new Failure(
      'profile-incomplete',
      `The session of this profile is the user again (GetSessionToken), and ${only}.`,
      {
        hint: 'Name a profile with a role_arn and this one as its source_profile; or sign in with the password, in the browser.',
      },
    )
  if (spec.kind === 'console-login' && spec.session.includes(':iam:'))
    throw new Failure('profile-incomplete', `This profile is of a user who signs in with a password, and ${only}.`, {
      hint: 'Open the console and sign in; or name a profile with a role_arn and this one as its source_profile.',
    })
  const why = duration === undefined ? undefined : whyNotLonger(spec)
  if (why !== undefined)
    throw new Failure('usage', `--duration cannot be used here: ${why}.`, {
      hint: 'Leave it out; the console session then ends with the credentials.',
    })
}

function whyNotLonger(spec: SourceSpec): string | undefined {
  if (spec.kind === 'federation-token') return 'a federated user is signed in as long as the credentials last'
  const isDirect = spec.kind !== 'assume-role' || isOfUser(spec.base)
  return isDirect ? undefined : 'the role is assumed from the session of another, which AWS does not prolong'
}

const isOfUser = ({ kind }: SourceSpec): boolean =>
  ['stored-key', 'environment-key', 'mfa-session', 'console-login'].includes(kind)
