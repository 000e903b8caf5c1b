import { Failure } from '../model/failure.ts'
import type { Ledger } from './ledger.ts'

export { type Head, verifyChain, verifyEvents } from './chain.ts'
export { asCsvLine, asJsonLine, csvHeading } from './export.ts'
export { openKept } from './kept-rows.ts'
export type { Ledger } from './ledger.ts'

/**
 * Opens the ledger that a URL names: `memory:`, `sqlite:` with a path, or `postgres://…`. The database's client is
 * loaded only now. Rejects with a `Failure`: `config-invalid` for another URL, `ledger-down`.
 */
export async function openLedger(url: string, log?: (line: string) => void): Promise<Ledger> {
  if (/^postgres(?:ql)?:\/\//.test(url)) return (await import('./postgres.ts')).openPostgresLedger(url, log)
  if (url === 'memory:') return (await import('./sqlite.ts')).openMemoryLedger()
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(url)?.[1]
  if (path !== undefined) return (await import('./sqlite.ts')).openSqliteLedger(path)
  throw new Failure('config-invalid', 'The ledger is neither memory:, nor sqlite: and a path, nor a postgres:// URL.', {
    hint: 'For example sqlite:/var/lib/mayfly/ledger.sqlite, or postgres://mayfly@db.internal/mayfly.',
  })
}
