import type { Vault } from './vault.ts'

/** A vault that lasts as long as the process: for tests, and for callers that must leave nothing behind. */
export function memoryVault(entries: Iterable<readonly [string, string]> = []): Vault {
  const held = new Map(entries)
  return {
    get: async (name) => held.get(name),
    put: async (name, value) => {
      held.set(name, value)
    },
    delete: async (name) => {
      held.delete(name)
    },
    list: async (prefix) => [...held.keys()].filter((name) => name.startsWith(prefix)).sort(),
  }
}
