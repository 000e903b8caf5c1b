import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { RequestFlags } from '../broker/requests.ts'
import type { Cli } from '../cli.ts'

const whichBroker = 'default: MAYFLY_BROKER, else the only broker you are signed in to'

/** `mayfly requests`: what waits for approval, and the decision. */
export function define(command: Command, cli: Cli): void {
  command
    .command('ls')
    .exitOverride()
    .summary('List requests')
    .description('Lists the requests that wait: your own, and those you may decide on.')
    .option('--all', 'also those that are decided, used or lapsed')
    .option('--broker <url>', whichBroker)
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  mayfly requests ls')
    .action(async (flags: RequestFlags & { all?: boolean }) =>
      (await import('../broker/requests.ts')).listRequests(cli, flags),
    )
  for (const [name, approve, summary] of [
    ['approve', true, 'Approve a request'],
    ['refuse', false, 'Refuse a request'],
  ] as const)
    command
      .command(name)
      .exitOverride()
      .summary(summary)
      .description(`${summary} of somebody else's.`)
      .argument('<id>')
      .option('--reason <text>', 'why; it goes into the ledger')
      .option('--broker <url>', whichBroker)
      .option('--json', 'print the request as it now stands')
      .addHelpText('after', `\nExample:\n  mayfly requests ${name} r4k2m7q3xw5t6abcde2 --reason "seen with Ann"`)
      .action(async (id: string, flags: RequestFlags & { reason?: string }) =>
        (await import('../broker/requests.ts')).vote(cli, id, approve, flags),
      )

  command.action(() => {
    throw new Failure('usage', 'requests needs to know what to do.', { hint: 'mayfly requests ls|approve|refuse' })
  })
}
