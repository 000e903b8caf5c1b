import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textOf } from '../../wire/xml.ts'
import { membersOf, named, setCloudFormationStage, template, user } from './stage.test.ts'

const tags = (...pairs: readonly (readonly [string, string])[]) => ({
  Tags: pairs.map(([Key, Value]) => ({ Key, Value })),
})

test("a stack's tags change on the resources that take tags, and only there", async (t) => {
  const { sandbox, done, rest, told } = await setCloudFormationStage(t)
  const ann = () => [...sandbox.cloud.users.values()].find(({ name }) => name === 'ann')?.tags
  const Group = { Type: 'AWS::IAM::Group', Properties: { GroupName: 'team' } }
  const body = { TemplateBody: template({ Ann: user('ann', tags(['own', 'a'])), Group }), ...named }
  await done({ Action: 'CreateStack', StackName: 's', ...body, ...tags(['team', 'blue'], ['stage', 'test']) })
  await rest('s')
  assert.deepEqual(ann(), { team: 'blue', stage: 'test', own: 'a' })
  await done({ Action: 'CreateChangeSet', StackName: 's', ChangeSetName: 'c', ...body, ...tags(['team', 'red']) })
  const set = await done({ Action: 'DescribeChangeSet', StackName: 's', ChangeSetName: 'c' })
  const changes = membersOf(set, 'Changes')
  assert.deepEqual(
    changes.map((one) => [
      textOf(one, 'ResourceChange', 'LogicalResourceId'),
      textOf(one, 'ResourceChange', 'Scope', 'member'),
      textOf(one, 'ResourceChange', 'Details', 'member', 'Target', 'Attribute'),
    ]),
    [['Ann', 'Tags', 'Tags']],
  )
  await done({ Action: 'ExecuteChangeSet', StackName: 's', ChangeSetName: 'c' })
  assert.equal(await rest('s'), 'UPDATE_COMPLETE')
  assert.deepEqual(ann(), { team: 'red', own: 'a' })
  assert.deepEqual(
    (await told('s')).filter((line) => line.includes('Group UPDATE')),
    [],
  )
})

test('an update that fails gives back the tags', async (t) => {
  const { sandbox, done, rest } = await setCloudFormationStage(t)
  const make = (resources: object, team: string) => ({
    StackName: 's',
    TemplateBody: template(resources),
    ...named,
    ...tags(['team', team], [team, 'yes']),
  })
  await done({ Action: 'CreateStack', ...make({ Ann: user('ann') }, 'blue') })
  await rest('s')
  const taken = { ...user('admin'), DependsOn: 'Ann' }
  await done({ Action: 'UpdateStack', ...make({ Ann: user('ann'), Taken: taken }, 'red') })
  assert.equal(await rest('s'), 'UPDATE_ROLLBACK_COMPLETE')
  assert.deepEqual([...sandbox.cloud.users.values()].find(({ name }) => name === 'ann')?.tags, {
    team: 'blue',
    blue: 'yes',
  })
})

test('what is to be retained stays when its making is rolled back, unless the operation says otherwise', async (t) => {
  const { done, rest, iam } = await setCloudFormationStage(t)
  const kept = (name: string) => ({ ...user(name), DeletionPolicy: 'Retain' })
  const failing = (name: string, more: object = {}) => ({
    StackName: 's',
    TemplateBody: template({ Kept: kept(name), Taken: { ...user('admin'), DependsOn: 'Kept' } }),
    ...named,
    ...more,
  })
  const isThere = async (UserName: string) => (await iam({ Action: 'GetUser', UserName })).status === 200
  await done({ Action: 'CreateStack', ...failing('ann') })
  assert.equal(await rest('s'), 'ROLLBACK_COMPLETE')
  assert.ok(await isThere('ann'))
  await done({ Action: 'DeleteStack', StackName: 's' })
  await done({ Action: 'CreateStack', ...failing('bob', { RetainExceptOnCreate: true, StackName: 'again' }) })
  assert.equal(await rest('again'), 'ROLLBACK_COMPLETE')
  assert.ok(!(await isThere('bob')))
  const updated = {
    StackName: 'third',
    TemplateBody: template({ Group: { Type: 'AWS::IAM::Group' } }),
    ...named,
  }
  await done({ Action: 'CreateStack', ...updated })
  await rest('third')
  for (const [name, RetainExceptOnCreate] of [
    ['cat', false],
    ['dan', true],
  ] as const) {
    await done({ Action: 'UpdateStack', ...failing(name, { RetainExceptOnCreate, StackName: 'third' }) })
    assert.equal(await rest('third'), 'UPDATE_ROLLBACK_COMPLETE')
    assert.equal(await isThere(name), !RetainExceptOnCreate, name)
  }
})
