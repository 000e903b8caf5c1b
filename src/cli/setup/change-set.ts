import type { CloudFormationClient, DescribeChangeSetOutput, Stack } from '@aws-sdk/client-cloudformation'
import { Failure } from '../../model/failure.ts'
import { refusal } from './refusal.ts'
import { stackNamed } from './stack.ts'
import { until } from './waiting.ts'

/** What a stack shall become. */
export interface Wish {
  readonly stackName: string
  readonly template: string
  /** Parameters that are not given keep the value they have, or get the template's. */
  readonly parameters: Readonly<Record<string, string>>
  /** Left out: the tags stay as they are. */
  readonly tags?: Readonly<Record<string, string>>
}

/** A change set that can be executed. */
export interface Prepared {
  readonly id: string
  readonly stackId: string
  readonly description: DescribeChangeSetOutput
  /** Whether the stack was not even there before. */
  readonly isNew: boolean
}

/**
 * Has CloudFormation work out what the wish changes; undefined when it is nothing. Nothing is changed yet. Rejects with
 * a `Failure` with AWS's reason.
 */
export async function prepare(
  client: CloudFormationClient,
  { stackName, template, parameters, tags }: Wish,
  stack: Stack | undefined,
  now: Date,
): Promise<Prepared | undefined> {
  const { CreateChangeSetCommand } = await import('@aws-sdk/client-cloudformation')
  const isNew = stack === undefined
  // A stack that waits for its first change set has had no values yet.
  const isCreated = !isNew && stack.StackStatus !== 'REVIEW_IN_PROGRESS'
  const known = isCreated ? (stack.Parameters ?? []).flatMap(({ ParameterKey }) => ParameterKey ?? []) : []
  const kept = known.filter((key) => parameters[key] === undefined)
  const command = new CreateChangeSetCommand({
    StackName: stackName,
    ChangeSetName: `mayfly-${now.toISOString().replace(/\D/g, '')}`,
    ChangeSetType: isCreated ? 'UPDATE' : 'CREATE',
    TemplateBody: template,
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    Parameters: [
      ...Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
      ...kept.map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true })),
    ],
    Tags: tags ? Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) : (stack?.Tags ?? []),
  })
  const { Id: id, StackId: stackId } = await client
    .send(command)
    .catch((error: unknown) => Promise.reject(refusal('The change set cannot be made', error)))
  if (!id || !stackId) throw new Failure('aws-refused', 'CloudFormation answered with a change set that has no id.')
  const description = await finished(client, id)
  if (description.Status === 'CREATE_COMPLETE') return { id, stackId, description, isNew }
  await discard(client, { id, stackId, isNew })
  const reason = description.StatusReason ?? 'CloudFormation gave no reason.'
  if (/didn't contain changes|No updates are to be performed/i.test(reason)) return undefined
  throw new Failure('aws-refused', `The change set failed: ${reason}`, { hint: 'Nothing was changed.' })
}

async function finished(client: CloudFormationClient, id: string): Promise<DescribeChangeSetOutput> {
  const { DescribeChangeSetCommand } = await import('@aws-sdk/client-cloudformation')
  const describe = (NextToken?: string): Promise<DescribeChangeSetOutput> =>
    client
      .send(new DescribeChangeSetCommand({ ChangeSetName: id, ...(NextToken ? { NextToken } : {}) }))
      .catch((error: unknown) => Promise.reject(refusal('The change set cannot be looked at', error)))
  const first = await until(
    async () => {
      const found = await describe()
      return found.Status === 'CREATE_COMPLETE' || found.Status === 'FAILED' ? found : undefined
    },
    {
      message: 'Interrupted while CloudFormation worked out what would change. Nothing was changed.',
      hint: `The change set stays: aws cloudformation delete-change-set --change-set-name ${id}`,
    },
  )
  const changes = [...(first.Changes ?? [])]
  for (let next = first.NextToken; next; ) {
    const more = await describe(next)
    changes.push(...(more.Changes ?? []))
    next = more.NextToken
  }
  return { ...first, Changes: changes }
}

/** Takes a change set back, and with it the empty stack that only stood for it. */
export async function discard(
  client: CloudFormationClient,
  { id, stackId, isNew }: Pick<Prepared, 'id' | 'stackId' | 'isNew'>,
): Promise<void> {
  const { DeleteChangeSetCommand, DeleteStackCommand } = await import('@aws-sdk/client-cloudformation')
  try {
    await client.send(new DeleteChangeSetCommand({ ChangeSetName: id }))
    if (!isNew) return
    const stack = await stackNamed(client, stackId)
    if (stack?.StackStatus === 'REVIEW_IN_PROGRESS') await client.send(new DeleteStackCommand({ StackName: stackId }))
  } catch (error) {
    throw refusal('The change set cannot be taken back', error)
  }
}
