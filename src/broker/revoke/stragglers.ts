import type { Revocation } from '../../model/revocation.ts'
import type { Session } from '../../model/session.ts'
import type { BrokerParts } from '../broker.ts'
import { bornAt, longestUserLife } from './write-denials.ts'

/** Sessions that came up after the order that ends them was given, and the order. */
export interface Stragglers {
  readonly order: Revocation
  readonly sessions: readonly Session[]
  /** The revoked session they were taken with, where no order covers them by itself. */
  readonly parent?: Session
}

/**
 * What CloudTrail told of too late: live sessions of others that began before a revocation of their person, role or
 * everything, and those that were taken with a session that is revoked, whenever.
 */
export async function findStragglers(parts: BrokerParts): Promise<readonly Stragglers[]> {
  const { ledger, now } = parts
  const at = now().getTime()
  const orders = await ledger.revocations({ since: at - longestUserLife })
  if (orders.length === 0) return []
  const covers = await Promise.all(orders.map(async (order) => ({ order, has: await coverOf(order, parts) })))
  const parents = await revokedByKey(parts, at - longestUserLife)
  const found = new Map<string, { order: Revocation; sessions: Session[]; parent?: Session }>()
  for await (const session of each(parts, { origin: 'cloudtrail', liveAt: at })) {
    const order = covers.find(({ has }) => has(session))?.order
    const parent = order ? undefined : parents.get(session.parentAccessKeyId ?? '')
    const under = order ?? orders.find(({ id }) => id === parent?.revocationId)
    if (!under) continue
    const key = `${under.id} ${parent?.id ?? ''}`
    const group = found.get(key) ?? { order: under, sessions: [], ...(parent ? { parent } : {}) }
    found.set(key, group)
    group.sessions.push(session)
  }
  return [...found.values()]
}

export const limitOf = ({ target, at }: Revocation): number =>
  'before' in target && target.before !== undefined ? target.before : at + 1

async function coverOf(order: Revocation, parts: BrokerParts): Promise<(session: Session) => boolean> {
  const { target } = order
  const before = limitOf(order)
  switch (target.kind) {
    case 'session':
      return () => false
    case 'everything':
      return (session) => bornAt(session) < before
    case 'role':
      return (session) => bornAt(session) < before && (session.role === target.role || session.roleArn === target.role)
    case 'principal': {
      const identities = new Set<string>()
      const { items } = await parts.ledger.sessions({ principalId: target.principalId, limit: 1000 })
      for (const { sourceIdentity } of items) if (sourceIdentity !== '') identities.add(sourceIdentity)
      return (session) =>
        bornAt(session) < before &&
        (session.principalId === target.principalId || identities.has(session.sourceIdentity))
    }
  }
}

/** Revoked sessions that may still be used to take others, by their key. */
async function revokedByKey(parts: BrokerParts, since: number): Promise<ReadonlyMap<string, Session>> {
  const byKey = new Map<string, Session>()
  for await (const session of each(parts, { state: 'revoked' })) {
    if (session.askedAt < since) break
    if (session.accessKeyId !== undefined) byKey.set(session.accessKeyId, session)
  }
  return byKey
}

async function* each({ ledger }: BrokerParts, query: object): AsyncGenerator<Session> {
  let cursor: string | undefined
  do {
    const page = await ledger.sessions({ ...query, limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    yield* page.items
    cursor = page.cursor
  } while (cursor !== undefined)
}
