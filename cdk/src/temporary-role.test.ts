import assert from 'node:assert/strict'
import { test } from 'node:test'
import { App, Duration, Stack } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import {
  AnyPrincipal,
  ArnPrincipal,
  Effect,
  type IPrincipal,
  ManagedPolicy,
  PolicyStatement,
  ServicePrincipal,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { findings } from '../test/findings.ts'
import { TemporaryRole, type TemporaryRoleProps } from './temporary-role.ts'

const given = (props: TemporaryRoleProps = {}, stack = new Stack()): TemporaryRole =>
  new TemporaryRole(stack, 'Role', props)
const templateOf = (props: TemporaryRoleProps = {}): Template => {
  const stack = new Stack()
  given(props, stack)
  return Template.fromStack(stack)
}
const hasTrust = (props: TemporaryRoleProps, statement: object): void =>
  templateOf(props).hasResourceProperties('AWS::IAM::Role', { AssumeRolePolicyDocument: { Statement: [statement] } })

const ann = new ArnPrincipal('arn:aws:iam::111122223333:user/ann')
const vendor = new ArnPrincipal('arn:aws:iam::444455556666:role/vendor')

test('it asks for MFA and for the name of the user', () => {
  hasTrust(
    { trustedPrincipals: [ann] },
    {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { AWS: 'arn:aws:iam::111122223333:user/ann' },
      Condition: {
        Bool: { 'aws:MultiFactorAuthPresent': 'true' },
        StringLike: { 'sts:RoleSessionName': '$' + '{aws:username}' },
      },
    },
  )
})

test('by itself it trusts the users of its account', () => {
  hasTrust({}, Match.objectLike({ Principal: { AWS: Match.objectLike({ 'Fn::Join': Match.anyValue() }) } }))
  assert.match(JSON.stringify(templateOf().toJSON()), /\{"Ref":"AWS::AccountId"\},":root"/)
})

test('MFA may have to be fresh', () => {
  hasTrust(
    { maximumMfaAge: Duration.hours(1) },
    Match.objectLike({ Condition: Match.objectLike({ NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } }) }),
  )
  assert.throws(() => given({ maximumMfaAge: Duration.seconds(5) }), /maximumMfaAge is 5 seconds/)
})

test('with a source identity the trust lets it be set', () => {
  hasTrust(
    { namedBy: 'source-identity' },
    Match.objectLike({
      Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
      Condition: Match.objectLike({ StringLike: { 'sts:SourceIdentity': '$' + '{aws:username}' } }),
    }),
  )
})

test('a third party needs no MFA, and has to say its external id', () => {
  hasTrust(
    { trustedPrincipals: [vendor], requireMfa: false, externalId: 'customer-17' },
    Match.objectLike({ Condition: { StringEquals: { 'sts:ExternalId': 'customer-17' } } }),
  )
  assert.throws(() => given({ trustedPrincipals: [vendor], requireMfa: false }), /without MFA a leaked key/)
  assert.throws(() => given({ externalId: 'a b' }), /externalId has 2 to 1224/)
})

test('choices that contradict each other are refused', () => {
  const third = { requireMfa: false, externalId: 'customer-17' } as const
  assert.throws(() => given({ ...third, maximumMfaAge: Duration.hours(1) }), /requireMfa: false does without/)
  assert.throws(() => given({ ...third, namedBy: 'session-name' }), /takes the name of a user/)
  given({ ...third, namedBy: 'anything' })
})

test('nobody and everybody are refused', () => {
  assert.throws(() => given({ trustedPrincipals: [] }), /nobody could get this role/)
  for (const everybody of [new AnyPrincipal(), new ArnPrincipal('*'), new ArnPrincipal('arn:aws:iam::*:root')])
    assert.throws(() => given({ trustedPrincipals: [everybody] }), /a principal with \* lets in people/)
})

test('a service or a provider is refused: nobody could come as it', () => {
  for (const stranger of [new ServicePrincipal('ec2.amazonaws.com'), new WebIdentityPrincipal('accounts.google.com')])
    assert.throws(() => given({ trustedPrincipals: [ann, stranger] }), /this role is for people/)
})

test('conditions that a principal brings do not replace those of the role', () => {
  const loose = ann.withConditions({
    Bool: { 'aws:MultiFactorAuthPresent': 'false' },
    StringLike: { 'sts:RoleSessionName': '*' },
    IpAddress: { 'aws:SourceIp': '192.0.2.0/24' },
  })
  hasTrust(
    { trustedPrincipals: [loose] },
    Match.objectLike({
      Condition: {
        Bool: { 'aws:MultiFactorAuthPresent': 'true' },
        StringLike: { 'sts:RoleSessionName': '$' + '{aws:username}' },
        IpAddress: { 'aws:SourceIp': '192.0.2.0/24' },
      },
    }),
  )
})

test('everybody is refused also where a statement is added to the trust later', () => {
  const withMore = (principal: IPrincipal, effect = Effect.ALLOW) => {
    const app = new App()
    const role = given({}, new Stack(app, 'Stack'))
    role.assumeRolePolicy?.addStatements(
      new PolicyStatement({ effect, actions: ['sts:AssumeRole'], principals: [principal] }),
    )
    return () => app.synth()
  }
  assert.throws(withMore(new AnyPrincipal()), /a principal with \* lets in people/)
  assert.throws(withMore(new ArnPrincipal('arn:aws:iam::111122223333:role/*')), /a principal with \*/)
  withMore(ann)()
  withMore(new AnyPrincipal(), Effect.DENY)()
})

test('it may do nothing until it is granted something, and then that', () => {
  const stack = new Stack()
  const role = given({}, stack)
  Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0)
  const other = new Stack()
  new Bucket(other, 'Reports').grantRead(given({}, other))
  Template.fromStack(other).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: [Match.objectLike({ Action: ['s3:GetObject*', 's3:GetBucket*', 's3:List*'] })] },
  })
  assert.ok(role.roleArn)
})

test('sessions last an hour unless told otherwise, and no longer than AWS lets them', () => {
  templateOf().hasResourceProperties('AWS::IAM::Role', { MaxSessionDuration: Match.absent() })
  templateOf({ maxSession: Duration.hours(12) }).hasResourceProperties('AWS::IAM::Role', { MaxSessionDuration: 43_200 })
  assert.throws(() => given({ maxSession: Duration.hours(13) }), /maxSessionDuration is set to 46800/)
})

test('administrators are made on purpose only', () => {
  const managedPolicies = [ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess')]
  assert.throws(() => given({ managedPolicies }), /AdministratorAccess can take off every other limit/)
  given({ managedPolicies, allowAdministrator: true })
})

test('a name IAM would not take is refused', () => {
  assert.throws(() => given({ roleName: 'on call' }), /Invalid roleName/)
  templateOf({ roleName: 'on-call', path: '/people/' }).hasResourceProperties('AWS::IAM::Role', {
    RoleName: 'on-call',
    Path: '/people/',
  })
})

test('cdk-nag finds nothing', () => {
  assert.deepEqual(
    findings((stack) => given({ maximumMfaAge: Duration.hours(1) }, stack)),
    [],
  )
})
