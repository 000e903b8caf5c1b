import type { BrokerParts } from '../broker.ts'

/** Whose turn it is to watch, of several brokers on one ledger. */
export interface Turns {
  /** Whether it is ours now. Who has it keeps it for as long as it asks. */
  readonly mine: () => Promise<boolean>
}

/** Milliseconds of one turn, twice what lies between two looks at CloudTrail at least. */
const shortest = 120_000

export function openTurns({ ledger, config, now }: Pick<BrokerParts, 'ledger' | 'config' | 'now'>): Turns {
  const held = new Set<number>()
  const tried = new Set<number>()
  /** A turn is taken by whoever spends it first. */
  const take = async (turn: number, length: number): Promise<void> => {
    if (tried.has(turn)) return
    tried.add(turn)
    if (await ledger.spend(`watch/${length}/${turn}`, (turn + 2) * length, now().getTime())) held.add(turn)
  }
  return {
    async mine() {
      // Only a database that is shared has more than one broker.
      if (!/^postgres(?:ql)?:/.test(config().database)) return true
      const length = Math.max(shortest, config().watch.everySeconds * 2000)
      const turn = Math.floor(now().getTime() / length)
      for (const set of [held, tried]) for (const old of set) if (old < turn - 1) set.delete(old)
      await take(turn, length)
      if (!held.has(turn)) return false
      // Whoever has this turn has the first go at the next one.
      await take(turn + 1, length)
      return true
    },
  }
}
