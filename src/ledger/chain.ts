import { hash } from 'node:crypto'
import type { LedgerEvent, LedgerRow } from '../model/ledger-event.ts'

/** What stands before the first row. */
export const genesis = '0'.repeat(64)

/** JSON with the names of every object in the order of their code units: the same event is always the same text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  // In a loop, for each event goes through here, and its session.
  const members: Readonly<Record<string, unknown>> = { ...value }
  let text = ''
  for (const name of Object.keys(members).sort()) {
    const member = members[name]
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}

/** The hash of a row: over the one before it, its number and its event. */
const rowHash = (before: string, seq: number, body: string): string =>
  hash('sha256', `${before}\n${seq}\n${body}`, 'hex')

/** The row of an event behind the row that has the hash `before`. */
export function link(before: string, seq: number, event: LedgerEvent): LedgerRow & { readonly body: string } {
  const body = canonicalJson(event)
  return { seq, event, body, hash: rowHash(before, seq, body) }
}

/** A row as it was kept: its event still a text. */
export interface KeptRow {
  readonly seq: number
  readonly body: string
  readonly hash: string
}

/** Where the chain stands: the last row's number and hash. */
export interface Head {
  readonly seq: number
  readonly hash: string
}

type ChainFault = {
  /** The first row that is not what it was. */
  readonly seq: number
  readonly fault: 'altered' | 'dropped' | 'reordered' | 'cut-off'
  readonly because: string
}

/** Where the chain stands, as far as it is what it was; and the first fault, where there is one. */
export interface Verified {
  readonly head: Head
  readonly fault?: ChainFault
}

/**
 * Walks the rows and gives the first fault, or where the chain ends. With `expected`, an earlier head that was kept
 * elsewhere, it also finds rows cut off at the end and a chain that was made anew.
 */
export async function verifyChain(
  rows: AsyncIterable<KeptRow> | Iterable<KeptRow>,
  expected?: Head,
): Promise<Verified> {
  let head: Head = { seq: 0, hash: genesis }
  let met = expected === undefined || expected.seq === 0
  for await (const { seq, body, hash } of rows) {
    if (seq !== head.seq + 1) {
      const reordered = seq <= head.seq
      const because = reordered ? `row ${seq} comes after row ${head.seq}` : `row ${head.seq + 1} is missing`
      return { head, fault: { seq: head.seq + 1, fault: reordered ? 'reordered' : 'dropped', because } }
    }
    if (rowHash(head.hash, seq, body) !== hash)
      return { head, fault: { seq, fault: 'altered', because: `row ${seq} is not what its hash was made of` } }
    head = { seq, hash }
    if (expected?.seq === seq) {
      if (expected.hash !== hash)
        return { head, fault: { seq, fault: 'altered', because: `row ${seq} has another hash than was noted for it` } }
      met = true
    }
  }
  if (!met)
    return {
      head,
      fault: {
        seq: head.seq + 1,
        fault: 'cut-off',
        because: `the ledger ends at row ${head.seq}, and row ${expected?.seq ?? 0} was noted`,
      },
    }
  return { head }
}

/** The same over rows whose events were read. */
export async function verifyEvents(rows: AsyncIterable<LedgerRow>, expected?: Head): Promise<Verified> {
  async function* kept(): AsyncGenerator<KeptRow> {
    for await (const { seq, event, hash } of rows) yield { seq, hash, body: canonicalJson(event) }
  }
  return verifyChain(kept(), expected)
}
