import assert from 'node:assert/strict'
import { test } from 'node:test'
import { App, Duration, Stack } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { User } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { findings } from '../test/findings.ts'
import { AccessKeyRotation, type AccessKeyRotationProps } from './access-key-rotation.ts'
import { Refusal } from './refusal.ts'

function rotation(props: Partial<AccessKeyRotationProps> = {}): Template {
  const stack = new Stack(new App(), 'Stack')
  const user = new User(stack, 'User', { userName: 'backup' })
  new AccessKeyRotation(stack, 'Rotation', { user, ...props })
  return Template.fromStack(stack)
}

test('a secret is rotated by the function every thirty days, beginning at once', () => {
  const template = rotation()
  template.hasResource('AWS::SecretsManager::RotationSchedule', {
    Properties: { RotationRules: { AutomaticallyAfterDays: 30 }, RotateImmediatelyOnUpdate: true },
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^RotationRotationPermission')]),
  })
  template.hasResourceProperties('AWS::Lambda::Function', {
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    Environment: { Variables: { SOAK_SECONDS: '86400', SECRET_ARN: { Ref: Match.anyValue() } } },
  })
})

test('no key is in the template: the first turn makes it', () => {
  const template = rotation()
  template.resourceCountIs('AWS::IAM::AccessKey', 0)
  const [secret] = Object.values(template.findResources('AWS::SecretsManager::Secret'))
  assert.match(JSON.stringify(secret?.Properties.SecretString), /user_name/)
  assert.doesNotMatch(JSON.stringify(secret?.Properties.SecretString), /access_key/)
})

test('the function may change the keys of that user, in that secret, and nothing else but write its log', () => {
  const [role] = Object.values(rotation().findResources('AWS::IAM::Role'))
  const statements = role?.Properties.Policies[0].PolicyDocument.Statement as readonly {
    Action: readonly string[]
    Resource: object
  }[]
  assert.equal(role?.Properties.ManagedPolicyArns, undefined)
  const reach = statements.map(({ Action, Resource }) => [
    Action.map((one) => one.split(':')[0])[0],
    JSON.stringify(Resource),
  ])
  assert.deepEqual(
    reach.map(([service]) => service),
    ['secretsmanager', 'iam', 'logs'],
  )
  for (const [, resource] of reach)
    assert.match(resource ?? '', /^\{"(?:Ref|Fn::GetAtt)":\[?"(?:RotationSecret|User|RotationLog)\w+"/)
  assert.deepEqual(statements[1]?.Action, [
    ...['iam:ListAccessKeys', 'iam:CreateAccessKey', 'iam:UpdateAccessKey', 'iam:DeleteAccessKey'],
    'iam:GetAccessKeyLastUsed',
  ])
})

test('only Secrets Manager of this account and the daily rule may invoke the function', () => {
  const template = rotation()
  template.resourceCountIs('AWS::Lambda::Permission', 2)
  template.hasResourceProperties('AWS::Lambda::Permission', {
    Principal: 'secretsmanager.amazonaws.com',
    SourceAccount: { Ref: 'AWS::AccountId' },
  })
  template.hasResourceProperties('AWS::Lambda::Permission', {
    Principal: 'events.amazonaws.com',
    SourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^RotationDaily'), 'Arn'] },
  })
})

test('a key past its age is an alarm, and so is silence', () => {
  const template = rotation({ every: Duration.days(10) })
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'Mayfly/AccessKeys',
    MetricName: 'AgeInDays',
    Dimensions: [{ Name: 'UserName', Value: { Ref: Match.stringLikeRegexp('^User') } }],
    Threshold: 17,
    Statistic: 'Maximum',
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'breaching',
  })
  template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 day)' })
})

test('with a key of yours the function may use it, for this secret', () => {
  const stack = new Stack(new App(), 'Stack')
  const user = User.fromUserName(stack, 'User', 'backup')
  new AccessKeyRotation(stack, 'Rotation', { user, encryptionKey: new Key(stack, 'Key') })
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['kms:Decrypt']) })]) },
  })
})

test('times that contradict each other are refused with the reason, and the nearest good ones are not', () => {
  const refused: readonly (readonly [Partial<AccessKeyRotationProps>, RegExp, Partial<AccessKeyRotationProps>])[] = [
    [{ every: Duration.hours(36) }, /every is 1.5 days; it must be whole days/, { every: Duration.hours(48) }],
    [{ every: Duration.days(1001) }, /Secrets Manager takes 1 to 1000/, { every: Duration.days(1000) }],
    [{ soak: Duration.minutes(59) }, /soak is 3540 seconds: IAM learns/, { soak: Duration.hours(1) }],
    [
      { every: Duration.days(1), soak: Duration.days(1) },
      /soak is not shorter than every/,
      { every: Duration.days(2), soak: Duration.days(1) },
    ],
    [{ alarmAfter: Duration.days(30) }, /every key would raise the alarm/, { alarmAfter: Duration.days(31) }],
  ]
  for (const [unsafe, reason, safe] of refused) {
    assert.throws(
      () => rotation(unsafe),
      (error) => error instanceof Refusal && reason.test(error.message),
    )
    assert.doesNotThrow(() => rotation(safe))
  }
})

test('cdk-nag finds nothing', () => {
  const found = findings((stack) => {
    new AccessKeyRotation(stack, 'Rotation', { user: User.fromUserName(stack, 'User', 'backup') })
  })
  assert.deepEqual(found, [])
})
