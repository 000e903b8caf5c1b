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
