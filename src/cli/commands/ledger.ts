import type { Command } from 'commander'
import type { KeptRow } from '../../ledger/chain.ts'
import type { Head } from '../../ledger/index.ts'
import type { Kept } from '../../ledger/kept-rows.ts'
import { Failure } from '../../model/failure.ts'
import { counted } from '../broker/show.ts'
import type { Cli } from '../cli.ts'

const placeHelp = 'a sqlite file, a postgres:// URL, or a file of `ledger export`'

/** `mayfly ledger`: the record of a broker, verified and taken out without the broker. */
export function define(command: Command, cli: Cli): void {
  command
    .command('verify')
    .exitOverride()
    .summary('Find any altered, dropped or reordered row')
    .description('Works out the hash of every row anew. With --head it also finds rows that were cut off at the end.')
    .argument('<ledger>', placeHelp)
    .option('--head <seq:hash>', 'where the chain stood when you last looked (`mayfly ledger head`)')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
Exit status: 0 when every row is what it was, 1 otherwise.

Examples:
  mayfly ledger verify /var/lib/mayfly/ledger.sqlite
  mayfly ledger verify ledger.jsonl --head 4711:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`,
    )
    .action((place: string, options: { head?: string; json?: boolean }) => verify(cli, place, options))

  command
    .command('export')
    .exitOverride()
    .summary('Print every row')
    .description('Prints the rows in their order, as JSON lines (which `ledger verify` reads) or as CSV.')
    .argument('<ledger>', placeHelp)
    .option('--format <format>', 'jsonl or csv', 'jsonl')
    .addHelpText('after', '\nExample:\n  mayfly ledger export /var/lib/mayfly/ledger.sqlite --format csv > ledger.csv')
    .action((place: string, { format }: { format: string }) => exportRows(cli, place, format))

  command
    .command('head')
    .exitOverride()
    .summary("Print the last row's number and hash")
    .description(
      'Prints SEQ:HASH of the last row. Keep it elsewhere: `ledger verify --head` then finds what was cut off or made anew.',
    )
    .argument('<ledger>', placeHelp)
    .addHelpText('after', '\nExample:\n  mayfly ledger head /var/lib/mayfly/ledger.sqlite >> heads.txt')
    .action((place: string) => printHead(cli, place))
}

async function verify(cli: Cli, place: string, options: { head?: string; json?: boolean }): Promise<void> {
  const { openKept, verifyChain } = await import('../../ledger/index.ts')
  const expected = options.head === undefined ? undefined : readHead(options.head)
  const kept = await openKept(place)
  try {
    const { fault, head } = await verifyChain(rowsOf(kept, place), expected)
    if (options.json) cli.print(JSON.stringify(fault ? { ok: false, ...fault } : { ok: true, ...head }))
    if (fault)
      throw new Failure('ledger-altered', `The ledger was tampered with: ${fault.because}.`, {
        hint: `Up to row ${fault.seq - 1} it is what it was. Compare with an export or a backup from before.`,
      })
    if (!options.json)
      cli.print(`${counted(head.seq, 'row')}, each as it was written; the head is ${head.seq}:${head.hash}`)
  } finally {
    await kept.close()
  }
}

async function exportRows(cli: Cli, place: string, format: string): Promise<void> {
  if (format !== 'jsonl' && format !== 'csv')
    throw new Failure('usage', `There is no format ${JSON.stringify(format)}.`, {
      hint: 'Say --format jsonl or --format csv.',
    })
  const { asCsvLine, asJsonLine, csvHeading, openKept } = await import('../../ledger/index.ts')
  const kept = await openKept(place)
  try {
    if (format === 'csv') cli.print(csvHeading)
    for await (const row of rowsOf(kept, place)) cli.print(format === 'csv' ? asCsvLine(row) : asJsonLine(row))
  } finally {
    await kept.close()
  }
}

async function printHead(cli: Cli, place: string): Promise<void> {
  const { openKept, verifyChain } = await import('../../ledger/index.ts')
  const kept = await openKept(place)
  try {
    const { fault, head } = await verifyChain(rowsOf(kept, place))
    if (fault) throw new Failure('ledger-altered', `The ledger was tampered with: ${fault.because}.`)
    cli.print(`${head.seq}:${head.hash}`)
  } finally {
    await kept.close()
  }
}

/** The rows; a file that SQLite does not know, or that has no table of rows, is told of in a sentence. */
async function* rowsOf({ rows }: Kept, place: string): AsyncGenerator<KeptRow> {
  try {
    yield* rows
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_SQLITE_ERROR')) throw cause
    throw new Failure('config-invalid', `${place} is not a ledger: ${cause.message}.`, {
      hint: 'Give the SQLite file of a broker, its postgres:// URL, or a .jsonl file of `mayfly ledger export`.',
      cause,
    })
  }
}

function readHead(text: string): Head {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (seq === undefined || hash === undefined)
    throw new Failure('usage', 'The --head is not SEQ:HASH.', { hint: '`mayfly ledger head` prints it.' })
  return { seq: Number(seq), hash }
}
