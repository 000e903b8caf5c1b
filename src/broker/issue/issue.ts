import { isConflict, isOfRevokedProof } from '../../ledger/conflict.ts'
import { type Denial, deny } from '../../model/decision.ts'
import { Failure } from '../../model/failure.ts'
import type { LedgerEvent } from '../../model/ledger-event.ts'
import type { Principal } from '../../model/principal.ts'
import type { Session } from '../../model/session.ts'
import type { ApprovalRequest, SessionRequest } from '../../model/session-request.ts'
import type { Credentials } from '../../model/signing-key.ts'
import { readIssued } from '../../sources/issued.ts'
import { callSts } from '../../sources/sts-call.ts'
import { textOf } from '../../wire/xml.ts'
import type { Allowed, BrokerDenialCode, BrokerParts, IssueOutcome, Issuer } from '../broker.ts'
import { decide } from '../decide/decide.ts'
import { newId } from '../new-id.ts'
import { sessionNameOf, sourceIdentityOf, tagsOf } from './names.ts'
import { endingPolicy, shortestAtAws } from './session-policy.ts'
import { lately, stillbornBy } from './stillborn.ts'

/** Milliseconds after which an intent has lost whoever was to tell its outcome: a call to STS takes a minute at most. */
const lost = 90_000

export interface IssuerOptions {
  /** Whether no other broker appends to this ledger: then every open intent at the start is a crash's. */
  readonly alone: boolean
}

/** Issues sessions. No credentials leave unless their intent was durable before AWS was asked, and their outcome after. */
export function openIssuer(parts: BrokerParts, { alone }: IssuerOptions): Issuer {
  const { config, ledger, now, log } = parts
  let hasRecovered = false
  return {
    async issue(principal, request) {
      const at = now()
      const approved = request.requestId === undefined ? undefined : await ledger.request(request.requestId)
      const decision = decide(principal, request, config(), at, approved)
      if (!decision.allowed) return refuse(parts, principal, request, decision)
      const policy =
        decision.duration < shortestAtAws
          ? endingPolicy(decision.policy, new Date(at.getTime() + decision.duration * 1000))
          : decision.policy
      if (policy !== undefined && policy.length > 2048)
        return refuse(
          parts,
          principal,
          request,
          deny('policy-too-large', 'With the end of the login in it the session policy is longer than AWS takes.'),
        )
      const session = sessionFor(principal, request, decision, {
        at,
        policy,
        id: newId('s', parts.randomBytes),
        approved,
      })
      const intent: LedgerEvent = {
        kind: 'intent',
        at: at.getTime(),
        session,
        provenAt: principal.authenticatedAt.getTime(),
      }
      const notes = request.breakGlass ? [breakGlassAlert(parts, session)] : []
      try {
        await ledger.append([intent, ...notes])
      } catch (error) {
        const denial = conflictOf(error)
        if (!denial) throw error
        return refuse(parts, principal, request, denial)
      }
      return ask(parts, session, decision, tagsOf(decision.grant.tags, principal))
    },
    async recover() {
      // Later there are open intents of its own, whose outcome is on its way.
      const before = alone && !hasRecovered ? Number.POSITIVE_INFINITY : now().getTime() - lost
      hasRecovered = true
      let closed = 0
      let cursor: string | undefined
      do {
        const page = await ledger.sessions({
          state: 'pending',
          limit: 1000,
          ...(cursor === undefined ? {} : { cursor }),
        })
        for (const session of page.items.filter(({ askedAt }) => askedAt < before))
          if (await close(parts, session)) closed++
        cursor = page.cursor
      } while (cursor !== undefined)
      if (closed > 0) log('warn', 'closed intents that had no outcome', { closed })
      return closed
    },
  }
}

/** Whether it was still open. Nobody has its credentials: they never leave before their outcome is in the ledger. */
async function close({ ledger, now }: BrokerParts, session: Session): Promise<boolean> {
  const because = 'the broker ended before the outcome was known; no credentials were handed out'
  const expiresAt = session.expiresAt === undefined ? {} : { expiresAt: session.expiresAt }
  try {
    await ledger.append([
      { kind: 'failed', at: now().getTime(), sessionId: session.id, because, unknown: true, ...expiresAt },
    ])
    return true
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  }
}

interface Making {
  readonly at: Date
  readonly policy: string | undefined
  readonly id: string
  /** The request it is issued on. */
  readonly approved: ApprovalRequest | undefined
}

function sessionFor(
  principal: Principal,
  request: SessionRequest,
  decision: Allowed,
  { at, policy, id, approved }: Making,
): Session {
  const { grant, role, duration } = decision
  const { requestId } = request
  // What was approved is what the ledger tells.
  const { reason, ticket } = approved ?? request
  return {
    id,
    origin: 'broker',
    operation: 'AssumeRole',
    state: 'pending',
    principalId: principal.id,
    principalName: principal.name,
    principalKind: principal.kind,
    accountId: role.accountId,
    roleArn: role.arn,
    role: role.name,
    grant: grant.name,
    sessionName: sessionNameOf(principal, id),
    sourceIdentity: sourceIdentityOf(principal),
    askedAt: at.getTime(),
    expiresAt: at.getTime() + duration * 1000,
    sourceIp: request.sourceIp,
    ...(reason === undefined ? {} : { reason }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(policy === undefined ? {} : { policy }),
  }
}

async function ask(
  parts: BrokerParts,
  session: Session,
  { role, duration }: Allowed,
  tags: Readonly<Record<string, string>>,
): Promise<IssueOutcome> {
  const { ledger, now, aws, log } = parts
  const revocations = await ledger.revocations({ since: session.askedAt - lately })
  let answer: { readonly credentials: Credentials; readonly userId: string; readonly packed: number | undefined }
  try {
    const { region, endpoint } = aws
    const params = {
      RoleArn: role.arn,
      RoleSessionName: session.sessionName,
      DurationSeconds: Math.max(shortestAtAws, duration),
      SourceIdentity: session.sourceIdentity,
      ExternalId: role.externalId,
      Policy: session.policy,
      Tags: Object.keys(tags).length > 0 ? Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) : undefined,
    }
    const target = { region, ...(endpoint === undefined ? {} : { endpoint }) }
    const result = await callSts({ ...aws, now }, { action: 'AssumeRole', params, key: await aws.key(), target })
    const packed = textOf(result, 'PackedPolicySize')
    answer = {
      credentials: readIssued(result, now()).credentials,
      userId: textOf(result, 'AssumedRoleUser', 'AssumedRoleId') ?? '',
      packed: packed === undefined ? undefined : Number(packed),
    }
    const dead = stillbornBy(session, issuedAt(answer.credentials, duration), revocations)
    if (dead)
      throw new Failure(
        'aws-refused',
        `AWS denies what was issued up to the second of the revocation ${dead.id}. Ask again.`,
      )
  } catch (error) {
    const because = error instanceof Failure ? error.message : 'the call to STS failed'
    if (!(error instanceof Failure))
      log('error', 'the call to STS failed', { session: session.id, error: String(error) })
    try {
      await ledger.append([{ kind: 'failed', at: now().getTime(), sessionId: session.id, because }])
    } catch (conflict) {
      if (isConflict(conflict)) return revokedMeanwhile()
      throw conflict
    }
    const unreachable = error instanceof Failure && error.code === 'network'
    return deny(unreachable ? 'aws-unreachable' : 'aws-refused', because)
  }
  const { credentials, userId, packed } = answer
  // No longer than the proof, whatever AWS gave.
  const expiresAt = Math.min(credentials.expiration.getTime(), session.expiresAt ?? Number.POSITIVE_INFINITY)
  const outcome: LedgerEvent = {
    kind: 'issued',
    at: now().getTime(),
    sessionId: session.id,
    accessKeyId: credentials.accessKeyId,
    userId,
    // By AWS's clock, which denials of what was issued earlier go by.
    issuedAt: issuedAt(credentials, duration),
    expiresAt,
    ...(packed === undefined ? {} : { packedPolicySize: packed }),
  }
  try {
    await ledger.append([outcome])
  } catch (error) {
    if (isConflict(error)) return revokedMeanwhile()
    throw error
  }
  const { kind: _, at: __, sessionId: ___, ...known } = outcome
  return {
    allowed: true,
    session: { ...session, ...known, state: 'issued' },
    credentials: { ...credentials, expiration: new Date(expiresAt), accountId: role.accountId },
  }
}

const issuedAt = ({ expiration }: Credentials, duration: number): number =>
  expiration.getTime() - Math.max(shortestAtAws, duration) * 1000

async function refuse(
  { ledger, now }: BrokerParts,
  principal: Principal,
  request: SessionRequest,
  denial: Denial<BrokerDenialCode>,
): Promise<Denial<BrokerDenialCode>> {
  const { code, because } = denial
  const { id: principalId, name } = principal
  const { role, sourceIp } = request
  await ledger.append([{ kind: 'denied', at: now().getTime(), principalId, name, role, code, because, sourceIp }])
  return denial
}

const breakGlassAlert = ({ now, randomBytes }: BrokerParts, session: Session): LedgerEvent => ({
  kind: 'alert',
  at: now().getTime(),
  alertId: newId('a', randomBytes),
  alert: 'break-glass',
  sessionId: session.id,
  text: `${session.principalName} broke the glass for ${session.role}: ${session.reason ?? 'no reason given'}`,
})

const revokedMeanwhile = (): Denial<BrokerDenialCode> =>
  deny('principal-revoked', 'The session was revoked while it was being issued.')

/** Why the ledger did not take an intent. */
function conflictOf(error: unknown): Denial<BrokerDenialCode> | undefined {
  if (!isConflict(error)) return undefined
  return isOfRevokedProof(error)
    ? deny('principal-revoked', 'This login was revoked: sign in again.')
    : deny('request-not-approved', 'The request is not approved, or was used.')
}
