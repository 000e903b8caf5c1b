import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textOf } from '../../wire/xml.ts'
import { membersOf, named, setCloudFormationStage, template, user } from './stage.test.ts'

const set = (more: object = {}) => ({ StackName: 's', ChangeSetName: 'one', ...more })

test('a change set is looked at first: the stack waits in review, and executing makes it', async (t) => {
  const { done, rest, call } = await setCloudFormationStage(t)
  const TemplateBody = template({ Ann: user('ann') })
  const made = await done({ Action: 'CreateChangeSet', ChangeSetType: 'CREATE', ...set({ TemplateBody, ...named }) })
  assert.equal(await rest('s'), 'REVIEW_IN_PROGRESS')
  assert.equal((await done({ Action: 'GetTemplate', StackName: 's' })).get('TemplateBody'), undefined)
  const seen = await done({ Action: 'DescribeChangeSet', ...set() })
  assert.equal(seen.get('Status'), 'CREATE_COMPLETE')
  assert.equal(seen.get('Changes', 'member', 'ResourceChange', 'Action'), 'Add')
  await done({ Action: 'ExecuteChangeSet', ChangeSetName: made.get('Id') ?? '' })
  assert.equal(await rest('s'), 'CREATE_COMPLETE')
  const again = await call({ Action: 'ExecuteChangeSet', ...set() })
  assert.equal(again.code, 'InvalidChangeSetStatus')
  assert.equal((await done({ Action: 'GetTemplate', StackName: 's' })).get('TemplateBody'), TemplateBody)
})

test('a change set without changes has failed, in the words that tools look for', async (t) => {
  const { done, rest, call } = await setCloudFormationStage(t)
  const TemplateBody = template({ Ann: user('ann') })
  await done({ Action: 'CreateStack', StackName: 's', TemplateBody, ...named })
  await rest('s')
  await done({ Action: 'CreateChangeSet', ...set({ TemplateBody, ...named }) })
  const seen = await done({ Action: 'DescribeChangeSet', ...set() })
  assert.equal(seen.get('Status'), 'FAILED')
  assert.equal(seen.get('ExecutionStatus'), 'UNAVAILABLE')
  const words = "The submitted information didn't contain changes. Submit different information to create a change set."
  assert.equal(seen.get('StatusReason'), words)
  assert.equal((await call({ Action: 'ExecuteChangeSet', ...set() })).code, 'InvalidChangeSetStatus')
  await done({ Action: 'DeleteChangeSet', ...set() })
  const gone = await call({ Action: 'DescribeChangeSet', ...set() })
  assert.deepEqual([gone.status, gone.code], [404, 'ChangeSetNotFound'])
})

test('a change set says what is added, modified, replaced and removed, and why', async (t) => {
  const { done, rest } = await setCloudFormationStage(t)
  const parameters = { Parameters: { Path: { Type: 'String', Default: '/a/' } } }
  const before = { Ann: user('ann'), Bob: user('bob', { Path: { Ref: 'Path' } }), Cat: user('cat') }
  await done({ Action: 'CreateStack', StackName: 's', TemplateBody: template(before, parameters), ...named })
  assert.equal(await rest('s'), 'CREATE_COMPLETE')
  const after = { Ann: user('anna'), Bob: before.Bob, Dan: user('dan') }
  const Parameters = [{ ParameterKey: 'Path', ParameterValue: '/b/' }]
  await done({ Action: 'CreateChangeSet', ...set({ TemplateBody: template(after, parameters), Parameters, ...named }) })
  const plain = await done({ Action: 'DescribeChangeSet', ...set() })
  const changes = membersOf(plain, 'Changes').map((change) =>
    ['Action', 'LogicalResourceId', 'Replacement']
      .map((name) => textOf(change, 'ResourceChange', name) ?? '-')
      .join(' '),
  )
  assert.deepEqual(changes, ['Modify Ann True', 'Modify Bob False', 'Remove Cat -', 'Add Dan -'])
  assert.doesNotMatch(plain.text, /BeforeValue|BeforeContext/)
  const [ann, bob] = membersOf(
    await done({ Action: 'DescribeChangeSet', IncludePropertyValues: true, ...set() }),
    'Changes',
  )
  assert.ok(ann && bob)
  const detail = ['ResourceChange', 'Details', 'member'] as const
  assert.deepEqual(
    [
      ...['Name', 'RequiresRecreation', 'BeforeValue', 'AfterValue'].map((name) =>
        textOf(ann, ...detail, 'Target', name),
      ),
      textOf(ann, ...detail, 'ChangeSource'),
      textOf(bob, ...detail, 'ChangeSource'),
      textOf(bob, ...detail, 'CausingEntity'),
    ],
    ['UserName', 'Always', 'ann', 'anna', 'DirectModification', 'ParameterReference', 'Path'],
  )
})

test('a change set made again is the same one, and another of its name is refused until the first was executed', async (t) => {
  const { done, rest, call } = await setCloudFormationStage(t)
  const make = (name: string, more: object = {}) => ({
    Action: 'CreateChangeSet',
    ...set({ TemplateBody: template({ Ann: user(name) }), ...named, ...more }),
  })
  const first = await done({ ...make('ann'), ChangeSetType: 'CREATE' })
  const same = await done({ ...make('ann'), ChangeSetType: 'CREATE' })
  assert.equal(same.get('Id'), first.get('Id'))
  for (const [request, attribute] of [
    [make('anna'), 'Template'],
    [make('ann', { Tags: [{ Key: 'team', Value: 'red' }] }), 'Tags'],
    [make('ann', { ClientToken: 'one' }), 'ClientToken'],
  ] as const) {
    const refused = await call({ ...request, ChangeSetType: 'CREATE' })
    const words = `ChangeSet one cannot be created due to a mismatch with existing attribute ${attribute}`
    assert.deepEqual([refused.code, refused.message], ['AlreadyExistsException', words])
  }
  await done({ Action: 'ExecuteChangeSet', ...set() })
  await rest('s')
  const next = await done(make('anna'))
  assert.notEqual(next.get('Id'), first.get('Id'))
})

test('IMPORT is refused by name', async (t) => {
  const { call } = await setCloudFormationStage(t)
  const TemplateBody = template({ Ann: user('ann') })
  const refused = await call({ Action: 'CreateChangeSet', ChangeSetType: 'IMPORT', ...set({ TemplateBody, ...named }) })
  assert.equal(refused.code, 'ValidationError')
  assert.match(refused.message ?? '', /IMPORT/)
})
