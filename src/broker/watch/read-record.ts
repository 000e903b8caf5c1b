import { accountOfArn, issuerArn } from '../../model/arn.ts'
import { instantIn, memberAt, textAt } from './trail-values.ts'

/** What a CloudTrail record says of sessions. Instants are milliseconds since 1970, at whole seconds. */
export interface TrailRecord {
  readonly eventId: string
  readonly issued?: Issuance
  readonly used?: Use
}

/** A session was given out. */
export interface Issuance {
  readonly operation: string
  readonly accessKeyId: string
  readonly accountId: string
  /** Empty for sessions of a user. */
  readonly roleArn: string
  /** What `aws:userid` is in it. */
  readonly userId: string
  readonly sessionName: string
  readonly sourceIdentity: string
  readonly issuedAt: number
  /** At the latest. */
  readonly expiresAt: number
  /** Who asked: the ARN where it is told, else what stands in its place. */
  readonly by: string
  readonly byUserId: string
  /** Of whoever asked: `ASIA…` when it was a session. */
  readonly byKeyId: string
  /** The AWS service that asked for itself or in somebody's name. */
  readonly service?: string
  readonly from: string
}

/** A session was used. */
export interface Use {
  readonly at: number
  /** Empty where the record has none. */
  readonly accessKeyId: string
  readonly userId: string
  readonly sessionName: string
  readonly accountId: string
  /** Empty for sessions of a user. */
  readonly roleArn: string
  /** Of the user, or of the role. */
  readonly issuerArn: string
  readonly sourceIdentity: string
  /** When the session began. */
  readonly startedAt?: number
  /** How it was given out, as far as that can be told from its use. */
  readonly operation: string
  /** An address, or the name of an AWS service. */
  readonly from: string
  /** Whether an AWS service made the call in the session's name: with a key id of its own. */
  readonly byService: boolean
  /** `iam:ListUsers` */
  readonly call: string
  readonly outcome: 'done' | 'denied' | 'failed'
}

/** Reads a record; undefined for what is none, or says nothing of sessions. */
export function readRecord(record: unknown): TrailRecord | undefined {
  const eventId = textAt(record, 'eventID')
  const at = instantIn(textAt(record, 'eventTime'))
  if (eventId === '' || at === undefined) return undefined
  const issued = issuanceIn(record, at)
  const used = useIn(record, at)
  return issued || used ? { eventId, ...(issued ? { issued } : {}), ...(used ? { used } : {}) } : undefined
}

const hour = 3_600_000
/** Seconds that AWS takes when nobody says. */
const usual: Readonly<Record<string, number>> = { GetSessionToken: 43_200, GetFederationToken: 43_200 }
const issuing = ['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoot']

function issuanceIn(record: unknown, at: number): Issuance | undefined {
  const source = textAt(record, 'eventSource')
  const operation = textAt(record, 'eventName')
  const ofSts = source === 'sts.amazonaws.com' && (issuing.includes(operation) || Object.hasOwn(usual, operation))
  const ofRolesAnywhere = source === 'rolesanywhere.amazonaws.com' && operation === 'CreateSession'
  if (!ofSts && !ofRolesAnywhere) return undefined
  const answer = memberAt(record, 'responseElements')
  // Roles Anywhere answers a set of one, or tells of the key alone.
  const told = memberAt(answer, 'credentialSet') ?? answer
  const accessKeyId = textAt(told, 'credentials', 'accessKeyId') || textAt(told, 'accessKeyId')
  if (!/^ASIA[A-Z0-9]{12,124}$/.test(accessKeyId)) return undefined
  const identity = memberAt(record, 'userIdentity')
  const user = callerOf(identity)
  const userId =
    textAt(told, 'assumedRoleUser', 'assumedRoleId') || textAt(told, 'federatedUser', 'federatedUserId') || user.userId
  const roleArn = operation === 'AssumeRoot' ? '' : textAt(record, 'requestParameters', 'roleArn')
  const asked = memberAt(record, 'requestParameters', 'durationSeconds')
  const seconds = typeof asked === 'number' ? asked : (usual[operation] ?? longestRoleLife / 1000)
  const expiresAt = instantIn(textAt(told, 'credentials', 'expiration')) ?? at + seconds * 1000
  const target = textAt(record, 'requestParameters', 'targetPrincipal')
  return {
    operation,
    accessKeyId,
    accountId: accountOfArn(roleArn) ?? (operation === 'AssumeRoot' ? target : user.accountId),
    roleArn,
    userId,
    sessionName: nameIn(userId),
    sourceIdentity:
      textAt(answer, 'sourceIdentity') ||
      textAt(told, 'sourceIdentity') ||
      textAt(record, 'requestParameters', 'sourceIdentity'),
    issuedAt: at,
    expiresAt: Math.min(expiresAt, at + longestUserLife),
    by: operation === 'AssumeRoot' ? `arn:aws:iam::${target}:root` : user.arn,
    byUserId: user.userId,
    byKeyId: user.accessKeyId,
    from: textAt(record, 'sourceIPAddress'),
    ...(ofRolesAnywhere ? { service: source } : serviceIn(identity)),
  }
}

/** Milliseconds: no session of a role lives longer, and none of a user. */
export const longestRoleLife = 12 * hour
export const longestUserLife = 36 * hour

const nameIn = (userId: string): string => /:(.+)$/.exec(userId)?.[1] ?? ''

function serviceIn(identity: unknown): { readonly service?: string } {
  const service = textAt(identity, 'invokedBy')
  if (service !== '') return { service }
  return textAt(identity, 'type') === 'AWSService' ? { service: 'AWS' } : {}
}

function callerOf(identity: unknown) {
  const userId = textAt(identity, 'principalId')
  const arn = textAt(identity, 'arn') || textAt(identity, 'invokedBy') || userId || textAt(identity, 'accountId')
  return { userId, arn, accountId: textAt(identity, 'accountId'), accessKeyId: textAt(identity, 'accessKeyId') }
}

/** Codes by which services say that a policy forbids it. */
const denials = /AccessDenied|UnauthorizedOperation|NotAuthorized|AuthorizationError|^Forbidden/i

function useIn(record: unknown, at: number): Use | undefined {
  const identity = memberAt(record, 'userIdentity')
  const type = textAt(identity, 'type')
  const context = memberAt(identity, 'sessionContext')
  const accessKeyId = textAt(identity, 'accessKeyId')
  // Another account's trail tells nothing of a session but its account; a permanent key is no session.
  if (!['AssumedRole', 'IAMUser', 'Root', 'FederatedUser'].includes(type) || context === undefined) return undefined
  if (accessKeyId !== '' && !accessKeyId.startsWith('ASIA')) return undefined
  const userId = textAt(identity, 'principalId')
  const startedAt = instantIn(textAt(context, 'attributes', 'creationDate'))
  if (accessKeyId === '' && (userId === '' || startedAt === undefined)) return undefined
  const arn = textAt(identity, 'arn')
  const issuer = textAt(context, 'sessionIssuer', 'arn') || issuerArn(arn)
  const roleArn = type === 'AssumedRole' ? issuer : ''
  const code = textAt(record, 'errorCode')
  const service = textAt(record, 'eventSource').replace(/\.amazonaws\.com(?:\.cn)?$/, '')
  const from = textAt(record, 'sourceIPAddress')
  return {
    at,
    accessKeyId,
    userId,
    sessionName: type === 'IAMUser' || type === 'Root' ? '' : nameIn(userId),
    accountId: textAt(identity, 'accountId'),
    roleArn,
    issuerArn: issuer,
    sourceIdentity: textAt(context, 'sourceIdentity'),
    ...(startedAt === undefined ? {} : { startedAt }),
    operation: operationOf(type, roleArn, nameIn(userId), context),
    from,
    byService: textAt(identity, 'invokedBy') !== '' || /[a-z]\.amazonaws\.com/.test(from) || from === 'AWS Internal',
    call: `${plain(service)}:${plain(textAt(record, 'eventName'))}`,
    outcome: code === '' ? 'done' : denials.test(code) ? 'denied' : 'failed',
  }
}

const plain = (name: string): string => name.replace(/[^\w.-]/g, '_').slice(0, 100)

/** Who gave a session out shows in its role and in its name. */
function operationOf(type: string, roleArn: string, name: string, context: unknown): string {
  if (type === 'FederatedUser') return 'GetFederationToken'
  if (type === 'Root' && memberAt(context, 'assumedRoot') !== undefined) return 'AssumeRoot'
  if (type !== 'AssumedRole') return 'GetSessionToken'
  if (/\/AWSReservedSSO_[^/]+$/.test(roleArn)) return 'GetRoleCredentials'
  if (memberAt(context, 'webIdFederationData', 'federatedProvider') !== undefined) return 'AssumeRoleWithWebIdentity'
  // The serial number of a certificate, and a name that Roles Anywhere took from it.
  if (/^[0-9a-f]{6,40}$/.test(name) && textAt(context, 'sourceIdentity') !== '') return 'CreateSession'
  return 'AssumeRole'
}
