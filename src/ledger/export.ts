import type { LedgerEvent } from '../model/ledger-event.ts'
import type { KeptRow } from './chain.ts'

/** A row as a line of JSON, from which its hash can be worked out again. */
export const asJsonLine = ({ seq, hash, body }: KeptRow): string => `{"seq":${seq},"hash":"${hash}","event":${body}}`

const columns = ['seq', 'at', 'kind', 'principal', 'role', 'session', 'because', 'hash', 'event'] as const

export const csvHeading = columns.join(',')

/** A row as a line of CSV (RFC 4180); the whole event is in the last column. */
export function asCsvLine({ seq, hash, body }: KeptRow): string {
  // Written by this room, from the same type.
  const event = JSON.parse(body) as LedgerEvent
  const session = 'session' in event ? event.session : undefined
  const asked = 'request' in event ? event.request : undefined
  const cells = [
    String(seq),
    new Date(event.at).toISOString(),
    event.kind,
    session?.principalId ??
      asked?.principalId ??
      ('principalId' in event ? event.principalId : 'by' in event ? event.by : ''),
    session?.role ?? asked?.role ?? ('role' in event ? event.role : ''),
    session?.id ?? ('sessionId' in event ? (event.sessionId ?? '') : ''),
    'because' in event ? event.because : 'reason' in event ? event.reason : '',
    hash,
    body,
  ]
  return cells.map(cell).join(',')
}

/**
 * Quoted where it must be. A spreadsheet takes what begins with one of these, some also in their wide forms, for a formula:
 * a quote stands before it.
 */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
