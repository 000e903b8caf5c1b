import type { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { timeLeft } from '../output.ts'
import { userProfile } from '../profile.ts'

/** `mayfly explain`: the plan before the prompt. */
export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Says how a profile gets its credentials: every hop, what it asks, how long it lasts, what is kept already. Touches no network.',
    )
    .argument('[profile]', 'default: AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default"')
    .option('--json', 'print the spec and its hops as JSON')
    .addHelpText('after', '\nExample:\n  mayfly explain reader')
    .action(async (name: string | undefined, options: { json?: boolean }) => {
      const profile = userProfile(cli.env, name)
      const { explainSpec } = await import('../../profiles/explain.ts')
      const { cachedSession } = await import('../../sources/cached-session.ts')
      const host = await cli.host({ input: false })
      const kept = await cachedSession(profile.spec, host.vault, host.now())
      const hops = explainSpec(profile.spec)
      if (options.json)
        return cli.print(
          JSON.stringify(
            { profile: profile.name, spec: profile.spec, hops, keptUntil: kept?.expiration },
            undefined,
            2,
          ),
        )
      cli.print(cli.style('bold', profile.name))
      for (const [index, hop] of hops.entries()) {
        cli.print(`  ${index + 1}. ${hop.gives}`)
        if (hop.asks) cli.print(`     asks: ${hop.asks}`)
        if (hop.lasts) cli.print(`     lasts: ${hop.lasts} s`)
        for (const note of hop.notes) cli.print(cli.style('dim', `     ${note}`))
      }
      cli.print(
        kept ? `A session is kept; it ends in ${timeLeft(kept.expiration, host.now())}.` : 'No session is kept.',
      )
    })
}
