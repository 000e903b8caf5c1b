import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Duration, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { findings } from '../test/findings.ts'
import { refuses } from '../test/refuses.ts'
import { trustOf } from '../test/trust.ts'
import { SamlRole, type SamlRoleProps } from './saml-role.ts'

const metadata = '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>'.padEnd(1000)
const providerArn = 'arn:aws:iam::111122223333:saml-provider/idp'
const make = (stack: Stack, props: Partial<SamlRoleProps> = { metadata }) => new SamlRole(stack, 'Role', props)
const audienceIn = (region?: string): unknown => {
  const stack = new Stack(undefined, 'Stack', region === undefined ? {} : { env: { region } })
  const { Condition } = trustOf(() => make(stack), stack)
  return (Condition as { StringEquals: Record<string, unknown> }).StringEquals['SAML:aud']
}

test('assertions of the provider for the sign-in page get the role, and cannot tag the session', () => {
  const { Action, Principal } = trustOf((stack) => make(stack))
  assert.equal(Action, 'sts:AssumeRoleWithSAML')
  assert.deepEqual(Principal, { Federated: { 'Fn::GetAtt': ['RoleProvider', 'Arn'] } })
})

test('the audience is the sign-in page of the partition', () => {
  assert.equal(audienceIn('eu-west-1'), 'https://signin.aws.amazon.com/saml')
  assert.equal(audienceIn('cn-north-1'), 'https://signin.amazonaws.cn/saml')
  assert.equal(audienceIn('us-gov-west-1'), 'https://signin.amazonaws-us-gov.com/saml')
  assert.throws(
    () => audienceIn('us-iso-east-1'),
    /no sign-in page is known for us-iso-east-1, in the partition aws-iso/,
  )
  assert.deepEqual(audienceIn(), { 'Fn::FindInMap': ['SignInPages', { Ref: 'AWS::Partition' }, 'saml'] })
})

test('a provider that the account has, tags, source identity and more claims are taken when said', () => {
  const stack = new Stack()
  const audience = ['https://signin.aws.amazon.com/saml', 'https://eu-west-1.signin.aws.amazon.com/saml']
  const claims = { 'SAML:sub_type': 'persistent' } as const
  const statement = trustOf(() => {
    make(stack, {
      providerArn,
      audience,
      claims,
      sessionTags: true,
      sourceIdentity: true,
      maxSession: Duration.hours(8),
    })
    make(new Stack(), { providerArn })
  }, stack)
  assert.deepEqual(statement, {
    Effect: 'Allow',
    Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Principal: { Federated: providerArn },
    Condition: { StringEquals: { 'SAML:aud': audience, 'SAML:sub_type': 'persistent' } },
  })
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', { MaxSessionDuration: 28_800 })
})

test('what is no provider, and assertions made for somebody else, are refused with the reason', () => {
  refuses(make, [
    [{}, /say one of them/, { metadata }],
    [{ metadata, providerArn }, /say one of them/, { providerArn }],
    [{ metadata: 'metadata.xml' }, /not the name of a file/, { metadata }],
    [{ metadata: metadata.slice(0, 999) }, /999 characters; IAM takes 1000/, { metadata }],
    [{ providerArn: 'idp' }, /no ARN of a SAML provider/, { providerArn }],
    [
      { metadata, audience: 'https://signin.aws.amazon.com.evil.example/saml' },
      /made for somebody else/,
      { metadata, audience: 'https://us-east-1.signin.aws.amazon.com/saml' },
    ],
    [{ metadata, audience: 'urn:amazon:webservices' }, /sign-in page/, { metadata }],
    [{ metadata, audience: '*' }, /wildcard/, { metadata }],
    [{ metadata, claims: { 'SAML:aud': 'x' } }, /as audience/, { metadata, claims: { 'SAML:sub': 'x' } }],
    [{ metadata, claims: { 'SAML:sub': '*' } }, /wildcard/, { metadata, claims: { 'SAML:sub': 'x' } }],
  ])
})

test('cdk-nag finds nothing', () =>
  assert.deepEqual(
    findings((stack) => make(stack)),
    [],
  ))
