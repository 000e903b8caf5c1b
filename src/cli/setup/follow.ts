import type { CloudFormationClient, Stack, StackEvent } from '@aws-sdk/client-cloudformation'
import { Failure } from '../../model/failure.ts'
import type { Cli } from '../cli.ts'
import { printable } from '../output.ts'
import { stackNamed } from './stack.ts'
import { freshEvents, isOfStack } from './stack-events.ts'
import { type Patience, until } from './waiting.ts'

export interface Following {
  readonly client: CloudFormationClient
  /** An id names a stack that is deleted, too. */
  readonly stackId: string
  readonly stackName: string
  /** Events that are told already, or belong to what was before. */
  readonly seen: Set<string>
  readonly isQuiet: boolean
  /** What to type to go on after Ctrl-C. */
  readonly again: string
  readonly patience?: Patience
}

/**
 * Tells what becomes of the resources until the stack is at rest, and gives it; undefined when it was deleted. Rejects
 * with a `Failure`: `aws-refused` with the reason of the resource that failed and what became of the stack,
 * `interrupted` on Ctrl-C, and `aws-refused` when nothing has become of anything for a quarter of an hour.
 */
export async function follow(cli: Cli, following: Following): Promise<Stack | undefined> {
  const { client, stackId, stackName, seen, isQuiet, again, patience } = following
  const failed: StackEvent[] = []
  const progress = isQuiet ? undefined : progressOn(cli)
  // The state alone does not say that it is over: for a moment it is still that of the operation before.
  let status = ''
  const atRest = async (moved: () => void): Promise<{ readonly stack: Stack | undefined } | undefined> => {
    for (const event of await freshEvents(client, stackId, seen)) {
      moved()
      progress?.tell(event)
      if (isFailure(event)) failed.push(event)
      if (isOfStack(event)) status = event.ResourceStatus ?? ''
    }
    if (status === '' || status.endsWith('_IN_PROGRESS')) return undefined
    const stack = await stackNamed(client, stackId)
    return stack?.StackStatus?.endsWith('_IN_PROGRESS') ? undefined : { stack }
  }
  const { stack } = await until(atRest, {
    message: `CloudFormation goes on with the stack ${stackName} by itself.`,
    hint: `To follow it to its end: ${again}`,
    onStall: (words) => progress?.note(words),
    ...(patience ? { patience } : {}),
  }).finally(() => progress?.end())
  if (status === 'DELETE_COMPLETE') return undefined
  if (stack && /^(CREATE|UPDATE)_COMPLETE$/.test(status)) return stack
  throw failureOf(stackName, status, failed)
}

const isFailure = ({ ResourceStatus: status, ResourceStatusReason: reason }: StackEvent): boolean =>
  (status ?? '').endsWith('_FAILED') && !/^Resource (creation|update) cancelled$/i.test(reason ?? '')

const outcomes: Readonly<Record<string, string>> = {
  ROLLBACK_COMPLETE: 'It was rolled back: nothing it made is left. The same command again starts anew.',
  UPDATE_ROLLBACK_COMPLETE: 'It was rolled back: everything is as it was before.',
  ROLLBACK_FAILED: 'Rolling it back failed too: aws cloudformation describe-stack-events says what is left.',
  UPDATE_ROLLBACK_FAILED: 'Rolling it back failed too: aws cloudformation continue-update-rollback tries it again.',
  DELETE_FAILED: 'What is not deleted is still there; the same command again goes on.',
}

function failureOf(stackName: string, status: string, failed: readonly StackEvent[]): Failure {
  const first = failed.find((event) => !isOfStack(event)) ?? failed[0]
  const where = first && !isOfStack(first) ? `${first.LogicalResourceId} (${first.ResourceType}): ` : ''
  const reason = plain(first?.ResourceStatusReason ?? 'CloudFormation gave no reason.')
  return new Failure('aws-refused', `The stack ${stackName} failed. ${where}${reason}`, {
    hint: outcomes[status] ?? `CloudFormation calls its state ${status}.`,
  })
}

/** The reason itself, out of what CloudFormation's handlers put around it: the whole stands in the events. */
const plain = (reason: string): string =>
  /^Resource handler returned message: "(.*?)(?: \(Service: [^()]*\)(?: \(SDK Attempt Count: \d+\))?)?" \(RequestToken: /s.exec(
    reason,
  )?.[1] ?? reason

interface Progress {
  readonly tell: (event: StackEvent) => void
  /** A remark between the lines. */
  readonly note: (words: string) => void
  readonly end: () => void
}

/** A line for each resource that is done; on a terminal also one, ever anew, of what is under way. */
function progressOn(cli: Cli): Progress {
  const underWay = new Set<string>()
  const isTerminal = process.stderr.isTTY === true
  const clear = (): void => void (isTerminal && process.stderr.write('\r\u001b[K'))
  return {
    tell: (event) => {
      const { LogicalResourceId: id = '', ResourceType: type = '', ResourceStatusReason: reason } = event
      const status: string = event.ResourceStatus ?? ''
      clear()
      if (isOfStack(event) || status.endsWith('_IN_PROGRESS')) underWay.add(id)
      else underWay.delete(id)
      if (isOfStack(event) || !status.endsWith('_IN_PROGRESS')) {
        const because = reason && isFailure(event) ? `: ${reason}` : ''
        cli.say(printable(`  ${status.toLowerCase().replaceAll('_', ' ')}  ${id} (${type})${because}`))
      }
      if (isTerminal && underWay.size > 0) process.stderr.write(printable(`  … ${[...underWay].join(', ')}`))
    },
    note: (words) => {
      clear()
      cli.say(`  ${words}`)
    },
    end: clear,
  }
}
