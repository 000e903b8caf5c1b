import type { Ledger } from '../../ledger/index.ts'
import type { LedgerRow } from '../../model/ledger-event.ts'
import type { Principal } from '../../model/principal.ts'
import type { Reach } from '../../model/revocation.ts'

/** One who listens: a page, a command, or an agent that holds credentials. */
interface Listener {
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
  /** How many of them are this principal's. */
  readonly heldBy: (principalId: string) => number
  /** `principalId`: whose agent says so. */
  readonly acknowledge: (revocationId: string, agent: string, principalId: string) => void
  /** Waits until every agent that may hold one of these sessions has said that it dropped it. */
  readonly tellAgents: (revocationId: string, sessions: readonly string[]) => Promise<readonly Reach[]>
  readonly close: () => void
}

/** Milliseconds in which an agent that is connected answers. */
const patience = 3000

/** An agent by its name, and whose it is: two people may call theirs the same. */
interface Holder {
  readonly agent: string
  readonly principalId: string
}

/** A revocation that agents are told of: who was connected, and who has answered. */
interface Told {
  readonly agents: ReadonlyMap<string, Holder & { took?: number }>
  readonly begun: number
  heard: () => void
}

export function openHub(ledger: Pick<Ledger, 'watch' | 'session'>): Hub {
  const listeners = new Set<Listener>()
  const tolds = new Map<string, Told>()
  /** From the row on, not from the waiting: an answer may come first, and those whom it cuts off have copies, too. */
  function toldOf(revocationId: string): Told {
    const known = tolds.get(revocationId)
    if (known) return known
    const holders: (Holder & { took?: number })[] = [...listeners].flatMap(({ agent, principal }) =>
      agent === undefined ? [] : [{ agent, principalId: principal.id }],
    )
    const agents = new Map(holders.map((holder) => [nameOf(holder), holder] as const))
    const told: Told = { agents, begun: performance.now(), heard: () => undefined }
    tolds.set(revocationId, told)
    setTimeout(() => tolds.delete(revocationId), 2 * patience).unref()
    return told
  }
  const stop = ledger.watch((row) => {
    for (const listener of listeners) listener.tell(row)
    const { event } = row
    // Behind the row, so that who is cut off has heard why.
    if (event.kind !== 'revoked') return
    toldOf(event.revocationId)
    for (const listener of [...listeners]) if (isCutOff(listener.principal, event)) listener.end()
  })
  return {
    join(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    connected: () => listeners.size,
    heldBy: (principalId) => [...listeners].filter(({ principal }) => principal.id === principalId).length,
    acknowledge(revocationId, agent, principalId) {
      const told = tolds.get(revocationId)
      const holder = told?.agents.get(nameOf({ agent, principalId }))
      if (!told || !holder || holder.took !== undefined) return
      holder.took = Math.round(performance.now() - told.begun)
      told.heard()
    },
    async tellAgents(revocationId, sessions) {
      const told = toldOf(revocationId)
      const owners = new Set<string>()
      for (const id of sessions) owners.add((await ledger.session(id))?.principalId ?? '')
      const agents = [...told.agents.values()].filter(({ principalId }) => owners.has(principalId))
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        told.heard = () => {
          if (agents.every(({ took }) => took !== undefined)) resolve()
        }
        timer = setTimeout(resolve, patience)
        told.heard()
      })
      clearTimeout(timer)
      return agents.map(({ agent, took }): Reach => {
        const shared = { place: 'agent', where: agent, sessions } as const
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

const nameOf = ({ agent, principalId }: Holder): string => JSON.stringify([principalId, agent])

function isCutOff(principal: Principal, event: Extract<LedgerRow['event'], { kind: 'revoked' }>): boolean {
  const { target, at } = event
  const isTheirs = target.kind === 'everything' || (target.kind === 'principal' && target.principalId === principal.id)
  if (!isTheirs) return false
  return principal.authenticatedAt.getTime() < (('before' in target ? target.before : undefined) ?? at + 1)
}
