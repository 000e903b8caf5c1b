import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { Cli } from '../cli.ts'

/** `mayfly policy`: IAM policies, decided and explained here exactly as the sandbox decides them. */
export function define(command: Command, cli: Cli): void {
  const test = command.command('test').exitOverride().summary('Run access decisions from a file')
  test
    .description(
      'Runs the access decisions of a JSON file: unit tests for IAM policies. docs/policy.md has the format.',
    )
    .argument('<file>', 'the cases; - reads standard input')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 when every case came out as wanted, 1 otherwise.\n\nExample:\n  mayfly policy test cases.json',
    )
    .action(async (file: string, options: { json?: boolean }) => testCases(cli, file, options.json === true))

  const explain = command.command('explain').exitOverride().summary('Say why a request is allowed or denied')
  explain
    .description('Decides one request and takes every statement apart: what matched, what did not, and why.')
    .argument('[file]', 'one case as in `policy test`, without `want`; - reads standard input')
    .option('--principal <arn>', 'who asks')
    .option('--action <action>', 'for example s3:GetObject')
    .option('--resource <arn>', 'on what', '*')
    .option('--resource-account <id>', 'the account that owns the resource, when it is another')
    .option(
      '--context <key=value>',
      'a condition key; repeat it for more, repeat a key for several values',
      collect,
      [],
    )
    .option('--identity <file>', 'an identity-based policy; repeat it for more', collect, [])
    .option('--resource-policy <file>', 'the policy on the resource, or the trust policy of a role')
    .option('--boundary <file>', 'a permissions boundary')
    .option('--session <file>', 'a session policy')
    .option('--scp <file>', 'a service control policy; one a level, repeat it for more', collect, [])
    .option('--rcp <file>', 'a resource control policy; one a level, repeat it for more', collect, [])
    .option('--json', 'print the explanation as JSON')
    .addHelpText(
      'after',
      `
Exit status: 0 when allowed, 1 when denied.

Examples:
  mayfly policy explain --principal arn:aws:iam::111122223333:user/ann --action s3:GetObject \\
    --resource arn:aws:s3:::box/a.txt --identity policy.json --context aws:MultiFactorAuthPresent=true
  mayfly policy explain case.json`,
    )
    .action(async (file: string | undefined, options: ExplainOptions) => explainOne(cli, file, options))
}

interface ExplainOptions {
  readonly principal?: string
  readonly action?: string
  readonly resource: string
  readonly resourceAccount?: string
  readonly context: readonly string[]
  readonly identity: readonly string[]
  readonly resourcePolicy?: string
  readonly boundary?: string
  readonly session?: string
  readonly scp: readonly string[]
  readonly rcp: readonly string[]
  readonly json?: boolean
}

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]

async function testCases(cli: Cli, file: string, json: boolean): Promise<void> {
  const { renderCaseReport, runCasesText } = await import('../../policy/index.ts')
  const report = runCasesText(contentOf(file))
  if (json) cli.print(JSON.stringify(report, undefined, 2))
  else for (const line of renderCaseReport(report)) cli.print(line)
  if (!report.passed) process.exitCode = 1
}

async function explainOne(cli: Cli, file: string | undefined, options: ExplainOptions): Promise<void> {
  const { explain, parseCase, renderExplanation } = await import('../../policy/index.ts')
  const parsed = parseCase(file === undefined ? caseFrom(options) : jsonOf(file))
  if (!parsed.ok)
    throw new Failure(
      'policy-malformed',
      parsed.faults.map(({ path, problem }) => `${file ?? 'the request'}: ${path} ${problem}`).join('\n'),
      { hint: 'docs/policy.md has the format of a case.' },
    )
  const explanation = explain(parsed.case.policies, parsed.case.question)
  if (options.json) cli.print(JSON.stringify(explanation, undefined, 2))
  else for (const line of renderExplanation(explanation)) cli.print(line)
  if (explanation.verdict.outcome !== 'allowed') process.exitCode = 1
}

/** The flags as a case of the file format, so that both are checked by the same reader. */
function caseFrom(options: ExplainOptions): object {
  if (!options.principal || !options.action)
    throw new Failure('usage', 'policy explain needs a file, or --principal and --action.', {
      hint: 'mayfly policy explain --help has examples.',
    })
  const one = (name: string, file: string | undefined): object => (file === undefined ? {} : { [name]: jsonOf(file) })
  const several = (name: string, files: readonly string[]): object =>
    files.length === 0 ? {} : { [name]: files.map(jsonOf) }
  return {
    principal: options.principal,
    action: options.action,
    resource: options.resource,
    ...(options.resourceAccount === undefined ? {} : { racc: options.resourceAccount }),
    ctx: contextFrom(options.context),
    ...several('identity', options.identity),
    ...one('rp', options.resourcePolicy),
    ...one('pb', options.boundary),
    ...one('session', options.session),
    ...several('scp', options.scp),
    ...several('rcp', options.rcp),
  }
}

/** `k=a k=b` is one multivalued key. */
function contextFrom(pairs: readonly string[]): Readonly<Record<string, string | readonly string[]>> {
  const context: Record<string, string | string[]> = {}
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at < 1) throw new Failure('usage', `--context ${pair} has no key.`, { hint: 'Write it as key=value.' })
    const key = pair.slice(0, at)
    const value = pair.slice(at + 1)
    const before = context[key]
    context[key] = before === undefined ? value : [...[before].flat(), value]
  }
  return context
}

function contentOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (cause) {
    throw new Failure('usage', `${file} cannot be read.`, { cause, hint: 'Name a JSON file, or - for standard input.' })
  }
}

function jsonOf(file: string): unknown {
  try {
    return JSON.parse(contentOf(file))
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('policy-malformed', `${file} is not JSON: ${problem}`, { cause })
  }
}
