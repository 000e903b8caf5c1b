import type { Vault } from '../../host/vaults/vault.ts'
import { parseSession, type StoredSession, sessionPrefix } from '../cached-session.ts'
import { chainOf } from '../sessions.ts'
import { specDigest } from '../spec-digest.ts'

/** The sessions of a broker that the vault keeps, by their entry's name. */
export async function keptOf(vault: Vault, broker: string): Promise<ReadonlyMap<string, StoredSession>> {
  const kept = new Map<string, StoredSession>()
  for (const [name, session] of await all(vault))
    if (session.spec.kind === 'brokered' && session.spec.broker === broker) kept.set(name, session)
  return kept
}

/**
 * Takes sessions of a broker out of the vault (`ids`; absent: all of that broker's), and with each the sessions that
 * were taken with it. Gives the ids of those that were there.
 */
export async function dropKept(vault: Vault, broker: string, ids?: ReadonlySet<string>): Promise<readonly string[]> {
  const mine = [...(await keptOf(vault, broker))].filter(([, { sessionId = '' }]) => !ids || ids.has(sessionId))
  const names = new Set(mine.map(([name]) => name))
  // Of what stands on the broker all goes with all of it, also where the session below is not kept any more.
  const above = [...(await all(vault))].filter(
    ([name, { spec }]) => !names.has(name) && (standsOn(spec, names) || (!ids && standsOnBroker(spec, broker))),
  )
  for (const name of [...names, ...above.map(([name]) => name)]) await vault.delete(name)
  return mine.flatMap(([, { sessionId }]) => sessionId ?? [])
}

const standsOn = (spec: StoredSession['spec'], names: ReadonlySet<string>): boolean =>
  chainOf(spec).some((hop) => names.has(sessionPrefix + specDigest(hop)))

const standsOnBroker = (spec: StoredSession['spec'], broker: string): boolean =>
  chainOf(spec).some((hop) => hop.kind === 'brokered' && hop.broker === broker)

async function all(vault: Vault): Promise<ReadonlyMap<string, StoredSession>> {
  const found = new Map<string, StoredSession>()
  for (const name of await vault.list(sessionPrefix)) {
    const session = parseSession(await vault.get(name))
    if (session) found.set(name, session)
  }
  return found
}
