import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import { flaws } from '../../sandbox/oidc-idp/mint.ts'
import type { Cli } from '../cli.ts'
import { askSandbox, type ControlOptions, controlOptions } from './control.ts'

interface Options extends ControlOptions {
  readonly audience: readonly string[]
  readonly subject?: string
  readonly github?: string
  readonly issuer?: string
  readonly claim: readonly string[]
  readonly lifetime?: string
  readonly algorithm?: string
  readonly flaw?: string
  readonly out?: string
  readonly json?: boolean
}

/** `mayfly sandbox token`: an OpenID Connect token with chosen claims, as a CI system or a cluster would issue it. */
export function defineToken(command: Command, cli: Cli): void {
  controlOptions(command)
    .description(
      'Issues a web identity token from a running sandbox, with any claims, good or deliberately bad. In the name of another issuer (--issuer, --github) the sandbox stands in for it, so that trust policies can be tried as they are.',
    )
    .option(
      '--audience <name>',
      'whom it is for: the aud claim; repeat it for a list (default: sts.amazonaws.com)',
      collect,
      [],
    )
    .option('--subject <name>', 'whom it is about: the sub claim')
    .option('--github <job>', 'the claims of a job of GitHub Actions: repo:octo/app:ref:refs/heads/main')
    .option('--issuer <url>', "in whose name (default: the sandbox's own provider; with --github, GitHub)")
    .option(
      '--claim <name=value>',
      'any other claim, as text; name:=json for anything else; repeat it for more',
      collect,
      [],
    )
    .option('--lifetime <seconds>', 'how long it is good (default: 3600)')
    .option('--algorithm <name>', 'RS256 or ES256 (default: RS256)')
    .option('--flaw <kind>', `something wrong with it: ${flaws.join(', ')}`)
    .option('--out <file>', 'write it there, for its owner alone, instead of printing it')
    .option('--json', 'print {"token", "claims"}')
    .addHelpText(
      'after',
      `
Examples:
  mayfly sandbox token --subject system:serviceaccount:default:app --out ./token
  mayfly sandbox token --github repo:octo/app:ref:refs/heads/main
  mayfly sandbox token --subject ann --claim team=blue --claim 'groups:=["dev"]' --flaw expired`,
    )
    .action(async (options: Options) => issue(cli, options))
}

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]

async function issue(cli: Cli, options: Options): Promise<void> {
  const { audience, subject, github, issuer, lifetime, algorithm, flaw } = options
  const order = { ...(audience.length > 0 ? { audience } : {}), subject, github, issuer, lifetime, algorithm, flaw }
  const { token, claims } = await askSandbox(cli, options, 'tokens', { ...order, claims: claimsFrom(options.claim) })
  if (typeof token !== 'string')
    throw new Failure('aws-refused', 'The sandbox sent no token.', { hint: 'Is it of the same version of Mayfly?' })
  if (options.out !== undefined) {
    const { writePrivate } = await import('../../host/private-file.ts')
    writePrivate(resolve(options.out), `${token}\n`)
  }
  if (options.json) cli.print(JSON.stringify({ token, claims }))
  else if (options.out === undefined) cli.print(token)
  else cli.say(`${options.out}: a token${flaw === undefined ? '' : ` (${flaw})`}`)
}

function claimsFrom(pairs: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, json, value = ''] = /^([^=]+?)(:?)=([\s\S]*)$/.exec(pair) ?? []
      if (name === undefined)
        throw new Failure('usage', `--claim ${pair} has no name.`, { hint: 'Write it as name=value, or name:=json.' })
      if (!json) return [name, value]
      try {
        const parsed: unknown = JSON.parse(value)
        return [name, parsed]
      } catch (cause) {
        throw new Failure('usage', `The value of --claim ${name} is not JSON.`, {
          hint: 'Write text as name=value.',
          cause,
        })
      }
    }),
  )
}
