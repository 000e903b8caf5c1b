import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textOf } from '../../wire/xml.ts'
import { addUser, allow } from '../stage.test.ts'
import { membersOf, named, setCloudFormationStage, template, user } from './stage.test.ts'

const group = (name: string) => ({ Type: 'AWS::IAM::Group', Properties: { GroupName: name } })

test('a stack makes its resources in their order, tells of each step, and gives its outputs', async (t) => {
  const { done, rest, told, iam } = await setCloudFormationStage(t)
  const body = template(
    { Ann: user('ann', { Groups: [{ Ref: 'Team' }] }), Team: group('team') },
    {
      Outputs: {
        Arn: {
          Value: { 'Fn::GetAtt': ['Ann', 'Arn'] },
          Export: { Name: { 'Fn::Join': ['-', [{ Ref: 'AWS::StackName' }, 'arn']] } },
        },
      },
    },
  )
  await done({ Action: 'CreateStack', StackName: 'people', TemplateBody: body, ...named })
  assert.equal(await rest('people'), 'CREATE_COMPLETE')
  assert.deepEqual(await told('people'), [
    'people CREATE_IN_PROGRESS User Initiated',
    'Team CREATE_IN_PROGRESS',
    'Team CREATE_IN_PROGRESS Resource creation Initiated',
    'Team CREATE_COMPLETE',
    'Ann CREATE_IN_PROGRESS',
    'Ann CREATE_IN_PROGRESS Resource creation Initiated',
    'Ann CREATE_COMPLETE',
    'people CREATE_COMPLETE',
  ])
  assert.equal((await iam({ Action: 'GetUser', UserName: 'ann' })).status, 200)
  const stack = await done({ Action: 'DescribeStacks', StackName: 'people' })
  assert.match(stack.get('Stacks', 'member', 'Outputs', 'member', 'OutputValue') ?? '', /:user\/ann$/)
  const [exported] = membersOf(await done({ Action: 'ListExports' }), 'Exports')
  assert.equal(exported && textOf(exported, 'Name'), 'people-arn')
})

test('a resource that is refused takes the stack back, with the reason of who refused', async (t) => {
  const { done, rest, told, iam, call } = await setCloudFormationStage(t)
  await iam({ Action: 'CreateUser', UserName: 'bob' })
  const body = template({ Ann: user('ann'), Bob: { ...user('bob'), DependsOn: 'Ann' } })
  await done({ Action: 'CreateStack', StackName: 'people', TemplateBody: body, ...named })
  assert.equal(await rest('people'), 'ROLLBACK_COMPLETE')
  const lines = await told('people')
  const failure = lines.find((line) => line.startsWith('Bob CREATE_FAILED')) ?? ''
  assert.match(
    failure,
    /Resource handler returned message: "User with name bob already exists\. \(Service: Iam, Status Code: 409, Request ID: [\w-]+\) \(SDK Attempt Count: 1\)" \(RequestToken: [\w-]+, HandlerErrorCode: AlreadyExists\)$/,
  )
  const back = 'The following resource(s) failed to create: [Bob]. Rollback requested by user.'
  assert.ok(lines.includes(`people ROLLBACK_IN_PROGRESS ${back}`), lines.join('\n'))
  assert.equal((await iam({ Action: 'GetUser', UserName: 'ann' })).code, 'NoSuchEntity')
  assert.equal((await iam({ Action: 'GetUser', UserName: 'bob' })).status, 200)
  const again = await call({ Action: 'UpdateStack', StackName: 'people', TemplateBody: body, ...named })
  assert.match(again.message ?? '', /^Stack:arn:\S+ is in ROLLBACK_COMPLETE state and can not be updated\.$/)
})

test('a type the sandbox does not have fails the stack with its name', async (t) => {
  const { done, rest, told, call } = await setCloudFormationStage(t)
  await done({ Action: 'CreateStack', StackName: 'queue', TemplateBody: template({ Q: { Type: 'AWS::SQS::Queue' } }) })
  assert.equal(await rest('queue'), 'ROLLBACK_COMPLETE')
  assert.ok((await told('queue')).some((line) => /^Q CREATE_FAILED .*AWS::SQS::Queue/.test(line)))
  const odd = await call({
    Action: 'CreateStack',
    StackName: 'odd',
    TemplateBody: template({ Q: { Type: 'No::Such' } }),
  })
  assert.equal(odd.message, 'Template format error: Unrecognized resource types: [No::Such]')
})

test('IAM resources are made only for who said to expect them', async (t) => {
  const { call, done, rest } = await setCloudFormationStage(t)
  const body = template({ Ann: user('ann') })
  const refused = await call({
    Action: 'CreateStack',
    StackName: 'a',
    TemplateBody: body,
    Capabilities: ['CAPABILITY_IAM'],
  })
  assert.equal(refused.code, 'InsufficientCapabilitiesException')
  assert.equal(refused.message, 'Requires capabilities : [CAPABILITY_NAMED_IAM]')
  await done({ Action: 'CreateStack', StackName: 'a', TemplateBody: body, ...named })
  assert.equal(await rest('a'), 'CREATE_COMPLETE')
  const twice = await call({ Action: 'CreateStack', StackName: 'a', TemplateBody: body, ...named })
  assert.equal(twice.code, 'AlreadyExistsException')
})

test('an update changes, replaces and removes, and one that changes nothing is refused', async (t) => {
  const { done, rest, told, iam, call } = await setCloudFormationStage(t)
  const make = (resources: object) => ({ StackName: 's', TemplateBody: template(resources), ...named })
  await done({ Action: 'CreateStack', ...make({ Ann: user('ann'), Old: group('old'), Bob: user('bob') }) })
  await rest('s')
  const none = await call({ Action: 'UpdateStack', ...make({ Ann: user('ann'), Old: group('old'), Bob: user('bob') }) })
  assert.deepEqual([none.code, none.message], ['ValidationError', 'No updates are to be performed.'])
  const next = { Ann: user('anna'), Bob: user('bob', { Path: '/team/' }) }
  await done({ Action: 'UpdateStack', ...make(next) })
  assert.equal(await rest('s'), 'UPDATE_COMPLETE')
  const lines = await told('s')
  const cleanup = lines.indexOf('s UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')
  assert.ok(cleanup > 0 && lines.indexOf('Ann DELETE_COMPLETE') > cleanup, lines.join('\n'))
  assert.ok(lines.indexOf('Old DELETE_COMPLETE') > cleanup)
  assert.equal((await iam({ Action: 'GetUser', UserName: 'ann' })).code, 'NoSuchEntity')
  assert.equal((await iam({ Action: 'GetUser', UserName: 'anna' })).status, 200)
  assert.equal((await iam({ Action: 'GetGroup', GroupName: 'old' })).code, 'NoSuchEntity')
})

test('an update that fails returns the stack to what it was', async (t) => {
  const { done, rest, told, iam } = await setCloudFormationStage(t)
  await iam({ Action: 'CreateUser', UserName: 'taken' })
  const make = (resources: object) => ({ StackName: 's', TemplateBody: template(resources), ...named })
  await done({ Action: 'CreateStack', ...make({ Ann: user('ann'), Old: group('old') }) })
  await rest('s')
  const next = { Ann: user('anna'), New: group('new'), Bad: { ...user('taken'), DependsOn: ['Ann', 'New'] } }
  await done({ Action: 'UpdateStack', ...make(next) })
  assert.equal(await rest('s'), 'UPDATE_ROLLBACK_COMPLETE')
  for (const [name, status] of [
    ['ann', 200],
    ['anna', 404],
  ] as const)
    assert.equal((await iam({ Action: 'GetUser', UserName: name })).status, status, name)
  for (const [name, status] of [
    ['old', 200],
    ['new', 404],
  ] as const)
    assert.equal((await iam({ Action: 'GetGroup', GroupName: name })).status, status, name)
  const why = 'The following resource(s) failed to create: [Bad].'
  assert.ok((await told('s')).includes(`s UPDATE_ROLLBACK_IN_PROGRESS ${why}`))
  await done({ Action: 'DeleteStack', StackName: 's' })
})

test('a stack that goes leaves what it is to retain, and is still found by its id', async (t) => {
  const { done, call, iam, rest } = await setCloudFormationStage(t)
  const body = template({ Ann: user('ann'), Bob: { ...user('bob'), DeletionPolicy: 'Retain' } })
  const made = await done({ Action: 'CreateStack', StackName: 's', TemplateBody: body, ...named })
  const id = made.get('StackId') ?? ''
  await rest('s')
  await done({ Action: 'UpdateTerminationProtection', StackName: 's', EnableTerminationProtection: true })
  const kept = await call({ Action: 'DeleteStack', StackName: 's' })
  assert.match(kept.message ?? '', /^Stack \[s\] cannot be deleted while TerminationProtection is enabled/)
  await done({ Action: 'UpdateTerminationProtection', StackName: 's', EnableTerminationProtection: false })
  await done({ Action: 'DeleteStack', StackName: 's' })
  assert.equal(await rest(id), 'DELETE_COMPLETE')
  const gone = await call({ Action: 'DescribeStacks', StackName: 's' })
  assert.deepEqual([gone.status, gone.code, gone.message], [400, 'ValidationError', 'Stack with id s does not exist'])
  assert.equal((await iam({ Action: 'GetUser', UserName: 'ann' })).status, 404)
  assert.equal((await iam({ Action: 'GetUser', UserName: 'bob' })).status, 200)
})

test('a stack may do no more than who asks for it, and a role only what it was passed for', async (t) => {
  const set = await setCloudFormationStage(t)
  const body = template({ Ann: user('ann') })
  const bob = addUser(set, 'bob', allow('cloudformation:*', '*'))
  await set.done({ Action: 'CreateStack', StackName: 's', TemplateBody: body, ...named }, bob)
  assert.equal(await set.rest('s'), 'ROLLBACK_COMPLETE')
  assert.ok(
    (await set.told('s')).some((line) =>
      /^Ann CREATE_FAILED .*user\/bob is not authorized to perform: iam:CreateUser .*AccessDenied\)$/.test(line),
    ),
  )
  const RoleARN = 'arn:aws:iam::111122223333:role/maker'
  const passed = await set.call({ Action: 'CreateStack', StackName: 'r', TemplateBody: body, RoleARN, ...named }, bob)
  assert.match(passed.message ?? '', /not authorized to perform: iam:PassRole on resource: .*role\/maker/)
  const untrusted = await set.call({ Action: 'CreateStack', StackName: 'r', TemplateBody: body, RoleARN, ...named })
  assert.equal(untrusted.message, `Role ${RoleARN} is invalid or cannot be assumed`)
})

test('what CloudFormation itself refuses is told in its own words, and what a service refuses as that of the service', async (t) => {
  const { done, rest, told } = await setCloudFormationStage(t)
  const failing = async (name: string, resources: object, more: object = {}) => {
    await done({ Action: 'CreateStack', StackName: name, TemplateBody: template(resources, more), ...named })
    assert.equal(await rest(name), 'ROLLBACK_COMPLETE')
    return told(name)
  }
  const unknown = await failing('unknown', { Ann: user('ann', { Colour: 'red' }) })
  assert.ok(unknown.includes('Ann CREATE_FAILED Encountered unsupported property Colour'))
  const taken = await failing('taken', { Admin: user('admin') })
  assert.ok(
    taken.some((line) =>
      /^Admin CREATE_FAILED Resource handler returned message: ".* \(Service: Iam, Status Code: 409, /.test(line),
    ),
  )
  const output = await failing(
    'output',
    { Ann: user('ann') },
    { Outputs: { O: { Value: { 'Fn::GetAtt': ['Ann', 'No'] } } } },
  )
  const why = 'Requested attribute No does not exist in schema for AWS::IAM::User. Rollback requested by user.'
  assert.ok(output.includes(`output ROLLBACK_IN_PROGRESS ${why}`))
})

test('a stack that is stuck in its deletion goes by force, and what cannot be removed stays', async (t) => {
  const { sandbox, call, done, rest, iam } = await setCloudFormationStage(t)
  await done({ Action: 'CreateStack', StackName: 's', TemplateBody: template({ Ann: user('ann') }), ...named })
  await rest('s')
  await iam({ Action: 'CreateAccessKey', UserName: 'ann' })
  const force = { Action: 'DeleteStack', StackName: 's', DeletionMode: 'FORCE_DELETE_STACK' }
  assert.match((await call(force)).message ?? '', /only for stacks in DELETE_FAILED state\.$/)
  await done({ Action: 'DeleteStack', StackName: 's' })
  assert.equal(await rest('s'), 'DELETE_FAILED')
  await done(force)
  const gone = await call({ Action: 'DescribeStacks', StackName: 's' })
  assert.equal(gone.message, 'Stack with id s does not exist')
  assert.ok([...sandbox.cloud.users.values()].some(({ name }) => name === 'ann'))
  const update = { Action: 'UpdateStack', StackName: 's', TemplateBody: template({ Ann: user('ann') }), ...named }
  assert.equal((await call(update)).message, 'Stack [s] does not exist')
})

test('a name that is no type of a resource is refused, also where a template is only validated', async (t) => {
  const { call } = await setCloudFormationStage(t)
  const TemplateBody = template({ Thing: { Type: 'Thing' } })
  for (const asked of [{ Action: 'ValidateTemplate' }, { Action: 'CreateStack', StackName: 's' }])
    assert.equal(
      (await call({ ...asked, TemplateBody })).message,
      'Template format error: Unrecognized resource types: [Thing]',
    )
  const known = template({ Site: { Type: 'AWS::Amplify::App' } })
  assert.equal((await call({ Action: 'ValidateTemplate', TemplateBody: known })).status, 200)
})
