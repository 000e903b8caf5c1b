import type { Session } from '../../model/session.ts'
import { textOf } from '../../wire/xml.ts'
import type { KeyOf } from '../aws/administer.ts'
import { callIam } from '../aws/call-iam.ts'
import { AwsRefusal } from '../aws/send-signed.ts'
import type { BrokerParts } from '../broker.ts'
import { type Denials, denyPolicy, type Left, mostOnRole, mostOnUser, type Person, policyName } from './deny-policy.ts'
import { type Place, placeOf } from './place.ts'

export type Denyable = Exclude<Place, { readonly kind: 'none' }>

/** Milliseconds: no session of a role lives longer. */
const longestLife = 12 * 3_600_000
/** Of a user's sessions. */
export const longestUserLife = 36 * 3_600_000

/** What the ledger says must be denied in a place now: what was revoked there and is not over. */
async function denialsAt({ ledger, config, now }: BrokerParts, place: Denyable): Promise<Denials> {
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
  const recent = await ledger.revocations({ since: at - longestLife })
  const revokers = new Map(recent.map(({ id, by }) => [id, by]))
  // What finds no room is what came last, and first of that what people revoked of their own: nobody can take and end
  // sessions until the denial of another one is crowded out.
  const rank = ({ revocationId = '', principalId }: Session): number =>
    Number(revokers.get(revocationId) === principalId)
  sessions.sort((a, b) => rank(a) - rank(b) || (a.revokedAt ?? 0) - (b.revokedAt ?? 0))
  if (place.kind === 'user') return { userIds: [], people: [], themselves: [], issuedAt: sessions.map(bornAt) }
  const role = Object.values(config().roles).find(({ arn }) => arn === place.arn)
  const covered = new Set<string>()
  const revoked = recent.flatMap(({ id, target, at: revokedAt, by }) => {
    if (target.kind !== 'principal') return []
    const before = target.before ?? revokedAt + 1
    // AWS's clock may be ahead of ours: what it issued later than we revoked is named by itself.
    const own = sessions.filter(
      (session) => session.revocationId === id && session.sourceIdentity !== '' && bornAt(session) < before,
    )
    for (const { id: session } of own) covered.add(session)
    const identities = new Set(own.map(({ sourceIdentity }) => sourceIdentity))
    const isOwn = by === target.principalId
    return [...identities].map((sourceIdentity) => ({ sourceIdentity, before, isOwn, revokedAt }))
  })
  revoked.sort((a, b) => a.revokedAt - b.revokedAt)
  const who = (own: boolean): readonly Person[] =>
    revoked.flatMap(({ sourceIdentity, before, isOwn }) => (isOwn === own ? [{ sourceIdentity, before }] : []))
  const all = recent.flatMap(({ target, at: revokedAt }) =>
    target.kind === 'everything' ||
    (target.kind === 'role' && (target.role === role?.name || target.role === place.arn))
      ? [target.before ?? revokedAt + 1]
      : [],
  )
  const before = all.length > 0 ? Math.max(...all) : undefined
  const byRevocation = Map.groupBy(sessions, ({ revocationId }) => revocationId)
  const witnesses = new Set(recent.map(({ id }) => witnessOf(byRevocation.get(id) ?? [])?.id))
  const userIds = sessions
    .filter(
      (session) =>
        witnesses.has(session.id) || (!covered.has(session.id) && (before === undefined || bornAt(session) >= before)),
    )
    .flatMap(({ userId }) => userId || [])
  return {
    userIds,
    people: who(false),
    themselves: who(true),
    issuedAt: [],
    ...(before === undefined ? {} : { before }),
  }
}

/**
 * The one of the sessions of a revocation that its canary is like. It is denied by its user id, too: a canary is always
 * issued too late to be denied by its time of issue.
 */
export const witnessOf = (sessions: readonly Session[]): Session | undefined =>
  sessions.reduce<Session | undefined>(
    (least, session) => (session.userId && (least === undefined || session.id < least.id) ? session : least),
    undefined,
  )

export const bornAt = ({ issuedAt, askedAt }: Session): number => issuedAt ?? askedAt

/** What was written, and which sessions found no room in it. */
interface Written {
  readonly policy: string | undefined
  readonly isLeft: (session: Session) => boolean
}

/** Makes the policy in a place say what the ledger says. Rejects with what IAM refused. */
export interface DenialWriter {
  readonly write: (place: Denyable) => Promise<Written>
  /** Whether a policy of ours that may be there names that user id: one sent from here or, with others, one that stands. */
  readonly names: (place: Denyable, userId: string) => Promise<boolean>
  /**
   * Writes only when what was last written from here says something else, or was written a while ago and denies something:
   * others may take the policy off (tools that make a role what their files say), or write over it late.
   */
  readonly refresh: (place: Denyable) => Promise<void>
}

/** Milliseconds after which a policy is written again, unseen whether it is still there. */
const healing = 5 * 60_000

/**
 * Two brokers that write at once write the same in the end: each looks again after it has written. Within a broker one
 * write at a time goes to a place, and whoever comes meanwhile shares the next one.
 */
export function openDenialWriter(parts: BrokerParts, keyOf: KeyOf, { alone = false } = {}): DenialWriter {
  const next = new Map<string, Promise<Written>>()
  const under = new Map<string, Promise<Written>>()
  const last = new Map<string, string | undefined>()
  const sent = new Map<string, string | undefined>()
  const writtenAt = new Map<string, number>()
  const write = (place: Denyable): Promise<Written> => {
    const before = under.get(place.arn)
    const shared = next.get(place.arn)
    if (shared) return shared
    const turn = async (): Promise<Written> => {
      await before?.catch(() => undefined)
      next.delete(place.arn)
      const run = settle(parts, keyOf, place, (policy) => sent.set(place.arn, policy))
      under.set(place.arn, run)
      const { policy, isLeft } = await run.finally(() => under.get(place.arn) === run && under.delete(place.arn))
      last.set(place.arn, policy)
      writtenAt.set(place.arn, parts.now().getTime())
      return { policy, isLeft }
    }
    const turned = turn()
    // Without one before it, it has begun.
    if (before) next.set(place.arn, turned)
    return turned
  }
  return {
    write,
    names: async (place, userId) => {
      const isNamed = (policy: string | undefined): boolean => policy?.includes(JSON.stringify(userId)) ?? false
      return isNamed(sent.get(place.arn)) || (!alone && isNamed(await policyOn(parts, keyOf, place)))
    },
    refresh: async (place) => {
      const { policy } = policyAt(place, await denialsAt(parts, place))
      const isOld = Math.abs(parts.now().getTime() - (writtenAt.get(place.arn) ?? 0)) >= healing
      if (!last.has(place.arn) || last.get(place.arn) !== policy || (policy !== undefined && isOld)) await write(place)
    },
  }
}

const policyAt = (place: Denyable, denials: Denials): ReturnType<typeof denyPolicy> =>
  denyPolicy(denials, place.kind === 'role' ? mostOnRole : mostOnUser)

async function settle(
  parts: BrokerParts,
  keyOf: KeyOf,
  place: Denyable,
  sending: (policy: string | undefined) => void,
): Promise<Written> {
  let written: string | undefined
  for (let round = 0; round < mostRounds; round++) {
    const { policy, left } = policyAt(place, await denialsAt(parts, place))
    if (round > 0 && policy === written) return { policy, isLeft: (session) => isIn(left, session) }
    sending(policy)
    await put(parts, keyOf, place, policy)
    written = policy
  }
  throw new Error(`what is revoked on ${place.arn} kept changing while it was written`)
}

const mostRounds = 20

/** The policy that stands in a place; undefined where there is none, or where it may not be read. */
async function policyOn({ aws, now }: BrokerParts, keyOf: KeyOf, place: Denyable): Promise<string | undefined> {
  const whose = place.kind === 'role' ? { RoleName: place.name } : { UserName: place.name }
  const action = place.kind === 'role' ? 'GetRolePolicy' : 'GetUserPolicy'
  try {
    const key = await keyOf(place.accountId)
    const answer = await callIam(aws, { action, params: { ...whose, PolicyName: policyName }, key, now: now() })
    return decodeURIComponent(textOf(answer, `${action}Result`, 'PolicyDocument') ?? '')
  } catch {
    return undefined
  }
}

const isIn = ({ userIds, people, themselves, issuedAt }: Left, session: Session): boolean =>
  (session.userId !== undefined && userIds.includes(session.userId)) ||
  [...people, ...themselves].some(({ sourceIdentity }) => sourceIdentity === session.sourceIdentity) ||
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
    if (!(error instanceof AwsRefusal && error.code === 'NoSuchEntity')) throw error
  })
}

/** The places of sessions, each once, with the sessions that are denied there. */
export function placesOf(
  sessions: readonly Session[],
  config: ReturnType<BrokerParts['config']>,
): ReadonlyMap<Place, readonly Session[]> {
  const byWhere = Map.groupBy(sessions, (session) => session.roleArn || session.principalId)
  const places = new Map<Place, readonly Session[]>()
  // In an order of their own, so that a rehearsal says the same as the deed.
  for (const [, group] of [...byWhere].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [first] = group
    if (first) places.set(placeOf(first, config), group)
  }
  return places
}
