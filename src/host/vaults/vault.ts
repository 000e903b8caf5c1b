/**
 * Where secrets rest. Names are like paths ("key/AKIA…", "session/<digest>"); values are text.
 * Every implementation runs test/contracts/vault.ts.
 */
export interface Vault {
  /** The value, or undefined. */
  get(name: string): Promise<string | undefined>
  /** Stores durably: when this resolves, a crash does not lose it, and a crash before leaves the old value whole. */
  put(name: string, value: string): Promise<void>
  /** Removes it; removing what is not there is fine. */
  delete(name: string): Promise<void>
  /** The names that start with `prefix`, sorted. */
  list(prefix: string): Promise<readonly string[]>
}
