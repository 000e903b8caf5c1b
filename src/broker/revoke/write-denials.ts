import type { Session } from '../../model/session.ts'
import type { KeyOf } from '../aws/administer.ts'
import { callIam, IamRefusal } from '../aws/call-iam.ts'
import type { BrokerParts } from '../broker.ts'
import { type Denials, denyPolicy, type Left, mostOnRole, mostOnUser, policyName } from './deny-policy.ts'
import { type Place, placeOf } from './place.ts'

export type Denyable = Exclude<Place, { readonly kind: 'none' }>

/** Milliseconds: no session of a role lives longer. */
const longestLife = 12 * 3_600_000
/** Of a user's sessions. */
const longestUserLife = 36 * 3_600_000

/** What the ledger says must be denied in a place now: what was revoked there and is not over. */
export async function denialsAt({ ledger, config, now }: BrokerParts, place: Denyable): Promise<Denials> {
  const at = now().getTime()
  const sessions: Session[] = []
  let cursor: string | undefined
  do {
    const where =
      place.kind === 'role' ? { roleArn: place.arn } : { principalId: `aws:${place.arn}`, accountId: place.accountId }
    const page = await ledger.sessions({
      ...where,
      state: 'revoked',
      limit: 1000,
      ...(cursor === undefined ? {} : { cursor }),
    })
    sessions.push(...page.items.filter((session) => (session.expiresAt ?? at + 1) > at))
    // The newest come first: what was asked for longer ago than a session can live is over.
    const oldest = page.items.at(-1)?.askedAt ?? 0
    cursor = oldest < at - longestUserLife ? undefined : page.cursor
  } while (cursor !== undefined)
  if (place.kind === 'user') return { userIds: [], people: [], issuedAt: sessions.map(bornAt) }
  const recent = (await ledger.revocations({ limit: 1000 })).filter((revocation) => revocation.at > at - longestLife)
  const role = Object.values(config().roles).find(({ arn }) => arn === place.arn)
  const covered = new Set<string>()
  const people = recent.flatMap(({ id, target, at: revokedAt }) => {
    if (target.kind !== 'principal') return []
    const before = target.before ?? revokedAt + 1
    // AWS's clock may be ahead of ours: what it issued later than we revoked is named by itself.
    const own = sessions.filter(
      (session) => session.revocationId === id && session.sourceIdentity !== '' && bornAt(session) < before,
    )
    for (const { id: session } of own) covered.add(session)
    const identities = new Set(own.map(({ sourceIdentity }) => sourceIdentity))
    return [...identities].map((sourceIdentity) => ({ sourceIdentity, before }))
  })
  const all = recent.flatMap(({ target, at: revokedAt }) =>
    target.kind === 'everything' ||
    (target.kind === 'role' && (target.role === role?.name || target.role === place.arn))
      ? [target.before ?? revokedAt + 1]
      : [],
  )
  const before = all.length > 0 ? Math.max(...all) : undefined
  const userIds = sessions
    .filter((session) => !covered.has(session.id) && (before === undefined || bornAt(session) >= before))
    .flatMap(({ userId }) => userId || [])
  return { userIds, people, issuedAt: [], ...(before === undefined ? {} : { before }) }
}

const bornAt = ({ issuedAt, askedAt }: Session): number => issuedAt ?? askedAt

/** Which sessions found no room in what was written. */
export interface Written {
  readonly isLeft: (session: Session) => boolean
}

/**
 * Makes the policy in a place say what the ledger says. Two brokers that write at once write the same in the end: each
 * looks again after it has written. Rejects with what IAM refused.
 */
export async function writeDenials(parts: BrokerParts, keyOf: KeyOf, place: Denyable): Promise<Written> {
  let written: string | undefined
  for (let round = 0; ; round++) {
    const { policy, left } = denyPolicy(await denialsAt(parts, place), place.kind === 'role' ? mostOnRole : mostOnUser)
    if ((round > 0 && policy === written) || round === mostRounds) return { isLeft: (session) => isIn(left, session) }
    await put(parts, keyOf, place, policy)
    written = policy
  }
}

const mostRounds = 5

const isIn = ({ userIds, people, issuedAt }: Left, session: Session): boolean =>
  (session.userId !== undefined && userIds.includes(session.userId)) ||
  people.some(({ sourceIdentity }) => sourceIdentity === session.sourceIdentity) ||
  (session.roleArn === '' && issuedAt.includes(bornAt(session)))

async function put(
  { aws, now }: BrokerParts,
  keyOf: KeyOf,
  place: Denyable,
  policy: string | undefined,
): Promise<void> {
  const whose = place.kind === 'role' ? { RoleName: place.name } : { UserName: place.name }
  const of = place.kind === 'role' ? 'Role' : 'User'
  const key = await keyOf(place.accountId)
  const call = (action: string, more: Readonly<Record<string, string>>) =>
    callIam(aws, { action, params: { ...whose, PolicyName: policyName, ...more }, key, now: now() })
  if (policy !== undefined) {
    await call(`Put${of}Policy`, { PolicyDocument: policy })
    return
  }
  await call(`Delete${of}Policy`, {}).catch((error) => {
    if (!(error instanceof IamRefusal && error.code === 'NoSuchEntity')) throw error
  })
}

/** The places of sessions, each once, with the sessions that are denied there. */
export function placesOf(
  sessions: readonly Session[],
  config: ReturnType<BrokerParts['config']>,
): ReadonlyMap<Place, readonly Session[]> {
  const byWhere = Map.groupBy(sessions, (session) => session.roleArn || session.principalId)
  const places = new Map<Place, readonly Session[]>()
  for (const group of byWhere.values()) {
    const [first] = group
    if (first) places.set(placeOf(first, config), group)
  }
  return places
}
