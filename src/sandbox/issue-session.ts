import { makeUniqueId } from '../model/access-key-id.ts'
import type { Cloud, Session } from './cloud.ts'

/** What is decided about a session before it is issued. */
export type SessionGrant = Omit<
  Session,
  'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'issuedAt' | 'expiresAt'
> & {
  /** Seconds. */
  readonly duration: number
}

/** Credentials as STS answers them. */
export interface IssuedCredentials {
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  readonly SessionToken: string
  readonly Expiration: Date
}

/** Issues a session: fresh credentials that end by themselves, and the row by which they are known from here on. */
export function issueSession(cloud: Cloud, at: Date, { duration, ...grant }: SessionGrant): IssuedCredentials {
  const random = (): number => Buffer.from(cloud.randomBytes(4)).readUInt32BE() / 2 ** 32
  const accessKeyId = makeUniqueId('ASIA', grant.accountId, random)
  const secretAccessKey = Buffer.from(cloud.randomBytes(30)).toString('base64')
  // AWS's tokens are opaque and begin like this; some programs look for it.
  const sessionToken = `IQoJb3JpZ2luX2Vj${Buffer.from(cloud.randomBytes(384)).toString('base64')}`
  // AWS counts in whole seconds, and so do the conditions on aws:TokenIssueTime.
  const issued = Math.floor(at.getTime() / 1000) * 1000
  const expiration = new Date(issued + duration * 1000)
  cloud.sessions.put(accessKeyId, {
    ...grant,
    accessKeyId,
    secretAccessKey,
    sessionToken,
    issuedAt: new Date(issued).toISOString(),
    expiresAt: expiration.toISOString(),
  })
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiration,
  }
}
