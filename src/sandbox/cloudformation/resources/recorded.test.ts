import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { account, otherAccount } from '../../stage.test.ts'
import type { Properties } from '../resource-type.ts'
import { recordedTypes } from './recorded.ts'
import { existing, refusedWith, resourceStage, typeOf } from './stage.test.ts'

const arn = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:${account}:${resource}`
const topic = arn('sns', 'news')
const key = arn('kms', 'key/1')

/** A stage whose `nobody` has a policy, which can be another one at any time. */
async function stage(t: TestContext) {
  const on = await resourceStage(t)
  const may = (action: string, ...resources: string[]) =>
    on.iam('PutUserPolicy', {
      ...{ UserName: 'nobody', PolicyName: 'may' },
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: action, Resource: resources }],
      }),
    })
  return { ...on, may, poor: on.without(on.nobody) }
}

/** One of each type, by type: what it is made from. */
const examples: Readonly<Record<string, Properties>> = {
  'AWS::KMS::Key': { KeyPolicy: {} },
  'AWS::KMS::Alias': { AliasName: 'alias/mine', TargetKeyId: key },
  'AWS::ECR::Repository': { RepositoryName: 'team/images' },
  'AWS::CloudWatch::Alarm': { AlarmName: 'loud', ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1 },
  'AWS::Logs::LogGroup': { LogGroupName: '/app/log', RetentionInDays: 7 },
  'AWS::Events::Rule': { Name: 'daily', ScheduleExpression: 'rate(1 day)', Targets: [] },
  'AWS::SNS::Topic': { TopicName: 'news' },
  'AWS::SNS::Subscription': { TopicArn: topic, Protocol: 'email', Endpoint: 'ann@example.com' },
  'AWS::SNS::TopicPolicy': { PolicyDocument: {}, Topics: [topic] },
}

test('every type is made, changed and removed, by who may and nobody else, with no property it does not know', async (t) => {
  const { at, poor } = await stage(t)
  assert.deepEqual(Object.keys(examples), Object.keys(recordedTypes))
  for (const [name, properties] of Object.entries(examples)) {
    const type = typeOf(name)
    await refusedWith(type.create(properties, poor), 'AccessDenied', /is not authorized to perform/)
    await refusedWith(type.create({ ...properties, Colour: 1 }, at), 'ValidationError', /unsupported property Colour/)
    const made = await type.create(properties, at)
    const one = existing(made, properties)
    await refusedWith(type.update(properties, one, poor), 'AccessDenied')
    assert.deepEqual(await type.update(properties, one, at), made)
    await refusedWith(type.remove(one, poor), 'AccessDenied')
    await type.remove(one, at)
    await type.remove(one, at)
  }
})

test('a second one of the same name is refused, and not once the first is gone', async (t) => {
  const { at } = await stage(t)
  const codes = {
    'AWS::KMS::Alias': 'AlreadyExistsException',
    'AWS::ECR::Repository': 'RepositoryAlreadyExistsException',
    'AWS::CloudWatch::Alarm': 'AlreadyExistsException',
    'AWS::Logs::LogGroup': 'ResourceAlreadyExistsException',
    'AWS::Events::Rule': 'AlreadyExistsException',
    'AWS::SNS::Topic': 'AlreadyExistsException',
  }
  for (const [name, code] of Object.entries(codes)) {
    const [type, properties = {}] = [typeOf(name), examples[name]]
    const one = existing(await type.create(properties, at), properties)
    await refusedWith(type.create(properties, { ...at, stackId: 'another' }), code, /already exists/)
    await type.create(properties, { ...at, region: 'eu-west-1' })
    await type.remove(one, { ...at, stackId: 'another' })
    await refusedWith(type.create(properties, at), code)
    await type.remove(one, at)
    await type.create(properties, at)
  }
})

test('what must be allowed is asked of the right resource', async (t) => {
  const { poor, may } = await stage(t)
  const check = async (name: string, action: string, needed: readonly string[], wrong: readonly string[]) => {
    const [type, properties = {}] = [typeOf(name), examples[name]]
    await may(action, ...wrong)
    await refusedWith(type.create(properties, poor), 'AccessDenied', new RegExp(action.replace('*', '')))
    await may(action, ...needed)
    await type.create(properties, poor)
  }
  await check('AWS::SNS::Subscription', 'sns:Subscribe', [topic], [`${topic}:*`])
  await check('AWS::KMS::Alias', 'kms:CreateAlias', [key, arn('kms', 'alias/mine')], [arn('kms', 'alias/mine')])
  await check('AWS::KMS::Key', 'kms:CreateKey', ['*'], [arn('kms', 'key/*')])
  await check('AWS::Logs::LogGroup', 'logs:*', [arn('logs', 'log-group:/app/*')], [arn('logs', 'log-group:/other/*')])
  await check('AWS::Events::Rule', 'events:*', [arn('events', 'rule/daily')], [arn('events', 'rule/weekly')])
  await check('AWS::SNS::TopicPolicy', 'sns:SetTopicAttributes', [topic], [arn('sns', 'other')])
})

test('nothing of another account is to be had, be it an administrator who asks', async (t) => {
  const { at } = await stage(t)
  const theirs = { TopicArn: topic.replace(account, otherAccount), Protocol: 'email' }
  await refusedWith(typeOf('AWS::SNS::Subscription').create(theirs, at), 'AccessDenied')
  const alias = { AliasName: 'alias/mine', TargetKeyId: key.replace(account, otherAccount) }
  await refusedWith(typeOf('AWS::KMS::Alias').create(alias, at), 'AccessDenied')
  await typeOf('AWS::KMS::Alias').create({ ...alias, TargetKeyId: key }, at)
})

test('a creation of which a part is refused leaves nothing', async (t) => {
  const { at, poor, may } = await stage(t)
  const [type, properties = {}] = [typeOf('AWS::Logs::LogGroup'), examples['AWS::Logs::LogGroup']]
  await may('logs:CreateLogGroup', '*')
  await refusedWith(type.create(properties, poor), 'AccessDenied', /logs:PutRetentionPolicy/)
  await type.create(properties, at)
})

test('names and ARNs are as each service has them', async (t) => {
  const { at } = await stage(t)
  const make = (name: string, properties: Properties) => typeOf(name).create(properties, at)
  const { TopicArn } = (await make('AWS::SNS::Topic', { FifoTopic: true })).attributes
  assert.match(String(TopicArn), /\.fifo$/)
  await refusedWith(make('AWS::SNS::Topic', { TopicName: 'news', FifoTopic: true }), 'ValidationError', /TopicName/)
  await refusedWith(make('AWS::SNS::Topic', { TopicName: 'news.fifo' }), 'ValidationError')
  await make('AWS::SNS::Topic', { TopicName: 'news.fifo', FifoTopic: true })

  const rule = await make('AWS::Events::Rule', { Name: 'daily', EventBusName: 'orders', ScheduleExpression: 'x' })
  assert.deepEqual(rule, {
    id: 'orders|daily',
    attributes: { Arn: arn('events', 'rule/orders/daily'), RuleName: 'daily' },
  })
  const usual = { Name: 'daily', EventBusName: arn('events', 'event-bus/default') }
  assert.equal((await make('AWS::Events::Rule', usual)).attributes.Arn, arn('events', 'rule/daily'))

  await refusedWith(make('AWS::ECR::Repository', { RepositoryName: 'Team' }), 'ValidationError')
  const { RepositoryUri } = (await make('AWS::ECR::Repository', { RepositoryName: 'team' })).attributes
  assert.equal(RepositoryUri, `${account}.dkr.ecr.us-east-1.amazonaws.com/team`)
  await refusedWith(make('AWS::KMS::Alias', { AliasName: 'alias/aws/s3', TargetKeyId: key }), 'ValidationError')
  const { Arn } = (await make('AWS::Logs::LogGroup', { LogGroupName: '/a' })).attributes
  assert.equal(Arn, arn('logs', 'log-group:/a:*'))
})

test('the trail tells of them as of calls of their services', async (t) => {
  const { at, cloud } = await stage(t)
  await typeOf('AWS::ECR::Repository').create({ RepositoryName: 'a1' }, at)
  const told = [...cloud.calls.values()].find(({ operation }) => operation === 'CreateRepository')
  assert.equal(told?.detail.eventSource, 'ecr.amazonaws.com')
})
