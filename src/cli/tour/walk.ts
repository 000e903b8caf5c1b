import { exitStatus } from '../exit-status.ts'
import type { Output } from '../output.ts'
import { printable } from '../output.ts'
import type { Outcome, Stage } from './stage.ts'
import type { Step } from './step.ts'

/** What one step was to do and what it did. */
export interface Walked {
  readonly step: number
  readonly title: string
  readonly as: Step['as']
  readonly command: string
  readonly expected: Step['expect']
  /** `succeeds`, the error code AWS answered, or what else went wrong. */
  readonly observed: string
  readonly asTold: boolean
  readonly milliseconds: number
}

/** Walks the steps in order and stops at the first that did not come out as told. */
export async function walk(steps: readonly Step[], stage: Stage, output: Output, quiet: boolean): Promise<Walked[]> {
  const walked: Walked[] = []
  let title = ''
  for (const [index, step] of steps.entries()) {
    await step.prepare?.(stage)
    title = step.title || title
    const started = performance.now()
    if (!quiet) announce(step, stage, output)
    const outcome = await stage.run(step.command, { ...environmentOf(step.as, stage), ...step.env })
    const observed = observe(outcome)
    const asTold = observed === step.expect
    if (!quiet) answer(step, outcome, asTold, stage, output)
    walked.push({
      step: index + 1,
      title,
      as: step.as,
      command: commandLine(step.command),
      expected: step.expect,
      observed,
      asTold,
      milliseconds: Math.round(performance.now() - started),
    })
    if (!asTold) break
    await step.keep?.(stage, outcome)
  }
  return walked
}

/** Each actor has only what is theirs: the administrator's key, the leaked copy, or nothing but Mayfly. */
function environmentOf(as: Step['as'], stage: Stage): NodeJS.ProcessEnv {
  const { endpoint, region, accessKeyId, secretAccessKey } = stage.sandbox
  const base = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, AWS_DEFAULT_REGION: region }
  if (as === 'administrator') return { ...base, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  if (as === 'thief') return { ...base, AWS_SHARED_CREDENTIALS_FILE: `${stage.directory}/leaked-copy` }
  return base
}

/** The error code as the AWS CLI and SDKs write it, else the exit status. */
function observe(outcome: Outcome): string {
  if (outcome.status === 0) return 'succeeds'
  if (outcome.status === exitStatus['access-denied'] && /^mayfly: /m.test(outcome.stderr)) return 'refused'
  return /\((\w+)\)(?: when calling|:)/.exec(outcome.stderr)?.[1] ?? `exit status ${outcome.status}`
}

const plain = /^[\w@%+=:,./-]+$/
const commandLine = (words: readonly string[]): string =>
  words.map((word) => (plain.test(word) ? word : `'${word}'`)).join(' ')

function announce(step: Step, stage: Stage, output: Output): void {
  if (step.title) output.print(`\n${output.style('bold', step.title)}`)
  const who = output.style('dim', `${step.as}$`)
  const line = commandLine(step.command).replaceAll(stage.directory, '.')
  output.print(`${who} ${output.style('cyan', line)}`)
}

function answer(step: Step, outcome: Outcome, asTold: boolean, stage: Stage, output: Output): void {
  const said = outcome.status === 0 && step.show && asTold ? step.show(outcome) : `${outcome.stdout}\n${outcome.stderr}`
  const lines = said.replaceAll(stage.directory, '.').split('\n')
  for (const line of lines.filter((text) => text.trim() !== '')) output.print(`  ${printable(line)}`)
  if (asTold)
    output.print(output.style('green', `  ✓ ${step.expect === 'succeeds' ? 'allowed' : 'denied, as it should be'}`))
  else output.print(output.style('red', `  ✗ expected: ${step.expect}; observed: ${observe(outcome)}`))
}
