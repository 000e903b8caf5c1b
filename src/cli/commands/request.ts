import { type Command, InvalidArgumentError } from 'commander'
import type { AskFlags } from '../broker/ask.ts'
import { secondsOf } from '../broker/seconds-of.ts'
import type { Cli } from '../cli.ts'

/** `mayfly request`: asks those who may approve. */
export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Asks a broker for a session that somebody has to approve. Once approved, the next session of a profile with that role is issued on it.',
    )
    .argument('<role>', "the role's name at the broker")
    .option('--reason <text>', 'why; those who approve read it')
    .option('--ticket <id>', 'where the broker wants one')
    .option('--duration <time>', "how long: 2h, 90m, or seconds; default: the grant's", seconds)
    .option('--policy <file>', 'a session policy to narrow it; the profile must have the same')
    .option('--wait', 'end when somebody has decided: status 0 when it is approved')
    .option('--broker <url>', 'default: MAYFLY_BROKER, else the only broker you are signed in to')
    .option('--json', 'print the request')
    .addHelpText(
      'after',
      `
Examples:
  mayfly request prod-admin --reason "deploy 4711" --duration 2h
  mayfly request prod-admin --reason "deploy 4711" --wait && mayfly exec prod -- ./deploy`,
    )
    .action(async (role: string, flags: AskFlags) => (await import('../broker/ask.ts')).askForSession(cli, role, flags))
}

function seconds(text: string): number {
  const duration = secondsOf(text)
  if (duration !== undefined) return duration
  throw new InvalidArgumentError('It is a time, such as 2h, 90m or 3600.')
}
