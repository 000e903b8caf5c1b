import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textOf } from '../../wire/xml.ts'
import { stackOf } from './run.ts'
import { membersOf, named, setCloudFormationStage, template, user } from './stage.test.ts'

test('the secret of a key that a stack hands on is told nowhere', async (t) => {
  const { sandbox, done, rest } = await setCloudFormationStage(t)
  const words = (text: string) => ({
    StackName: 's',
    TemplateBody: template({
      Ann: user('ann'),
      Key: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: { Ref: 'Ann' } } },
      Kept: {
        Type: 'AWS::SecretsManager::Secret',
        Properties: {
          Description: text,
          SecretString: { 'Fn::Join': ['=', ['key', { 'Fn::GetAtt': ['Key', 'SecretAccessKey'] }]] },
        },
      },
    }),
    ...named,
  })
  await done({ Action: 'CreateStack', ...words('one') })
  assert.equal(await rest('s'), 'CREATE_COMPLETE')
  const { attributes } = stackOf({ cloud: sandbox.cloud, stackId: (await stackId()) ?? '' }).resources[1] ?? {}
  const secret = String(attributes?.SecretAccessKey)
  assert.match(secret, /^[\w+/]{40}$/)
  await done({ Action: 'CreateChangeSet', ChangeSetName: 'c', ...words('two') })
  const set = await done({
    Action: 'DescribeChangeSet',
    StackName: 's',
    ChangeSetName: 'c',
    IncludePropertyValues: true,
  })
  await done({ Action: 'ExecuteChangeSet', StackName: 's', ChangeSetName: 'c' })
  await rest('s')
  await done({ Action: 'DeleteStack', StackName: 's' })
  const events = await done({ Action: 'DescribeStackEvents', StackName: (await stackId()) ?? '' })
  for (const { text } of [set, events]) {
    assert.match(text, /key=\*\*\*\*/)
    assert.ok(!text.includes(secret))
  }

  async function stackId(): Promise<string | undefined> {
    const [stack] = membersOf(await done({ Action: 'ListStacks' }), 'StackSummaries')
    return stack && textOf(stack, 'StackId')
  }
})

test('neither the old nor the new value of a parameter with NoEcho is told in a change set or of what is replaced', async (t) => {
  const { sandbox, done, rest } = await setCloudFormationStage(t)
  const parameter = (id: string, name: string) => ({
    [id]: {
      Type: 'AWS::SSM::Parameter',
      Properties: { Name: name, Type: 'String', Value: { 'Fn::Join': [' ', ['is', { Ref: 'Word' }]] } },
    },
  })
  const words = (resources: object, word: string) => ({
    StackName: 's',
    TemplateBody: template(resources, { Parameters: { Word: { Type: 'String', NoEcho: true } } }),
    Parameters: [{ ParameterKey: 'Word', ParameterValue: word }],
    ...named,
  })
  await done({ Action: 'CreateStack', ...words(parameter('One', '/one'), 'first-word') })
  await rest('s')
  // Replaced, and the old one is removed when the update is over.
  const second = words(parameter('One', '/two'), 'second-word')
  await done({ Action: 'CreateChangeSet', ChangeSetName: 'c', ...second })
  const set = await done({
    Action: 'DescribeChangeSet',
    StackName: 's',
    ChangeSetName: 'c',
    IncludePropertyValues: true,
  })
  await done({ Action: 'ExecuteChangeSet', StackName: 's', ChangeSetName: 'c' })
  assert.equal(await rest('s'), 'UPDATE_COMPLETE')
  // Replaced again, and the new one is removed when the update is rolled back; the refusal repeats the word.
  const UserName = { 'Fn::Join': ['', [{ Ref: 'Word' }, 'x'.repeat(64)]] }
  const Taken = { Type: 'AWS::IAM::User', Properties: { UserName }, DependsOn: 'One' }
  await done({ Action: 'UpdateStack', ...words({ ...parameter('One', '/three'), Taken }, 'third-word') })
  assert.equal(await rest('s'), 'UPDATE_ROLLBACK_COMPLETE')
  const events = await done({ Action: 'DescribeStackEvents', StackName: 's' })
  assert.match(events.text, /\*{4}x{64}.* failed to satisfy constraint/)
  for (const { text } of [set, events]) {
    assert.match(text, /is \*\*\*\*/)
    for (const word of ['first-word', 'second-word', 'third-word']) assert.ok(!text.includes(word), word)
  }
  const trail = JSON.stringify([...sandbox.cloud.calls.values()].filter(({ service }) => service === 'cloudformation'))
  assert.match(trail, /"parameters":\[\{"parameterKey":"Word"\}\]/)
  assert.ok(!/-word/.test(trail))
})
