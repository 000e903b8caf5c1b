import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Duration, Stack } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { findings } from '../test/findings.ts'
import { refuses } from '../test/refuses.ts'
import { trustOf } from '../test/trust.ts'
import { IotRole, type IotRoleProps } from './iot-role.ts'

const make = (stack: Stack, props: Partial<IotRoleProps> = {}) =>
  new IotRole(stack, 'Lamp', { roleAlias: 'lamp', ...props })
const aliasArn = {
  'Fn::Join': [
    '',
    [
      ...['arn:', { Ref: 'AWS::Partition' }, ':iot:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }],
      ':rolealias/lamp',
    ],
  ],
}

test('devices get the role through this alias only', () => {
  assert.deepEqual(
    trustOf((stack) => make(stack)),
    {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { Service: 'credentials.iot.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': aliasArn } },
    },
  )
})

test('the alias names the role, and the policy lets things ask for this alias', () => {
  const stack = new Stack()
  make(stack, { maxSession: Duration.hours(2), sessionDuration: Duration.minutes(90) })
  const template = Template.fromStack(stack)
  template.hasResourceProperties('AWS::IoT::RoleAlias', {
    RoleAlias: 'lamp',
    RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Lamp'), 'Arn'] },
    CredentialDurationSeconds: 5400,
  })
  template.hasResourceProperties('AWS::IoT::Policy', {
    PolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Action: 'iot:AssumeRoleWithCertificate',
          Resource: aliasArn,
          Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } },
        },
      ],
    },
  })
})

test('with things named, only those may ask', () => {
  const stack = new Stack()
  make(stack, { things: ['lamp-1', 'lamp-2'], policyName: 'lamps' })
  Template.fromStack(stack).hasResourceProperties('AWS::IoT::Policy', {
    PolicyName: 'lamps',
    PolicyDocument: {
      Statement: [
        { Condition: Match.objectLike({ StringEquals: { 'iot:Connection.Thing.ThingName': ['lamp-1', 'lamp-2'] } }) },
      ],
    },
  })
})

test('aliases with wildcards, all things by name, and sessions longer than the role’s are refused with the reason', () => {
  refuses(make, [
    [{ roleAlias: '*' }, /AWS IoT takes 1 to 128/, { roleAlias: 'l' }],
    [{ roleAlias: '' }, /written out/, { roleAlias: 'a'.repeat(128) }],
    [{ things: 'lamp-*' }, /things has a wildcard/, { things: 'lamp-1' }],
    [{ things: [] }, /things names nobody/, {}],
    [{ sessionDuration: Duration.minutes(61) }, /seconds; .* 900 to 3600/, { sessionDuration: Duration.minutes(60) }],
    [{ sessionDuration: Duration.minutes(14) }, /seconds; .* 900 to 3600/, { sessionDuration: Duration.minutes(15) }],
  ])
})

test('cdk-nag finds nothing', () => assert.deepEqual(findings(make), []))
