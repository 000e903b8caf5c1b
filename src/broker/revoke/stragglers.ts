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
 * The source identities of whom an order revoked, by its id. They are of sessions from before it, so they are looked for
 * once.
 */
export type NamesOf = Map<string, ReadonlySet<string>>

/**
 * What CloudTrail told of too late: live sessions of others that began before a revocation of their person, role or
 * everything, and those that were taken since with a session that is revoked. What was taken with a single session
 * before that one was revoked stays, as a rehearsal says.
 */
export async function findStragglers(parts: BrokerParts, names: NamesOf): Promise<readonly Stragglers[]> {
  const { ledger, now } = parts
  const at = now().getTime()
  const orders = await ledger.revocations({ since: at - longestUserLife })
  for (const id of names.keys()) if (!orders.some((order) => order.id === id)) names.delete(id)
  if (orders.length === 0) return []
  const foreign: Session[] = []
  for await (const session of each(parts, { origin: 'cloudtrail', liveAt: at })) foreign.push(session)
  if (foreign.length === 0) return []
  const covers: { readonly order: Revocation; readonly has: (session: Session) => boolean }[] = []
  for (const order of orders) covers.push({ order, has: await coverOf(order, parts, names) })
  const isTaken = foreign.some(({ parentAccessKeyId }) => parentAccessKeyId !== undefined)
  const parents = isTaken ? await revokedByKey(parts, at - longestUserLife) : new Map<string, Session>()
  const found = new Map<string, { order: Revocation; sessions: Session[]; parent?: Session }>()
  for (const session of foreign) {
    const order = covers.find(({ has }) => has(session))?.order
    const taken = order ? undefined : parents.get(session.parentAccessKeyId ?? '')
    const parent = taken && isSince(session, endOf(taken)) ? taken : undefined
    const under = order ?? orders.find(({ id }) => id === parent?.revocationId)
    if (!under) continue
    const key = `${under.id} ${parent?.id ?? ''}`
    const group = found.get(key) ?? { order: under, sessions: [], ...(parent ? { parent } : {}) }
    found.set(key, group)
    group.sessions.push(session)
  }
  return [...found.values()]

  /** From when on nothing should have come of a revoked session: not from its birth on only if that was in order. */
  function endOf(session: Session): number {
    const order = orders.find(({ id }) => id === session.revocationId)
    if (order && order.target.kind !== 'session') return limitOf(order)
    const parent = parents.get(session.parentAccessKeyId ?? '')
    if (parent && isSince(session, endOf(parent))) return bornAt(session)
    return session.revokedAt ?? at
  }
}

/** AWS counts in whole seconds. */
const isSince = (session: Session, instant: number): boolean => bornAt(session) >= Math.floor(instant / 1000) * 1000

export const limitOf = ({ target, at }: Revocation): number =>
  'before' in target && target.before !== undefined ? target.before : at + 1

async function coverOf(order: Revocation, parts: BrokerParts, names: NamesOf): Promise<(session: Session) => boolean> {
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
      const identities = names.get(order.id) ?? (await namesOf(target.principalId, parts))
      names.set(order.id, identities)
      return (session) =>
        bornAt(session) < before &&
        (session.principalId === target.principalId || identities.has(session.sourceIdentity))
    }
  }
}

async function namesOf(principalId: string, { ledger }: BrokerParts): Promise<ReadonlySet<string>> {
  const { items } = await ledger.sessions({ principalId, limit: 1000 })
  return new Set(items.map(({ sourceIdentity }) => sourceIdentity).filter((name) => name !== ''))
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
