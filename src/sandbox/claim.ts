import { type Decision, deny } from '../model/decision.ts'
import type { SigningKey } from '../model/signing-key.ts'
import type { Authentication } from '../wire/sigv4/authentication.ts'
import { checkScope, checkTime } from '../wire/sigv4/verify.ts'
import { type AccessKey, type Cloud, keyOf, type Session, type User } from './cloud.ts'
import { sameText } from './same-text.ts'
import type { Caller, Service } from './service.ts'

/** Who a request says it is from, and the key that must have signed it. Nothing is proven before the signature is. */
export interface Claim {
  readonly caller: Caller
  readonly key: SigningKey
}

/** Everything about a signature but the signature: key, token, expiry, scope and time, in AWS's order. */
export function checkClaim(
  cloud: Cloud,
  service: Service,
  authentication: Authentication,
  now: Date,
): Decision<{ readonly claim: Claim }> {
  const found = findClaim(cloud, authentication, now)
  if (!found.allowed) return found
  const scope = checkScope(authentication, { service: service.name })
  if (!scope.allowed) return scope
  const time = checkTime(authentication, now, service.skewMinutes * 60)
  return time.allowed ? found : time
}

const unknown = deny('unknown-key', 'The security token included in the request is invalid.')

function findClaim(cloud: Cloud, authentication: Authentication, now: Date): Decision<{ readonly claim: Claim }> {
  const { accessKeyId, sessionToken } = authentication
  const session = cloud.sessions.get(accessKeyId)
  if (session !== undefined) {
    if (sessionToken === undefined) return deny('token-missing', 'A temporary key needs its session token.')
    if (!sameText(sessionToken, session.sessionToken))
      return deny('token-mismatch', 'The session token is not the one of this key.')
    if (new Date(session.expiresAt).getTime() <= now.getTime())
      return deny('expired-session', 'The security token included in the request is expired')
    const caller = sessionCaller(cloud, session)
    return caller ? { allowed: true, claim: { caller, key: session } } : unknown
  }
  const key = cloud.accessKeys.get(accessKeyId)
  if (key === undefined) return unknown
  if (key.status !== 'Active') return deny('inactive-key', 'The key is inactive.')
  if (sessionToken !== undefined) return deny('token-unexpected', 'A permanent key has no session token.')
  const caller = keyCaller(cloud, key)
  return caller ? { allowed: true, claim: { caller, key: { accessKeyId, secretAccessKey: key.secret } } } : unknown
}

function keyCaller(cloud: Cloud, { id, accountId, userName }: AccessKey): Caller | undefined {
  if (userName === undefined) return rootCaller(accountId, id)
  const user = cloud.users.get(keyOf(accountId, userName))
  return user && userCaller(user, id)
}

const rootCaller = (accountId: string, accessKeyId: string): Caller => ({
  kind: 'root',
  accountId,
  arn: `arn:aws:iam::${accountId}:root`,
  userId: accountId,
  accessKeyId,
})

const userCaller = (user: User, accessKeyId: string): Caller => ({
  kind: 'user',
  accountId: user.accountId,
  arn: user.arn,
  userId: user.id,
  accessKeyId,
  userName: user.name,
})

/** Undefined when the user or role behind the session is gone; another one of the same name does not bring it back. */
export function sessionCaller(cloud: Cloud, session: Session): Caller | undefined {
  const { accountId, accessKeyId, arn, userId, issuer, kind } = session
  if (kind === 'assumed-role') {
    const role = cloud.roles.get(keyOf(accountId, issuer.name))
    return role?.id === issuer.id ? { kind, accountId, arn, userId, accessKeyId, session } : undefined
  }
  const ofRoot = issuer.id === accountId
  const user = ofRoot ? undefined : userById(cloud, accountId, issuer)
  if (!ofRoot && user === undefined) return undefined
  if (kind === 'federated-user')
    return { kind, accountId, arn, userId, accessKeyId, session, ...(user && { userName: user.name }) }
  return { ...(user ? userCaller(user, accessKeyId) : rootCaller(accountId, accessKeyId)), session }
}

/** The user of that id, found by the name it had; a session outlives a change of name. */
function userById(cloud: Cloud, accountId: string, issuer: Session['issuer']): User | undefined {
  const named = cloud.users.get(keyOf(accountId, issuer.name))
  if (named?.id === issuer.id) return named
  for (const user of cloud.users.values()) if (user.id === issuer.id) return user
  return undefined
}
