import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CfnParameter, Duration, Stack } from 'aws-cdk-lib'
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions'
import { AnyPrincipal, ArnPrincipal, ManagedPolicy } from 'aws-cdk-lib/aws-iam'
import { findings } from '../test/findings.ts'
import { MfaGatedUser, type MfaGatedUserProps } from './mfa-gated-user.ts'

const given = (props: Partial<MfaGatedUserProps> = {}, stack = new Stack()): MfaGatedUser =>
  new MfaGatedUser(stack, 'User', { userName: 'ann', ...props })
const templateOf = (props: Partial<MfaGatedUserProps> = {}): Template => {
  const stack = new Stack()
  given(props, stack)
  return Template.fromStack(stack)
}
const named = (name: string) => ManagedPolicy.fromAwsManagedPolicyName(name)

test('the rights and the gate hang on one group, and the user is in it', () => {
  const template = templateOf({ managedPolicies: [named('AmazonS3FullAccess')] })
  const [group = ''] = Object.keys(template.findResources('AWS::IAM::Group'))
  template.hasResourceProperties('AWS::IAM::User', { UserName: 'ann', Groups: [{ Ref: group }] })
  template.hasResourceProperties('AWS::IAM::Group', {
    ManagedPolicyArns: [
      Match.objectLike({ 'Fn::Join': ['', Match.arrayWith([':iam::aws:policy/AmazonS3FullAccess'])] }),
    ],
  })
  template.hasResourceProperties('AWS::IAM::Policy', {
    Groups: [{ Ref: group }],
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Deny',
          Resource: '*',
          Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
        }),
      ]),
    },
  })
})

test('no key is made before the gate stands', () => {
  const template = templateOf()
  const [gate = ''] = Object.keys(template.findResources('AWS::IAM::Policy'))
  template.hasResource('AWS::IAM::AccessKey', { DependsOn: [gate] })
})

test('the key goes into a secret, and the template has a reference to it and nothing more', () => {
  const template = templateOf()
  const [key = ''] = Object.keys(template.findResources('AWS::IAM::AccessKey'))
  template.hasResourceProperties('AWS::SecretsManager::Secret', {
    SecretString: {
      'Fn::Join': [
        '',
        [
          '{"aws_access_key_id":"',
          { Ref: key },
          '","aws_secret_access_key":"',
          { 'Fn::GetAtt': [key, 'SecretAccessKey'] },
          '"}',
        ],
      ],
    },
  })
  assert.deepEqual(template.findOutputs('*'), {})
})

test('the key is in the outputs only when asked for', () => {
  const template = templateOf({ keyDelivery: 'outputs' })
  template.resourceCountIs('AWS::SecretsManager::Secret', 0)
  template.hasOutput('*', { Value: { 'Fn::GetAtt': [Match.anyValue(), 'SecretAccessKey'] } })
})

test('no key is made where none is wanted', () => {
  const template = templateOf({ keyDelivery: 'none' })
  template.resourceCountIs('AWS::IAM::AccessKey', 0)
  template.resourceCountIs('AWS::SecretsManager::Secret', 0)
})

test('readers are let in by the secret, and nobody in the world is', () => {
  const reader = 'arn:aws:iam::111122223333:role/onboarding'
  templateOf({ keyReaders: [new ArnPrincipal(reader)] }).hasResourceProperties('AWS::SecretsManager::ResourcePolicy', {
    ResourcePolicy: {
      Statement: [
        Match.objectLike({ Action: Match.arrayWith(['secretsmanager:GetSecretValue']), Principal: { AWS: reader } }),
      ],
    },
  })
  assert.throws(() => given({ keyReaders: [new AnyPrincipal()] }), /a principal with \* lets in people/)
  assert.throws(() => given({ keyDelivery: 'outputs', keyReaders: [new ArnPrincipal(reader)] }), /there is none/)
})

test('a key past its age is denied everything, by the calendar', () => {
  templateOf({ keyIssued: '2026-11-21', maximumKeyAge: Duration.days(90) }).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Deny',
          Action: '*',
          Condition: { DateGreaterThan: { 'aws:CurrentTime': '2027-02-19T00:00:00Z' } },
        }),
      ]),
    },
  })
  assert.throws(
    () => given({ maximumKeyAge: Duration.days(90) }),
    /maximumKeyAge needs keyIssued: AWS has no condition/,
  )
  assert.throws(
    () => given({ keyIssued: '2026-11-21', maximumKeyAge: Duration.days(400) }),
    /it may be 86400 to 31536000/,
  )
})

test('another day makes another key, and a day that is none is refused', () => {
  templateOf({ keyIssued: '2026-11-21' }).hasResourceProperties('AWS::IAM::AccessKey', { Serial: 20261121 })
  for (const keyIssued of ['21.11.2026', '2026-02-30', '2026-13-01', ''])
    assert.throws(() => given({ keyIssued }), /it is a day such as/, keyIssued)
  assert.throws(() => given({ keyIssued: '2026-11-21', keyDelivery: 'none' }), /there is none/)
})

test('boundary, path and tags reach the user', () => {
  const boundary = 'arn:aws:iam::111122223333:policy/boundary'
  const stack = new Stack()
  given(
    {
      path: '/people/',
      tags: { team: 'ops' },
      permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', boundary),
    },
    stack,
  )
  const template = Template.fromStack(stack)
  template.hasResourceProperties('AWS::IAM::User', {
    Path: '/people/',
    PermissionsBoundary: boundary,
    Tags: [{ Key: 'team', Value: 'ops' }],
  })
  template.hasResourceProperties('AWS::SecretsManager::Secret', { Tags: [{ Key: 'team', Value: 'ops' }] })
  assert.match(JSON.stringify(template.toJSON()), /:user\/people\/\$\{aws:username\}/)
})

test('a name or a path that IAM would not take is refused before anything is deployed', () => {
  for (const userName of ['ann smith', 'ann/ops', '', 'a*', 'ä', 'x'.repeat(65)])
    assert.throws(() => given({ userName }), /cannot be the name of a user/, userName)
  for (const userName of ['ann', 'ann+ops@example.com', 'x'.repeat(64)]) given({ userName })
  for (const path of ['people', '/people', '//', '/pe ople/']) assert.throws(() => given({ path }), /is no path/, path)
})

test('policies that could take the gate off are refused unless they are asked for by name', () => {
  for (const name of ['AdministratorAccess', 'IAMFullAccess']) {
    assert.throws(
      () => given({ managedPolicies: [named(name)] }),
      new RegExp(`^Refusal: Default/User: ${name} can take off`),
    )
    given({ managedPolicies: [named(name)], allowAdministrator: true })
  }
  given({ managedPolicies: [named('PowerUserAccess'), named('job-function/ViewOnlyAccess')] })
})

test('what is known at deployment only is left to IAM', () => {
  const stack = new Stack()
  given({ userName: new CfnParameter(stack, 'Name').valueAsString }, stack)
  Annotations.fromStack(stack).hasNoError('*', Match.anyValue())
})

test('cdk-nag finds nothing but the policy of AWS that was chosen', () => {
  const own = (stack: Stack) => ManagedPolicy.fromManagedPolicyName(stack, 'Own', 'own')
  const reader = new ArnPrincipal('arn:aws:iam::111122223333:role/onboarding')
  assert.deepEqual(
    findings((stack) => given({ managedPolicies: [own(stack)], keyReaders: [reader], path: '/people/' }, stack)),
    [],
  )
  assert.deepEqual(
    findings((stack) => given({ keyIssued: '2026-11-21', maximumKeyAge: Duration.days(90) }, stack)),
    [],
  )
  assert.deepEqual(
    findings((stack) => given({ managedPolicies: [named('AmazonS3FullAccess')] }, stack)),
    ['AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonS3FullAccess] at Stack/User/Group/Resource'],
  )
})
