import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deniedBy, readStackPolicy, type UpdateAction } from './stack-policy.ts'
import { setCloudFormationStage, template } from './stage.test.ts'

const all = { Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' }
const denies = (more: object) => ({ Effect: 'Deny', Principal: '*', Action: 'Update:*', Resource: '*', ...more })
const policy = (...Statement: readonly object[]): string => JSON.stringify({ Statement })

const parameter = (name: string, value: string, more: object = {}) => ({
  Type: 'AWS::SSM::Parameter',
  Properties: { Name: name, Type: 'String', Value: value },
  ...more,
})

async function protectedStack(t: Parameters<typeof setCloudFormationStage>[0], text: string) {
  const stage = await setCloudFormationStage(t)
  const { done, rest, told } = stage
  const made = { Kept: parameter('/kept', '1'), Free: parameter('/free', '1') }
  await done({ Action: 'CreateStack', StackName: 's', TemplateBody: template(made), StackPolicyBody: text })
  assert.equal(await rest('s'), 'CREATE_COMPLETE')
  const update = async (resources: object, more: Readonly<Record<string, string>> = {}) => {
    await done({ Action: 'UpdateStack', StackName: 's', TemplateBody: template(resources), ...more })
    return rest('s')
  }
  const failure = async () => (await told('s')).findLast((line) => line.includes('UPDATE_FAILED'))
  return { ...stage, made, update, failure }
}

test('what the policy of a stack denies fails the update, which rolls back and says which statement it was', async (t) => {
  const { made, update, failure, done, rest } = await protectedStack(
    t,
    policy(denies({ Action: ['Update:Replace', 'Update:Delete'], Resource: 'LogicalResourceId/Kept' }), all),
  )
  assert.equal(await update({ ...made, Kept: parameter('/kept', '2') }), 'UPDATE_COMPLETE')
  assert.equal(await update({ ...made, Kept: parameter('/other', '2') }), 'UPDATE_ROLLBACK_COMPLETE')
  const told = (action: string) =>
    `Kept UPDATE_FAILED Action denied by stack policy: Statement [#1] does not allow [${action}] for resource [LogicalResourceId/Kept];`
  assert.equal(await failure(), told('Update:Replace'))
  const { Kept: _, ...rest1 } = made
  assert.equal(await update(rest1), 'UPDATE_ROLLBACK_COMPLETE')
  assert.equal(await failure(), told('Update:Delete'))
  const { Free: __, ...rest2 } = made
  assert.equal(await update({ ...rest2, Kept: parameter('/kept', '2') }), 'UPDATE_COMPLETE')
  // A change set is held to it, too.
  const changed = template({ Kept: parameter('/other', '2') })
  await done({ Action: 'CreateChangeSet', StackName: 's', ChangeSetName: 'c', TemplateBody: changed })
  await done({ Action: 'ExecuteChangeSet', StackName: 's', ChangeSetName: 'c' })
  assert.equal(await rest('s'), 'UPDATE_ROLLBACK_COMPLETE')
})

test('a policy for one update counts instead of the one of the stack, and only then', async (t) => {
  const { made, update } = await protectedStack(t, policy(denies({})))
  const changed = { ...made, Kept: parameter('/kept', '2') }
  assert.equal(await update(changed, { StackPolicyDuringUpdateBody: policy(all) }), 'UPDATE_COMPLETE')
  assert.equal(await update(made), 'UPDATE_ROLLBACK_COMPLETE')
})

test('what is no policy is refused, also when it names what the template does not have', async (t) => {
  const { call, done } = await protectedStack(t, policy(all))
  const set = (StackPolicyBody: string) => call({ Action: 'SetStackPolicy', StackName: 's', StackPolicyBody })
  for (const text of ['nope', '{}', policy({ ...all, Effect: 'Perhaps' }), policy({ ...all, Action: 'Update:Touch' })])
    assert.equal((await set(text)).message, 'Error validating stack policy: Invalid stack policy')
  assert.match(
    (await set(policy(denies({ Resource: 'LogicalResourceId/Nobody' })))).message ?? '',
    /^Error validating stack policy: Unknown logical id 'Nobody' in statement \{\} - stack policies can only be applied/,
  )
  const taken = policy(denies({ Resource: 'LogicalResourceId/Kept' }), all)
  assert.equal((await set(taken)).status, 200)
  assert.equal((await done({ Action: 'GetStackPolicy', StackName: 's' })).get('StackPolicyBody'), taken)
})

test('statements are about actions, resources and types, and what none allows is denied', () => {
  const asked = (text: string, action: UpdateAction, logicalId = 'Kept', type = 'AWS::IAM::User') =>
    deniedBy(readStackPolicy(text), action, { logicalId, type })
  const users = { StringEquals: { ResourceType: ['AWS::IAM::User'] } }
  assert.equal(asked(policy(all), 'Update:Delete'), undefined)
  assert.match(asked(policy(denies({ Condition: users }), all), 'Update:Modify') ?? '', /Statement \[#1\]/)
  assert.equal(asked(policy(denies({ Condition: users }), all), 'Update:Modify', 'Kept', 'AWS::IAM::Role'), undefined)
  const like = { StringLike: { ResourceType: 'AWS::IAM::*' } }
  assert.match(asked(policy(all, denies({ Condition: like })), 'Update:Modify') ?? '', /Statement \[#2\]/)
  const { Action: _, ...deny } = denies({ NotAction: 'Update:Modify' })
  assert.equal(asked(policy(deny, all), 'Update:Modify'), undefined)
  assert.match(asked(policy(deny, all), 'Update:Replace') ?? '', /does not allow \[Update:Replace\]/)
  assert.match(
    asked(policy({ ...all, Resource: 'LogicalResourceId/Other*' }), 'Update:Modify') ?? '',
    /^Action denied by stack policy: No statement allows \[Update:Modify\] for resource \[LogicalResourceId\/Kept\]$/,
  )
})
