import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { BrokeredSpec, SessionSpec } from '../model/source-spec.ts'
import { dropKept } from '../sources/broker/kept.ts'
import { readSession, sessionPrefix } from '../sources/cached-session.ts'
import { open } from '../sources/index.ts'
import { chainOf } from '../sources/sessions.ts'
import { canonicalSpec, specDigest } from '../sources/spec-digest.ts'
import { type Feed, type FeedParts, openFeed } from './feed.ts'

/** Holds the credentials of profiles, and lets go of them when a broker says so. */
export interface Agent {
  /** Of a profile it was opened with. Throws a `Failure` where there are none, or where they may not be handed out now. */
  readonly credentials: (profile: string) => Promise<Credentials>
  readonly close: () => Promise<void>
}

export type AgentParts = Omit<FeedParts, 'keyBehind'>

/** Milliseconds the first caller waits for the broker to be heard. */
const patience = 10_000

/**
 * Opens an agent for profiles by name. For those that stand on a broker it stays connected to it: what the broker
 * revokes is dropped at once, and while the broker is not heard for thirty seconds nothing of it is handed out.
 */
export function openAgent(profiles: ReadonlyMap<string, SessionSpec>, parts: AgentParts): Agent {
  const { host } = parts
  const feeds = new Map<string, Feed>()
  const keyBehind: FeedParts['keyBehind'] = (base) => open(base, host)()
  for (const spec of profiles.values())
    for (const hop of brokeredIn(spec))
      if (!feeds.has(callerOf(hop))) feeds.set(callerOf(hop), openFeed(hop, { ...parts, keyBehind }))
  const standingOn = (spec: SessionSpec): readonly (readonly [BrokeredSpec, Feed])[] =>
    brokeredIn(spec).flatMap((hop) => {
      const feed = feeds.get(callerOf(hop))
      return feed ? [[hop, feed] as const] : []
    })

  function assertOpen(spec: SessionSpec): void {
    for (const [, feed] of standingOn(spec)) {
      const obstacle = feed.obstacle()
      if (obstacle) throw obstacle
    }
  }

  /** It may have been revoked while it was on its way into the vault. */
  async function assertNotRevoked(spec: SessionSpec): Promise<void> {
    for (const [hop, feed] of standingOn(spec)) {
      const id = (await readSession(hop, host.vault))?.sessionId
      if (id === undefined || !feed.isRevoked(id)) continue
      await dropKept(host.vault, hop.broker, new Set([id]))
      throw new Failure('credentials-expired', `The session ${id} was revoked.`, { hint: 'Ask again for another one.' })
    }
  }

  /** Once more, where something it may have been taken with was revoked on the way. */
  async function taken(spec: SessionSpec, triesLeft = 2): Promise<Credentials> {
    const drops = dropsUnder(spec)
    const credentials = await open(spec, host)()
    if (dropsUnder(spec) === drops) return credentials
    for (const hop of chainOf(spec)) await host.vault.delete(sessionPrefix + specDigest(hop))
    if (triesLeft > 0) return taken(spec, triesLeft - 1)
    throw new Failure('credentials-expired', 'What it stands on is revoked again and again.')
  }

  const dropsUnder = (spec: SessionSpec): number => standingOn(spec).reduce((sum, [, { drops }]) => sum + drops(), 0)

  return {
    credentials: async (profile) => {
      const spec = profiles.get(profile)
      if (!spec) throw new Failure('profile-not-found', 'This agent does not hold that profile.')
      await Promise.race([Promise.all(standingOn(spec).map(([, { ready }]) => ready)), lapse(patience)])
      assertOpen(spec)
      const credentials = await taken(spec)
      await assertNotRevoked(spec)
      assertOpen(spec)
      return credentials
    },
    close: async () => {
      await Promise.all([...feeds.values()].map((feed) => feed.close()))
    },
  }
}

const brokeredIn = (spec: SessionSpec): readonly BrokeredSpec[] =>
  chainOf(spec).flatMap((hop) => (hop.kind === 'brokered' ? [hop] : []))

/** Who calls which broker: profiles of one share their feed. */
const callerOf = ({ kind, broker, proof }: BrokeredSpec): string =>
  canonicalSpec({ kind, broker, role: '', ...(proof ? { proof } : {}) })

const lapse = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, milliseconds).unref())
