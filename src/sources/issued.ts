import { accountOfKeyId, isPermanentKeyId } from '../model/access-key-id.ts'
import { accountOfArn } from '../model/arn.ts'
import { Failure } from '../model/failure.ts'
import { childOf, childrenOf, textOf, type XmlElement } from '../wire/xml.ts'
import type { StoredSession } from './cached-session.ts'

/** What a source got from AWS. */
export type Issued = Pick<StoredSession, 'credentials' | 'principal' | 'proof' | 'sessionId'>

/** The parts of a session as the answer of some service names them; nothing is known of them yet. */
export interface AnsweredSession {
  readonly accessKeyId: unknown
  readonly secretAccessKey: unknown
  readonly sessionToken: unknown
  /** ISO 8601 text, in UTC. */
  readonly expiration: unknown
  /** Of the session. */
  readonly arn?: unknown
}

/**
 * The session in the result of an STS call. Strict: each of the four parts once, none empty, the end still to come.
 * Throws a `Failure` (`aws-refused`) that quotes nothing of the answer.
 */
export function readIssued(result: XmlElement, now: Date): Issued {
  const credentials = childOf(result, 'Credentials')
  const part = (name: string): string | undefined => {
    const [found, second] = childrenOf(credentials, name)
    return second || (found && found.children.length > 0) ? undefined : found?.text
  }
  return issuedFrom(
    {
      accessKeyId: part('AccessKeyId'),
      secretAccessKey: part('SecretAccessKey'),
      sessionToken: part('SessionToken'),
      expiration: part('Expiration'),
      arn: textOf(result, 'AssumedRoleUser', 'Arn'),
    },
    now,
  )
}

/** The session in an answer, as strictly. Throws a `Failure` (`aws-refused`) that quotes nothing of the answer. */
export function issuedFrom(given: AnsweredSession, now: Date): Issued {
  const part = (name: Exclude<keyof AnsweredSession, 'arn'>, form: RegExp): string => {
    const value = given[name]
    if (typeof value === 'string' && form.test(value)) return value
    throw unreadable(name.charAt(0).toUpperCase() + name.slice(1))
  }
  const accessKeyId = part('accessKeyId', /^\w{16,128}$/)
  if (isPermanentKeyId(accessKeyId)) throw unreadable('AccessKeyId')
  const secretAccessKey = part('secretAccessKey', /^[\x21-\x7e]+$/)
  const sessionToken = part('sessionToken', /^[\x21-\x7e]+$/)
  const expiration = new Date(part('expiration', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/))
  if (!(expiration.getTime() > now.getTime())) throw unreadable('Expiration')
  const { arn } = given
  const principal = typeof arn === 'string' && /^arn:[\w-]+:sts::\d{12}:[\x21-\x7e]+$/.test(arn) ? arn : undefined
  const accountId = (principal === undefined ? undefined : accountOfArn(principal)) ?? accountOfKeyId(accessKeyId)
  return {
    credentials: { accessKeyId, secretAccessKey, sessionToken, expiration, ...(accountId ? { accountId } : {}) },
    ...(principal === undefined ? {} : { principal }),
  }
}

/** The session, ended no later than `end`: a child never outlives its proof. */
export function endedBy({ credentials, ...rest }: Issued, end: Date | undefined): Issued {
  if (!end || end.getTime() >= credentials.expiration.getTime()) return { ...rest, credentials }
  return { ...rest, credentials: { ...credentials, expiration: end } }
}

const unreadable = (part: string): Failure =>
  new Failure('aws-refused', `The session that was answered has no ${part} that can be used.`, {
    hint: 'Check endpoint_url in the profile, and the clock of this machine.',
  })
