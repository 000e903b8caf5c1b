import { type Command, InvalidArgumentError } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { ListFlags } from '../broker/list-sessions.ts'
import type { RevokeFlags } from '../broker/revoke-sessions.ts'
import type { Cli } from '../cli.ts'

const whichBroker = 'default: MAYFLY_BROKER, else the only broker you are signed in to'

/** `mayfly sessions`: what a broker knows of, seen and ended. */
export function define(command: Command, cli: Cli): void {
  command
    .command('ls')
    .exitOverride()
    .summary('List sessions')
    .description('Lists the sessions that have not ended: all that you may see.')
    .option('--all', 'also those that are over, revoked or failed')
    .option('--principal <id>', 'of this person or workload')
    .option('--role <name>', 'of this role')
    .option('--account <id>', 'in this account')
    .option('--origin <origin>', 'broker: issued by it; cloudtrail: seen at AWS only')
    .option('--text <text>', "with this in the principal's name, the role, the session's name or id")
    .option('--limit <number>', 'at most so many', wholeNumber, 100)
    .option('--watch', 'then tell what happens, as it happens, until Ctrl-C')
    .option('--broker <url>', whichBroker)
    .option('--json', 'print {"sessions", "isWhole"}; with --watch a line each')
    .addHelpText(
      'after',
      '\nExamples:\n  mayfly sessions ls\n  mayfly sessions ls --role prod-admin --watch\n  mayfly sessions ls --all --text ann --json',
    )
    .action(async (flags: ListFlags) => (await import('../broker/list-sessions.ts')).listSessions(cli, flags))

  command
    .command('show')
    .exitOverride()
    .summary('Tell the story of one session')
    .description('Shows what is known of a session: who asked and why, what it may do, its use, and what became of it.')
    .argument('<id>')
    .option('--broker <url>', whichBroker)
    .option('--json', 'print {"session", "events"}')
    .addHelpText('after', '\nExample:\n  mayfly sessions show s4k2m7q3xw5t6abcde2')
    .action(async (id: string, flags: { broker?: string; json?: boolean }) =>
      (await import('../broker/show-session.ts')).showSession(cli, id, flags),
    )

  command
    .command('revoke')
    .exitOverride()
    .summary('End sessions, and say how far that reached')
    .description(
      'Ends one session, those of a person, of a role, or all, and says place by place what has stopped, how fast, and what runs on until when.',
    )
    .argument('[id]', 'of one session')
    .option('--principal <id>', 'every session of this person or workload, and all that descend from theirs')
    .option('--role <name>', 'every session of this role')
    .option('--everything', 'every session')
    .option('--reason <text>', 'why; it goes into the ledger')
    .option('--dry-run', 'say what it would reach, and do nothing')
    .option('--broker <url>', whichBroker)
    .option('--json', 'print the revocation')
    .addHelpText(
      'after',
      '\nExamples:\n  mayfly sessions revoke s4k2m7q3xw5t6abcde2 --reason "laptop lost"\n  mayfly sessions revoke --principal corp:ann@example.com --dry-run',
    )
    .action(async (id: string | undefined, flags: RevokeFlags) =>
      (await import('../broker/revoke-sessions.ts')).revokeSessions(cli, id, flags),
    )

  command.action(() => {
    throw new Failure('usage', 'sessions needs to know what to do.', { hint: 'mayfly sessions ls|show|revoke' })
  })
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a number from 1.')
}
