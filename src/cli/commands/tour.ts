import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import { startSandbox } from '../../sandbox/index.ts'
import type { Cli } from '../cli.ts'
import { chapters, isChapter } from '../tour/chapters.ts'
import { type Stage, setStage } from '../tour/stage.ts'
import type { Chapter } from '../tour/step.ts'
import { walk } from '../tour/walk.ts'

/** `mayfly tour`: the whole story against a sandbox of its own. */
export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Walks the story against a sandbox of its own: a permanent key that opens nothing, MFA, a session, a role, a leak, a revocation. Nothing of yours is read or changed.',
    )
    .option('--chapter <name>', `one chapter: ${Object.keys(chapters).join(', ')}`, 'key')
    .option('--json', 'print the steps with their expected and observed outcome')
    .option('--no-input', 'end after the story instead of staying up')
    .addHelpText(
      'after',
      '\nExit status: 0 when every step came out as told, 1 otherwise.\n\nExamples:\n  mayfly tour\n  mayfly tour --chapter workloads\n  mayfly tour --json | jq ".steps[] | select(.asTold | not)"',
    )
    .action(async (options: Options) => tour(cli, options))
}

interface Options {
  readonly chapter: string
  readonly json?: boolean
  readonly input: boolean
}

async function tour(cli: Cli, options: Options): Promise<void> {
  if (!isChapter(options.chapter))
    throw new Failure('usage', `There is no chapter ${options.chapter}.`, {
      hint: `Use one of: ${Object.keys(chapters).join(', ')}`,
    })
  const chapter: Chapter = chapters[options.chapter]
  const started = performance.now()
  const sandbox = await startSandbox({ now: () => new Date(), randomBytes })
  const stage = setStage(sandbox, cli.env)
  try {
    const quiet = options.json === true
    if (!quiet) cli.print(opening(stage))
    await chapter.prepare?.(stage)
    const steps = chapter.steps(stage)
    const walked = await walk(steps, stage, cli, quiet)
    const asTold = walked.length === steps.length && walked.every((step) => step.asTold)
    const seconds = Math.round((performance.now() - started) / 100) / 10
    if (quiet) cli.print(JSON.stringify({ asTold, seconds, steps: walked }, undefined, 2))
    if (!asTold) throw new Failure('check-failed', `Step ${walked.length} of ${steps.length} did not come out as told.`)
    if (quiet) return
    cli.print(
      `\n${cli.style('green', `All ${steps.length} steps came out as told, in ${seconds} s.`)}\n\n${chapter.closing}\n${otherChapters(options.chapter)}`,
    )
    if (options.input && process.stdin.isTTY && process.stdout.isTTY) await stayUp(stage, cli)
  } finally {
    await stage.clear()
    await sandbox.close()
  }
}

const opening = (stage: Stage): string =>
  [
    `A sandbox stands in for AWS on ${stage.sandbox.endpoint}: account ${stage.sandbox.accountId}, nothing leaves this machine.`,
    stage.aws[0] === 'aws'
      ? 'The calls to it are made with the AWS CLI of this machine.'
      : 'There is no AWS CLI here, so its calls are made through the AWS SDK for JavaScript.',
  ].join('\n')

const otherChapters = (walked: string): string =>
  Object.entries(chapters)
    .filter(([name]) => name !== walked)
    .map(([name, { summary }]) => `\nNext: mayfly tour --chapter ${name.padEnd(10)} ${summary}`)
    .join('')

/** Leaves everything running for the person to play with, until they press Ctrl-C. */
async function stayUp(stage: Stage, cli: Cli): Promise<void> {
  const { environment: env, sandbox } = stage
  cli.print(`
The sandbox stays up. In another terminal:
  export AWS_CONFIG_FILE=${env.AWS_CONFIG_FILE} AWS_SHARED_CREDENTIALS_FILE=${env.AWS_SHARED_CREDENTIALS_FILE}
  export MAYFLY_HOME=${env.MAYFLY_HOME} MAYFLY_TOUR_CONTROL=${sandbox.controlToken} AWS_ENDPOINT_URL=${sandbox.endpoint}
  mayfly explain PROFILE        (the profiles are in that config file)
  mayfly exec PROFILE -- aws s3 ls s3://mayfly-tour
Ctrl-C ends it and removes everything the tour made.`)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
}
