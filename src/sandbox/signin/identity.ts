import { sessionCaller } from '../claim.ts'
import { type Cloud, keyOf, type Session, type User } from '../cloud.ts'
import { digestOf } from '../identity-center/state.ts'
import type { Caller } from '../service.ts'
import type { Identity } from './state.ts'

/** A user who typed their password, and (at `mfaAt`) a code of their device. */
export const userIdentity = (user: User, mfaAt?: Date): Identity => ({
  kind: 'session-token',
  accountId: user.accountId,
  arn: user.arn,
  userId: user.id,
  principalArn: user.arn,
  issuer: { name: user.name, id: user.id, arn: user.arn },
  tags: {},
  transitiveTagKeys: [],
  console: true,
  ...(mfaAt ? { mfaAt: mfaAt.toISOString() } : {}),
  ...(user.login ? { passwordDigest: digestOf(user.login.passwordHash) } : {}),
})

/** Whoever a session is of, to go on as them in the console. */
export function sessionIdentity(session: Session): Identity {
  const { accessKeyId, secretAccessKey, sessionToken, issuedAt, expiresAt, ...identity } = session
  return { ...identity, console: true }
}

/** Who asks, when it is this identity; undefined when the user or role behind it is gone. */
export function callerOf(cloud: Cloud, at: Date, identity: Identity): Caller | undefined {
  const none = { accessKeyId: '', secretAccessKey: '', sessionToken: '' }
  return sessionCaller(cloud, { ...identity, ...none, issuedAt: at.toISOString(), expiresAt: at.toISOString() })
}

/** Whether the password that was signed in with is still the user's; true for who has none. */
export function isPasswordCurrent(cloud: Cloud, caller: Caller, identity: Identity): boolean {
  if (identity.passwordDigest === undefined) return true
  const user = cloud.users.get(keyOf(caller.accountId, caller.userName ?? ''))
  return user?.login !== undefined && digestOf(user.login.passwordHash) === identity.passwordDigest
}

/** As CloudTrail names them. */
export function trailIdentity({ kind, accountId, userId, arn, issuer }: Identity): Readonly<Record<string, unknown>> {
  const type = { 'session-token': 'IAMUser', 'assumed-role': 'AssumedRole', 'federated-user': 'FederatedUser' }[kind]
  return { type, principalId: userId, arn, accountId, ...(type === 'IAMUser' ? { userName: issuer.name } : {}) }
}
