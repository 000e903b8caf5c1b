import type { CloudFormationClient, Stack } from '@aws-sdk/client-cloudformation'
import type { NodeHost } from '../../host/node-host.ts'
import { Failure } from '../../model/failure.ts'
import type { Cli } from '../cli.ts'
import { printable } from '../output.ts'
import type { Administrator } from './administrator.ts'
import { discard, type Prepared, prepare, type Wish } from './change-set.ts'
import { filledResources } from './filled.ts'
import { follow } from './follow.ts'
import { type PlannedChange, planOf, renderPlan } from './plan.ts'
import { refusal } from './refusal.ts'
import { parametersOf, stackNamed } from './stack.ts'
import { eventsBeforeOperation, freshEvents } from './stack-events.ts'

export interface Deployment extends Wish {
  /** The parameter that says whose stack it is: a stack of somebody else is left alone. */
  readonly owner: string
  /** What to type to do this again. */
  readonly again: string
  readonly isAgreed: boolean
  /** False: the change set is made and shown, and stays. */
  readonly execute: boolean
  readonly isQuiet: boolean
}

export interface Deployed {
  readonly changes: readonly PlannedChange[]
  /** The change set that waits to be executed, where it was not. */
  readonly waiting?: Prepared
  /** The stack at rest, where nothing waits. */
  readonly stack?: Stack
}

/**
 * Brings a stack about: what would change is worked out by CloudFormation, shown, agreed to, done and followed to its
 * end. Rejects with a `Failure`: `input-needed` where nobody can agree, `interrupted` when the answer is no (then
 * nothing was changed), `aws-refused` with the reason when it fails.
 */
export async function deploy(cli: Cli, host: NodeHost, by: Administrator, wish: Deployment): Promise<Deployed> {
  const { CloudFormationClient, ExecuteChangeSetCommand } = await import('@aws-sdk/client-cloudformation')
  const client = new CloudFormationClient(by.clientOf('cloudformation'))
  const { stackName, isQuiet, again } = wish
  const before = await settled(cli, client, wish)
  const prepared = await prepare(client, wish, before, host.now())
  if (!prepared) {
    if (!isQuiet) cli.say(`The stack ${stackName} is as it should be: nothing to change.`)
    return { changes: [], ...(before ? { stack: before } : {}) }
  }
  const { id, stackId } = prepared
  const pseudo = { 'AWS::AccountId': by.account, 'AWS::Partition': by.arn.split(':')[1] ?? 'aws' }
  const filled = filledResources(wish, parametersOf(before), pseudo)
  const changes = planOf(prepared.description.Changes ?? [], filled)
  if (!isQuiet)
    cli.say(
      `The stack ${stackName} in ${by.account}, ${by.region}, as ${printable(by.arn)}:\n\n${renderPlan(changes, process.stderr.columns)}\n`,
    )
  if (!wish.execute) return { changes, waiting: prepared }
  await agree(host, wish).catch(async (error: unknown) => {
    await discard(client, prepared)
    throw error
  })
  const seen = new Set<string>()
  await freshEvents(client, stackId, seen)
  await client
    .send(new ExecuteChangeSetCommand({ ChangeSetName: id }))
    .catch((error: unknown) => Promise.reject(refusal('The change set cannot be executed', error)))
  const stack = await follow(cli, { client, stackId, stackName, seen, isQuiet, again })
  return { changes, ...(stack ? { stack } : {}) }
}

async function agree(host: NodeHost, { isAgreed, stackName }: Deployment): Promise<void> {
  if (isAgreed) return
  const text = `Make these changes to the stack ${stackName}?`
  if (!/^y(es)?$/i.test(await host.ask({ kind: 'confirm', text })))
    throw new Failure('interrupted', 'Nothing was changed.')
}

/** The stack that there is to change, once what is under way with it is over; undefined where there is none. */
async function settled(cli: Cli, client: CloudFormationClient, wish: Deployment): Promise<Stack | undefined> {
  const { stackName, owner, isQuiet, again } = wish
  let stack = await stackNamed(client, stackName)
  const status = stack?.StackStatus ?? ''
  if (!stack?.StackId) return undefined
  const name = parametersOf(stack)[owner]
  if (status !== 'REVIEW_IN_PROGRESS' && name !== wish.parameters[owner])
    throw new Failure(
      'file-conflict',
      `There is a stack ${stackName} already, and it is ${name === undefined ? 'none of setup' : `that of ${name}`}.`,
      { hint: 'Choose another name: --stack-name NAME' },
    )
  if (status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS') {
    if (!isQuiet) cli.say(`CloudFormation is at work on the stack ${stackName}:`)
    const seen = await eventsBeforeOperation(client, stack.StackId)
    stack = await follow(cli, { client, stackId: stack.StackId, stackName, seen, isQuiet, again })
  }
  // What a failed creation leaves is empty, and nothing can be done with it but to delete it.
  if (stack?.StackId && stack.StackStatus === 'ROLLBACK_COMPLETE') {
    if (!isQuiet) cli.say(`What an attempt that failed left of the stack ${stackName} is deleted:`)
    await deleteStack(cli, client, { stackId: stack.StackId, stackName, isQuiet, again })
    return undefined
  }
  return stack
}

/** Deletes a stack and follows it to its end. Rejects as `follow` does. */
export async function deleteStack(
  cli: Cli,
  client: CloudFormationClient,
  one: { readonly stackId: string; readonly stackName: string; readonly isQuiet: boolean; readonly again: string },
): Promise<void> {
  const { DeleteStackCommand } = await import('@aws-sdk/client-cloudformation')
  const seen = new Set<string>()
  await freshEvents(client, one.stackId, seen)
  await client
    .send(new DeleteStackCommand({ StackName: one.stackId }))
    .catch((error: unknown) => Promise.reject(refusal(`The stack ${one.stackName} cannot be deleted`, error)))
  await follow(cli, { client, seen, ...one })
}
