import type { Decision, Denial } from '../../model/decision.ts'
import { deny } from '../../model/decision.ts'
import type { Principal } from '../../model/principal.ts'
import type { ApprovalRequest, SessionRequest } from '../../model/session-request.ts'
import { parsePolicy } from '../../policy/index.ts'
import type { Allowed, BrokerDenialCode } from '../broker.ts'
import type { BrokerConfig, Grant, Role } from '../config/broker-config.ts'
import { isWithin } from './hours.ts'
import { intersectPolicies } from './intersect-policies.ts'
import { matchesTicket } from './matches-ticket.ts'
import { isInNetworks } from './networks.ts'
import { termsOf } from './terms.ts'
import { isOneOf } from './who.ts'

/** What one grant says to a request: yes with what it brings, or everything that stands in the way. */
export type Consideration = { readonly grant: Grant } & (
  | { readonly allowed: true; readonly what: Allowed }
  | { readonly allowed: false; readonly obstacles: readonly Denial<BrokerDenialCode>[] }
)

/** Seconds. A session shorter than this is not worth a call. */
const shortest = 60
/** Characters of a session policy, AWS's limit. */
const longestPolicy = 2048

/**
 * Whether somebody may have a session, by which grant, for how long and under which policy; pure. The first grant of the
 * configuration that has nothing against it decides. `approved` is the request that approvals were given on.
 */
export function decide(
  principal: Principal,
  request: SessionRequest,
  config: Pick<BrokerConfig, 'roles' | 'grants'>,
  now: Date,
  approved?: ApprovalRequest,
): Decision<Allowed, BrokerDenialCode> {
  const considered = consider(principal, request, config, now, approved)
  const yes = considered.find(({ allowed }) => allowed)
  if (yes?.allowed) return { allowed: true, ...yes.what }
  // Who has no grant does not learn whether there is such a role.
  const [nearest] = considered
    .flatMap((found) => (found.allowed ? [] : [found.obstacles]))
    .sort((a, b) => a.length - b.length || rank(a) - rank(b))
  return nearest?.[0] ?? deny('no-grant', `No grant gives ${principal.name} the role ${request.role}.`)
}

/** Of two refusals the one that can be helped comes first. */
const rank = (obstacles: readonly Denial<BrokerDenialCode>[]): number =>
  obstacles[0]?.code === 'approval-needed' ? 0 : 1

/** What each grant that is for this principal and role says, in the order of the configuration. */
export function consider(
  principal: Principal,
  request: SessionRequest,
  config: Pick<BrokerConfig, 'roles' | 'grants'>,
  now: Date,
  approved?: ApprovalRequest,
): readonly Consideration[] {
  const role = findRole(config, request.role)
  if (!role) return []
  return config.grants
    .filter((grant) => grant.role === role.name && grant.breakGlass === (request.breakGlass === true))
    .filter((grant) => isOneOf(grant.to, principal))
    .map((grant) => weigh(grant, role, { principal, request, now, approved }))
}

export const findRole = ({ roles }: Pick<BrokerConfig, 'roles'>, name: string): Role | undefined =>
  Object.hasOwn(roles, name) ? roles[name] : Object.values(roles).find(({ arn }) => arn === name)

interface Asking {
  readonly principal: Principal
  readonly request: SessionRequest
  readonly now: Date
  readonly approved: ApprovalRequest | undefined
}

function weigh(grant: Grant, role: Role, asking: Asking): Consideration {
  const { principal, request, now } = asking
  const left = Math.floor((principal.expiresAt.getTime() - now.getTime()) / 1000)
  const longest = Math.min(grant.longest, role.longest)
  const wanted = request.duration ?? Math.min(grant.usual, longest)
  const policy = sessionPolicy(grant, request)
  const obstacles = [
    left < shortest && deny('login-expired', 'The login ends now: sign in again.'),
    wanted > longest && deny('too-long', `The grant ${grant.name} gives ${told(longest)} at most.`),
    wanted < 1 && deny('too-long', 'A session lasts at least a second.'),
    ...conditions(grant, asking),
    'allowed' in policy && policy,
    approvalObstacle(grant, role, wanted, asking),
  ].filter((obstacle) => typeof obstacle === 'object')
  if (obstacles.length > 0 || 'allowed' in policy) return { grant, allowed: false, obstacles }
  return { grant, allowed: true, what: { grant, role, duration: Math.min(wanted, left), ...policy } }
}

function conditions(grant: Grant, { principal, request, now }: Asking): readonly (Denial<BrokerDenialCode> | false)[] {
  const { mfaWithin, reasonNeeded, ticket, networks, hours, name } = grant
  const mfaAge = principal.mfaAt ? (now.getTime() - principal.mfaAt.getTime()) / 1000 : Number.POSITIVE_INFINITY
  return [
    mfaWithin !== undefined &&
      mfaAge > mfaWithin &&
      deny(
        'mfa-needed',
        `The grant ${name} wants a second factor shown in the last ${told(mfaWithin)}: sign in again.`,
      ),
    reasonNeeded && !request.reason?.trim() && deny('reason-needed', `The grant ${name} wants a reason.`),
    ticket !== undefined &&
      !matchesTicket(ticket, request.ticket ?? '') &&
      deny('ticket-needed', `The grant ${name} wants a ticket of the form ${ticket}.`),
    networks !== undefined &&
      !isInNetworks(networks, request.sourceIp) &&
      deny('outside-network', `The grant ${name} is not open to ${request.sourceIp}.`),
    hours !== undefined &&
      !isWithin(hours, now) &&
      deny('outside-hours', `The grant ${name} is not open at this hour.`),
  ]
}

function sessionPolicy(
  grant: Grant,
  { policy }: SessionRequest,
): { readonly policy?: string } | Denial<BrokerDenialCode> {
  if (policy !== undefined) {
    const parsed = parsePolicy(policy, 'identity')
    if (!parsed.ok) return deny('policy-malformed', 'The session policy is not one IAM takes.')
  }
  const both = grant.policy === undefined || policy === undefined ? undefined : intersectPolicies(grant.policy, policy)
  if (both?.ok === false)
    return deny('policy-malformed', `The session policy cannot narrow the grant's: ${both.because}.`)
  const text = both?.policy ?? policy ?? grant.policy
  if (text === undefined) return {}
  const packed = JSON.stringify(JSON.parse(text))
  if (packed.length > longestPolicy)
    return deny(
      'policy-too-large',
      `The session policy has ${packed.length} characters, and AWS takes ${longestPolicy}.`,
    )
  return { policy: packed }
}

/** What was approved is what is issued: the same principal, grant and policy, and no longer than was asked. */
function approvalObstacle(
  grant: Grant,
  role: Role,
  wanted: number,
  { principal, request, now, approved }: Asking,
): Denial<BrokerDenialCode> | false {
  // Else somebody could spend, and be shown, a request that was approved for another.
  if (grant.approvals === undefined)
    return (
      request.requestId !== undefined &&
      deny('request-not-approved', `The grant ${grant.name} needs no approval: ask without a request.`)
    )
  const needed = `The grant ${grant.name} needs ${grant.approvals.count} approval${grant.approvals.count > 1 ? 's' : ''}.`
  if (!approved || request.requestId === undefined) return deny('approval-needed', needed)
  const isThis =
    approved.id === request.requestId &&
    approved.principalId === principal.id &&
    approved.grant === grant.name &&
    approved.role === role.name &&
    approved.policy === request.policy &&
    wanted <= approved.duration
  if (!isThis) return deny('request-not-approved', 'The request that was approved is another one.')
  // Who approved did so by the rules of then: fewer voices, other people, another role behind the name.
  if (approved.terms !== termsOf(grant, role)) return deny('request-not-approved', outdated(grant))
  if (approved.state !== 'approved' || approved.expiresAt <= now.getTime())
    return deny(
      'request-not-approved',
      approved.state === 'waiting'
        ? 'The request still waits for approval.'
        : `The request is ${approved.state === 'approved' ? 'lapsed' : approved.state}.`,
    )
  return false
}

export const outdated = ({ name }: Grant): string =>
  `The grant ${name} has changed since the request was asked: ask again.`

/** Seconds as people say them. */
export function told(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  if (hours === 0 && minutes === 0) return `${seconds} s`
  return [hours > 0 ? `${hours} h` : '', minutes > 0 ? `${minutes} min` : ''].filter((part) => part !== '').join(' ')
}
