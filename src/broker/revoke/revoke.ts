import { deny } from '../../model/decision.ts'
import type { LedgerEvent } from '../../model/ledger-event.ts'
import type { Reach, Revocation, RevocationTarget } from '../../model/revocation.ts'
import type { Session } from '../../model/session.ts'
import { administers } from '../aws/administer.ts'
import type { BrokerParts, Revoker } from '../broker.ts'
import { findRole } from '../decide/decide.ts'
import { newId } from '../new-id.ts'
import { canaryOf, isDenied, sings } from './canary.ts'
import { type Place, placeOf } from './place.ts'
import { findStragglers, limitOf, type NamesOf } from './stragglers.ts'
import { type DenialWriter, type Denyable, openDenialWriter, placesOf, witnessOf } from './write-denials.ts'

export interface RevokerOptions {
  /** Tells the agents that are connected, and gives which dropped their copies, and how fast. */
  readonly tellAgents: (revocationId: string, sessions: readonly string[]) => Promise<readonly Reach[]>
  /** Milliseconds to wait for AWS to deny; default 30 s. */
  readonly patience?: number
  /** Whether no other broker appends to this ledger: then every reach that is untold at the start is a crash's. */
  readonly alone?: boolean
}

/** Ends sessions, and says place by place what that reached. */
export function openRevoker(
  parts: BrokerParts,
  { tellAgents, patience = 30_000, alone = false }: RevokerOptions,
): Revoker {
  const { config, ledger, now, randomBytes, log } = parts
  const denials = openDenialWriter(parts, administers(parts), { alone })
  let hasRecovered = false
  let catching: Promise<number> | undefined
  const names: NamesOf = new Map()
  return {
    async revoke(asked, by, reason, { dryRun = false } = {}) {
      const begun = performance.now()
      const at = now().getTime()
      const target = named(asked, parts)
      if (!target) return deny('no-such-role', 'There is no such role in the configuration.')
      if (target.kind === 'session' && !(await ledger.session(target.sessionId)))
        return deny('not-allowed', 'There is no session of that id.')
      const id = newId('v', randomBytes)
      if (dryRun) {
        const sessions = await standing(parts, target, at)
        const reach = [refusedHere(sessions), ...foreseen(sessions, parts)]
        const revocation = { id, target, by: by.id, reason, at, dryRun, sessions: sessions.length, reach }
        return { allowed: true, revocation }
      }
      const order = { at, revocationId: id, target, by: by.id, byName: by.name, reason, sessions: [] }
      return { allowed: true, revocation: await carryOut(order, begun) }
    },

    catchUp() {
      // Whoever asks meanwhile is told of the one that is under way.
      catching ??= catchUp().finally(() => {
        catching = undefined
      })
      return catching
    },

    async isRevoked(principalId, authenticatedAt) {
      return ((await ledger.barrier(principalId)) ?? 0) > authenticatedAt.getTime()
    },

    async tidy() {
      for (const place of await everyPlace(parts))
        await denials
          .refresh(place)
          .catch((error) => log('warn', 'a deny policy could not be tidied', { on: place.arn, error: plainly(error) }))
    },

    async recover() {
      const begun = performance.now()
      const at = now().getTime()
      // What is younger another broker may be about to tell, once this one has looked for those of its own past.
      const before = alone && !hasRecovered ? Number.POSITIVE_INFINITY : at - lost
      hasRecovered = true
      const untold = (await ledger.revocations({ limit: 1000 })).filter(
        (one) => one.reach.length === 0 && one.at > at - daysLookedBack && one.at < before,
      )
      for (const { id } of untold) {
        const sessions = await namedBy(parts, id)
        const atAws = await reachAtAws(
          id,
          sessions.filter(({ expiresAt = at + 1 }) => expiresAt > at),
          begun,
        )
        // How fast it was nobody measured.
        await tell(id, [refusedHere(sessions), ...atAws.map(({ took: _, ...one }) => one)])
      }
      if (untold.length > 0) log('warn', 'carried to AWS what was revoked and not told', { revocations: untold.length })
      return untold.length
    },
  }

  /** Writes down that it is revoked, and then how far that reached. */
  async function carryOut(order: Omit<Revoked, 'kind'>, begun: number): Promise<Revocation> {
    const { revocationId: id, target, by, reason, at } = order
    const [row] = await ledger.append([{ kind: 'revoked', ...order }])
    const took = Math.round(performance.now() - begun)
    const ids = row?.event.kind === 'revoked' ? row.event.sessions : []
    const sessions = (await Promise.all(ids.map((session) => ledger.session(session)))).filter(
      (one) => one !== undefined,
    )
    const atAws = reachAtAws(id, sessions, begun, id)
    const agents = await tellAgents(id, ids)
    const reach: readonly Reach[] = [{ ...refusedHere(sessions), took }, ...agents, ...(await atAws)]
    await tell(id, reach)
    return { id, target, by, reason, at, dryRun: false, sessions: sessions.length, reach }
  }

  /** Each time round ends what was found, so that what was taken with it is found the next time. */
  async function catchUp(): Promise<number> {
    let ended = 0
    for (;;) {
      const found = await findStragglers(parts, names)
      for (const { order, sessions, parent } of found) {
        const of = { at: now().getTime(), by: order.by, byName: order.by }
        const under = `the revocation ${order.id}: ${order.reason}`
        const ids = sessions.map(({ id }) => id)
        // By themselves: the order ends what began before it, and these may have begun later.
        const orders = parent
          ? ids.map((sessionId) => ({
              ...of,
              target: { kind: 'session', sessionId } as const,
              reason: `taken with the session ${parent.id}, which ended by ${under}`,
              sessions: [],
            }))
          : [
              {
                ...of,
                target: { ...order.target, before: limitOf(order) },
                reason: `found since, under ${under}`,
                sessions: ids,
              },
            ]
        for (const one of orders) await carryOut({ ...one, revocationId: newId('v', randomBytes) }, performance.now())
        ended += ids.length
      }
      if (found.length === 0) return ended
      log('warn', 'ended sessions that were found after they had been revoked', { sessions: ended })
    }
  }

  function reachAtAws(
    id: string,
    sessions: readonly Session[],
    begun: number,
    fresh?: string,
  ): Promise<readonly Reach[]> {
    const places = [...placesOf(sessions, config())].map(([place, there]) =>
      reachAt(parts, denials, place, there, { begun, patience, fresh }).catch((error): Reach => {
        log('error', 'denying at AWS failed', { revocation: id, error: String(error) })
        return runsOn(
          place.kind === 'none' ? place.where : place.arn,
          `AWS could not be told: ${plainly(error)}`,
          there,
        )
      }),
    )
    return Promise.all(places)
  }

  async function tell(revocationId: string, reach: readonly Reach[]): Promise<void> {
    await ledger.append(reach.map((one) => ({ kind: 'reached', at: now().getTime(), revocationId, reach: one })))
  }
}

type Revoked = Extract<LedgerEvent, { readonly kind: 'revoked' }>

/** Milliseconds after which a revocation has lost whoever was to tell its reach. */
const lost = 120_000

/** The sessions that a revocation named when it was written. */
async function namedBy({ ledger }: BrokerParts, revocationId: string): Promise<readonly Session[]> {
  for await (const { event } of ledger.events({ revocationId, kinds: ['revoked'], limit: 1 }))
    if (event.kind === 'revoked')
      return (await Promise.all(event.sessions.map((id) => ledger.session(id)))).filter((one) => one !== undefined)
  return []
}

/** Where there may be deny policies of ours: on the roles, and on users whose sessions were revoked in the last days. */
async function everyPlace({ config, ledger, now }: BrokerParts): Promise<readonly Denyable[]> {
  const roles = Object.values(config().roles).filter(({ revocable }) => revocable)
  const places = new Map<string, Denyable>(
    roles.map(({ arn, accountId }) => [
      arn,
      { kind: 'role', arn, name: arn.slice(arn.lastIndexOf('/') + 1), accountId },
    ]),
  )
  const oldest = now().getTime() - daysLookedBack
  let cursor: string | undefined
  do {
    const page = await ledger.sessions({
      ...{ state: 'revoked', origin: 'cloudtrail', limit: 1000 },
      ...(cursor === undefined ? {} : { cursor }),
    })
    for (const session of page.items) {
      const place = session.roleArn === '' ? placeOf(session, config()) : undefined
      if (place?.kind === 'user') places.set(place.arn, place)
    }
    cursor = (page.items.at(-1)?.askedAt ?? 0) < oldest ? undefined : page.cursor
  } while (cursor !== undefined)
  return [...places.values()]
}

/** Milliseconds. A user's session lives for a day and a half at most. */
const daysLookedBack = 3 * 86_400_000

/** The target with its role by name. */
function named(target: RevocationTarget, { config }: BrokerParts): RevocationTarget | undefined {
  if (target.kind !== 'role') return target
  const role = findRole(config(), target.role)
  return role && { ...target, role: role.name }
}

async function standing({ ledger }: BrokerParts, target: RevocationTarget, at: number): Promise<readonly Session[]> {
  if (target.kind === 'session') {
    const session = await ledger.session(target.sessionId)
    // Once more is allowed: AWS may have been out of reach.
    return session ? [session] : []
  }
  const before = target.before ?? at + 1
  const found = new Map<string, Session>()
  const queries =
    target.kind === 'role'
      ? [{ role: target.role }]
      : target.kind === 'everything'
        ? [{}]
        : [{ principalId: target.principalId }]
  const add = async (query: object): Promise<void> => {
    let cursor: string | undefined
    do {
      const page = await ledger.sessions({
        ...query,
        liveAt: at,
        limit: 1000,
        ...(cursor === undefined ? {} : { cursor }),
      })
      for (const session of page.items) if (session.askedAt < before) found.set(session.id, session)
      cursor = page.cursor
    } while (cursor !== undefined)
  }
  for (const query of queries) await add(query)
  if (target.kind === 'principal') {
    // Of sessions that are over, too: what was taken with them may live on.
    const { items } = await ledger.sessions({ principalId: target.principalId, limit: 1000 })
    for (const sourceIdentity of new Set([...items, ...found.values()].map((session) => session.sourceIdentity)))
      if (sourceIdentity !== '') await add({ sourceIdentity })
  }
  return [...found.values()]
}

const refusedHere = (sessions: readonly Session[]): Reach => ({
  place: 'broker',
  where: 'this broker',
  effect: 'refused',
  how: 'from the row in the ledger on, nothing is issued on these logins and sessions',
  sessions: sessions.map(({ id }) => id),
})

/** What revoking would do at AWS. */
const foreseen = (sessions: readonly Session[], { config }: BrokerParts): readonly Reach[] =>
  [...placesOf(sessions, config())].map(([place, there]) =>
    place.kind === 'none'
      ? runsOn(place.where, place.because, there)
      : { place: 'aws', where: place.arn, effect: 'denied', how: means(place), sessions: there.map(({ id }) => id) },
  )

const means = (place: Denyable): string => `the inline policy MayflyRevoked on the ${place.kind} denies every action`

interface Waiting {
  readonly begun: number
  readonly patience: number
  /** The revocation, where nothing of it has gone to AWS before. */
  readonly fresh: string | undefined
}

async function reachAt(
  parts: BrokerParts,
  denials: DenialWriter,
  place: Place,
  sessions: readonly Session[],
  { begun, patience, fresh }: Waiting,
): Promise<Reach> {
  if (place.kind === 'none') return runsOn(place.where, place.because, sessions)
  const witness = witnessOf(sessions)
  const role = findRole(parts.config(), place.arn)
  const canary = witness && role ? await canaryOf(parts, witness, role) : undefined
  // A role may deny the probe by a policy of its own: then a denial tells nothing of ours.
  const isDeaf =
    canary !== undefined &&
    witness?.revocationId === fresh &&
    (await isDenied(parts, canary)) &&
    !(await denials.names(place, witness?.userId ?? ''))
  const { isLeft } = await denials.write(place)
  const unfit = sessions.filter(isLeft)
  if (unfit.length > 0) return runsOn(place.arn, 'its deny policy is full: revoke the whole role to end them', unfit)
  const ids = sessions.map(({ id }) => id)
  const shared = { place: 'aws', where: place.arn, sessions: ids } as const
  const later = 'AWS says that a policy may take minutes to hold everywhere'
  if (!canary)
    return { ...shared, effect: 'unknown', how: `${means(place)}, but nothing could be tried there; ${later}` }
  if (isDeaf) {
    const how = `${means(place)}, but a like session was denied before it did, so that nothing could be tried; ${later}`
    return { ...shared, effect: 'unknown', how }
  }
  if (await sings(parts, canary, patience))
    return {
      ...shared,
      effect: 'denied',
      how: `${means(place)}; a like session was denied`,
      took: Math.round(performance.now() - begun),
    }
  return { ...shared, effect: 'unknown', how: `${means(place)}, but a like session was not denied yet; ${later}` }
}

function runsOn(where: string, because: string, sessions: readonly Session[]): Reach {
  const ends = sessions.flatMap(({ expiresAt }) => expiresAt ?? [])
  const until = ends.length > 0 ? { until: Math.max(...ends) } : {}
  return {
    place: 'aws',
    where,
    effect: 'runs-until-expiry',
    how: because,
    sessions: sessions.map(({ id }) => id),
    ...until,
  }
}

const plainly = (error: unknown): string => (error instanceof Error ? error.message : String(error))
