import type { Ledger } from '../../ledger/index.ts'
import type { LedgerRow } from '../../model/ledger-event.ts'
import type { Principal } from '../../model/principal.ts'
import type { Reach } from '../../model/revocation.ts'

/** One who listens: a page, a command, or an agent that holds credentials. */
export interface Listener {
  readonly principal: Principal
  /** The name of an agent; absent: nobody who holds copies. */
  readonly agent?: string
  readonly tell: (row: LedgerRow) => void
  /** The login it came with does not count any more. */
  readonly end: () => void
}

/** Spreads the ledger's rows to whoever is connected, and knows which agents have dropped what. */
export interface Hub {
  /** Gives what ends the listening. */
  readonly join: (listener: Listener) => () => void
  readonly connected: () => number
  readonly acknowledge: (revocationId: string, agent: string, sessions: readonly string[]) => void
  /** Waits until every agent that may hold one of these sessions has said that it dropped it. */
  readonly tellAgents: (revocationId: string, sessions: readonly string[]) => Promise<readonly Reach[]>
  readonly close: () => void
}

/** Milliseconds in which an agent that is connected answers. */
const patience = 3000

interface Waiting {
  readonly agents: Map<string, number | undefined>
  readonly begun: number
  readonly done: () => void
}

export function openHub(ledger: Pick<Ledger, 'watch' | 'session'>): Hub {
  const listeners = new Set<Listener>()
  const waiting = new Map<string, Waiting>()
  const stop = ledger.watch((row) => {
    for (const listener of listeners) listener.tell(row)
    const { event } = row
    // Behind the row, so that who is cut off has heard why.
    if (event.kind === 'revoked')
      for (const listener of [...listeners]) if (isCutOff(listener.principal, event)) listener.end()
  })
  return {
    join(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    connected: () => listeners.size,
    acknowledge(revocationId, agent) {
      const found = waiting.get(revocationId)
      if (!found?.agents.has(agent)) return
      found.agents.set(agent, Math.round(performance.now() - found.begun))
      if ([...found.agents.values()].every((took) => took !== undefined)) found.done()
    },
    async tellAgents(revocationId, sessions) {
      const begun = performance.now()
      const owners = new Set<string>()
      for (const id of sessions) owners.add((await ledger.session(id))?.principalId ?? '')
      const holding = [...listeners].filter(({ agent, principal }) => agent !== undefined && owners.has(principal.id))
      const agents = new Map(holding.map(({ agent }) => [agent ?? '', undefined as number | undefined]))
      if (agents.size === 0) return []
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        waiting.set(revocationId, { agents, begun, done: resolve })
        timer = setTimeout(resolve, patience)
      })
      clearTimeout(timer)
      waiting.delete(revocationId)
      return [...agents].map(([where, took]): Reach => {
        const shared = { place: 'agent', where, sessions } as const
        return took === undefined
          ? { ...shared, effect: 'unknown', how: 'it was told, and has not answered' }
          : { ...shared, effect: 'dropped', how: 'it dropped its copies', took }
      })
    },
    close() {
      stop()
      for (const listener of listeners) listener.end()
      listeners.clear()
    },
  }
}

function isCutOff(principal: Principal, event: Extract<LedgerRow['event'], { kind: 'revoked' }>): boolean {
  const { target, at } = event
  const isTheirs = target.kind === 'everything' || (target.kind === 'principal' && target.principalId === principal.id)
  if (!isTheirs) return false
  return principal.authenticatedAt.getTime() < (('before' in target ? target.before : undefined) ?? at + 1)
}
