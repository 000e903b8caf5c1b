import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textOf } from '../../wire/xml.ts'
import { membersOf, named, setCloudFormationStage, template, user } from './stage.test.ts'

const failing = template({ Ann: user('ann'), Taken: { ...user('admin'), DependsOn: 'Ann' } })

test('events are told by operation, a rollback being one of its own', async (t) => {
  const { done, rest } = await setCloudFormationStage(t)
  const events = async (more: object) =>
    membersOf(await done({ Action: 'DescribeEvents', ...more }), 'OperationEvents').map((event) =>
      ['OperationType', 'EventType', 'LogicalResourceId', 'OperationStatus', 'ResourceStatus']
        .flatMap((name) => textOf(event, name) ?? [])
        .join(' '),
    )
  const set = { StackName: 's', ChangeSetName: 'c' }
  await done({ Action: 'CreateChangeSet', ChangeSetType: 'CREATE', ...set, TemplateBody: failing, ...named })
  assert.deepEqual(await events(set), ['CREATE_CHANGESET STACK_EVENT s SUCCEEDED'])
  await done({ Action: 'ExecuteChangeSet', ...set })
  await rest('s')
  assert.deepEqual((await events({ StackName: 's' })).reverse(), [
    'CREATE_CHANGESET STACK_EVENT s SUCCEEDED',
    'CREATE_STACK STACK_EVENT s IN_PROGRESS',
    'CREATE_STACK PROGRESS_EVENT Ann CREATE_IN_PROGRESS',
    'CREATE_STACK PROGRESS_EVENT Ann CREATE_IN_PROGRESS',
    'CREATE_STACK PROGRESS_EVENT Ann CREATE_COMPLETE',
    'CREATE_STACK PROGRESS_EVENT Taken CREATE_IN_PROGRESS',
    'CREATE_STACK PROVISIONING_ERROR Taken CREATE_FAILED',
    'ROLLBACK STACK_EVENT s IN_PROGRESS',
    'ROLLBACK PROGRESS_EVENT Taken DELETE_COMPLETE',
    'ROLLBACK PROGRESS_EVENT Ann DELETE_IN_PROGRESS',
    'ROLLBACK PROGRESS_EVENT Ann DELETE_COMPLETE',
    'ROLLBACK STACK_EVENT s SUCCEEDED',
  ])
  const failed = 'CREATE_STACK PROVISIONING_ERROR Taken CREATE_FAILED'
  assert.deepEqual(await events({ StackName: 's', Filters: { FailedEvents: true } }), [failed])
  const stack = await done({ Action: 'DescribeStacks', StackName: 's' })
  const OperationId = stack.get('Stacks', 'member', 'LastOperations', 'member', 'OperationId') ?? ''
  assert.ok((await events({ OperationId })).every((line) => line.startsWith('ROLLBACK ')))
})

test('of what nobody did there are no events', async (t) => {
  const { call } = await setCloudFormationStage(t)
  const none = await call({ Action: 'DescribeEvents' })
  assert.deepEqual(
    [none.code, none.message],
    ['ValidationError', 'One of ChangeSetName, OperationId or StackName must be specified.'],
  )
  assert.equal((await call({ Action: 'DescribeEvents', StackName: 's' })).code, 'ValidationError')
  const unknown = await call({ Action: 'DescribeEvents', OperationId: 'aaaaaaaa-0000-0000-0000-000000000000' })
  assert.equal(unknown.code, 'ValidationError')
  const set = await call({ Action: 'DescribeEvents', StackName: 's', ChangeSetName: 'c' })
  assert.equal(set.code, 'ChangeSetNotFound')
})

test('what begins has an operation, and no two events of a stack have the same time', async (t) => {
  const { done } = await setCloudFormationStage(t)
  const made = await done({ Action: 'CreateStack', StackName: 's', TemplateBody: template({ A: user('a') }), ...named })
  // Whoever asks next finds it done, as long as it takes no longer than a client waits for an answer.
  const stack = await done({ Action: 'DescribeStacks', StackName: 's' })
  assert.equal(stack.get('Stacks', 'member', 'StackStatus'), 'CREATE_COMPLETE')
  const events = membersOf(await done({ Action: 'DescribeStackEvents', StackName: 's' }), 'StackEvents')
  const times = events.map((event) => textOf(event, 'Timestamp') ?? '')
  assert.ok(times.length > 4)
  assert.deepEqual(times, [...new Set(times)].sort().reverse())
  assert.deepEqual([...new Set(events.map((event) => textOf(event, 'OperationId')))], [made.get('OperationId')])
})
