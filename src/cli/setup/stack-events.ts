import type { CloudFormationClient, StackEvent } from '@aws-sdk/client-cloudformation'
import { refusal } from './refusal.ts'

/** The events of a stack that are not among `seen`, the first first; they are from then on. */
export async function freshEvents(
  client: CloudFormationClient,
  stackId: string,
  seen: Set<string>,
): Promise<readonly StackEvent[]> {
  const { paginateDescribeStackEvents } = await import('@aws-sdk/client-cloudformation')
  const fresh: StackEvent[] = []
  try {
    for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client }, { StackName: stackId })) {
      const ones = StackEvents.filter(({ EventId = '' }) => !seen.has(EventId))
      fresh.push(...ones)
      // They come the latest first.
      if (ones.length < StackEvents.length) break
    }
  } catch (error) {
    throw refusal('The events of the stack cannot be read', error)
  }
  for (const { EventId = '' } of fresh) seen.add(EventId)
  return fresh.reverse()
}

/** What happened before the operation that is under way, so that its own events are the fresh ones. */
export async function eventsBeforeOperation(client: CloudFormationClient, stackId: string): Promise<Set<string>> {
  const events = await freshEvents(client, stackId, new Set())
  const start = events.findLastIndex(
    (event) => isOfStack(event) && /^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/.test(event.ResourceStatus ?? ''),
  )
  return new Set(events.slice(0, Math.max(0, start)).map(({ EventId = '' }) => EventId))
}

/** Whether it tells of the stack itself and not of a resource in it. */
export const isOfStack = ({ PhysicalResourceId, StackId }: StackEvent): boolean => PhysicalResourceId === StackId
