import type { Session } from '../cloud.ts'
import type { Call, Caller, CallRecord } from '../service.ts'

/** How a call ended, and where it is told. */
export interface Outcome {
  /** The name in the credential scope: `sts`. */
  readonly service: string
  /** As the caller read them, when the call was refused. */
  readonly errorCode?: string
  readonly errorMessage?: string
  /** Whose trail this is, when not the caller's: the other account of a cross-account call sees less of the caller. */
  readonly recipientAccountId?: string
  /** What the two records of a cross-account call have in common. */
  readonly sharedEventId?: string
}

/**
 * What CloudTrail tells of a call: one event record of version 1.11, members in AWS's order. The caller's identity is
 * written as AWS writes it for each kind of credential ("CloudTrail userIdentity element", "CloudTrail record
 * contents" in the CloudTrail User Guide).
 */
export function cloudTrailRecord(call: Call, record: CallRecord, outcome: Outcome): Record<string, unknown> {
  const recipient = outcome.recipientAccountId ?? record.vouched?.accountId ?? (call.caller.accountId || undefined)
  const failed = outcome.errorCode !== undefined
  return withoutAbsent({
    eventVersion: '1.11',
    userIdentity: withoutAbsent({
      ...(record.vouched?.userIdentity ?? userIdentity(call.caller, recipient)),
      invokedBy: call.invokedBy,
    }),
    eventTime: wholeSeconds(call.at),
    eventSource: `${outcome.service}.amazonaws.com`,
    eventName: record.operation,
    awsRegion: call.region,
    sourceIPAddress: call.sourceIp,
    userAgent: call.userAgent,
    errorCode: outcome.errorCode,
    errorMessage: outcome.errorMessage,
    requestParameters: record.requestParameters ?? null,
    responseElements: failed ? null : (record.responseElements ?? null),
    requestID: call.id,
    eventID: uuid(call.cloud.randomBytes(16)),
    readOnly: record.readOnly ?? readsOnly(record.operation),
    resources: record.resources,
    eventType: 'AwsApiCall',
    managementEvent: record.dataEvent !== true,
    recipientAccountId: recipient,
    sharedEventID: outcome.sharedEventId,
    eventCategory: record.dataEvent ? 'Data' : 'Management',
  })
}

/** Whether an operation of this name changes nothing, by AWS's habit of naming. */
export const readsOnly = (operation: string): boolean =>
  /^(?:Get|List|Describe|Lookup|Head|Simulate|Generate)/.test(operation)

/** Who called, as the record of `recipient` has it: an account is told no more of another's caller than its account. */
function userIdentity(caller: Caller, recipient: string | undefined): Record<string, unknown> {
  const { accountId, arn, session } = caller
  if (caller.kind === 'anonymous') return { type: 'AWSAccount', principalId: '', accountId: 'anonymous' }
  if (recipient !== accountId) return { type: 'AWSAccount', principalId: caller.userId, accountId }
  const shared = { principalId: caller.userId, arn, accountId, accessKeyId: caller.accessKeyId }
  if (caller.kind === 'root') return withoutAbsent({ type: 'Root', ...shared, sessionContext: attributesOf(caller) })
  if (caller.kind === 'user')
    return withoutAbsent({
      type: 'IAMUser',
      ...shared,
      userName: caller.userName,
      sessionContext: attributesOf(caller),
    })
  const role = caller.kind === 'assumed-role'
  return {
    type: role ? 'AssumedRole' : 'FederatedUser',
    ...shared,
    sessionContext: withoutAbsent({
      sessionIssuer: session && {
        type: role ? 'Role' : 'IAMUser',
        principalId: session.issuer.id,
        arn: session.issuer.arn,
        accountId: session.accountId,
        userName: session.issuer.name,
      },
      webIdFederationData: federationOf(session),
      ...attributesOf(caller),
      sourceIdentity: session?.sourceIdentity,
    }),
  }
}

function attributesOf({ session }: Caller): { readonly attributes: Record<string, string> } | undefined {
  if (!session) return undefined
  // Strings, not a boolean: what consumers of real trails compare with.
  const mfaAuthenticated = session.mfaAt === undefined ? 'false' : 'true'
  return { attributes: { creationDate: wholeSeconds(new Date(session.issuedAt)), mfaAuthenticated } }
}

/** Which OpenID Connect provider vouched for the session, when one did. */
function federationOf(session: Session | undefined): Record<string, unknown> | undefined {
  const provider = session?.context?.['aws:FederatedProvider']
  if (typeof provider !== 'string' || provider.includes(':saml-provider/')) return undefined
  return { federatedProvider: provider, attributes: {} }
}

const secretMembers = new Set([
  'secretAccessKey',
  'base32StringSeed',
  'qRCodePNG',
  'password',
  'oldPassword',
  'newPassword',
  'tokenCode',
  'sAMLAssertion',
  'authenticationCode1',
  'authenticationCode2',
  'webIdentityToken',
  'secretString',
  'secretBinary',
  'randomPassword',
  'rotationToken',
  'zipFile',
  'environment',
  'payload',
  'logResult',
  'parameterValue',
  'resolvedValue',
  'templateBody',
])

/**
 * An operation's input or output as requestParameters and responseElements have it: names begin in lower case, instants
 * are US-English text, and secrets are left out (the session token stays, as in real trails).
 */
export function trailMembers(value: unknown): unknown {
  if (value instanceof Date) return localeInstant(value)
  if (value instanceof Uint8Array) return undefined
  if (Array.isArray(value)) return value.map(trailMembers)
  if (typeof value !== 'object' || value === null) return value
  const members: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    const spelt = name.charAt(0).toLowerCase() + name.slice(1)
    const told = secretMembers.has(spelt) ? undefined : trailMembers(member)
    if (told !== undefined) members[spelt] = told
  }
  return members
}

const wholeSeconds = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Jul 18, 2014 4:07:39 PM`, in UTC. Not left to Intl, whose spaces change with its version. */
function localeInstant(date: Date): string {
  const [hours, minutes, seconds] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`
  return `${day} ${hours % 12 || 12}:${two(minutes)}:${two(seconds)} ${hours < 12 ? 'AM' : 'PM'}`
}

function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20)].join(
    '-',
  )
}

function withoutAbsent(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
