import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { findings } from '../test/findings.ts'
import { refuses } from '../test/refuses.ts'
import { trustOf } from '../test/trust.ts'
import { OidcRole, type OidcRoleProps } from './oidc-role.ts'

const eks = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE'
const pod = { issuer: `https://${eks}`, audience: 'sts.amazonaws.com', subjects: 'system:serviceaccount:shop:app' }
const make = (stack: Stack, props: Partial<OidcRoleProps> = {}) => new OidcRole(stack, 'Role', { ...pod, ...props })

test('the trust compares audience and subject exactly, under the name of the issuer', () => {
  assert.deepEqual(
    trustOf((stack) => make(stack)),
    {
      Effect: 'Allow',
      Action: 'sts:AssumeRoleWithWebIdentity',
      Principal: { Federated: { 'Fn::GetAtt': ['OidcProvideroidcekseuwest1amazonawscomidEXAMPLE', 'Arn'] } },
      Condition: {
        StringEquals: { [`${eks}:aud`]: 'sts.amazonaws.com', [`${eks}:sub`]: 'system:serviceaccount:shop:app' },
      },
    },
  )
})

test('several subjects and more claims are alternatives and additions', () => {
  const { Condition } = trustOf((stack) => make(stack, { subjects: ['a', 'b'], claims: { amr: 'authenticated' } }))
  assert.deepEqual(Condition, {
    StringEquals: { [`${eks}:aud`]: 'sts.amazonaws.com', [`${eks}:sub`]: ['a', 'b'], [`${eks}:amr`]: 'authenticated' },
  })
})

test('roles of one issuer share its provider, which takes the audiences of all', () => {
  const stack = new Stack()
  make(stack)
  new OidcRole(stack, 'Other', { ...pod, audience: 'vault' })
  new OidcRole(stack, 'Third', { ...pod, issuer: 'https://gitlab.com', audience: 'https://gitlab.com' })
  const template = Template.fromStack(stack)
  template.resourceCountIs('AWS::IAM::OIDCProvider', 2)
  template.hasResourceProperties('AWS::IAM::OIDCProvider', {
    Url: `https://${eks}`,
    ClientIdList: ['sts.amazonaws.com', 'vault'],
  })
})

test('a provider that the account has is trusted, and none is made', () => {
  const providerArn = `arn:aws:iam::111122223333:oidc-provider/${eks}`
  const stack = new Stack()
  assert.deepEqual(trustOf(() => make(stack, { providerArn }), stack).Principal, { Federated: providerArn })
  Template.fromStack(stack).resourceCountIs('AWS::IAM::OIDCProvider', 0)
})

test('what would trust too many is refused with the reason', () => {
  const arn = (host: string) => `arn:aws:iam::111122223333:oidc-provider/${host}`
  refuses(make, [
    [{ issuer: `http://${eks}` }, /AWS takes an https URL/, { issuer: `https://${eks}` }],
    [{ issuer: `https://${eks}/` }, /trailing slash/, {}],
    [{ issuer: 'https://gitlab.example:8443' }, /without port/, { issuer: 'https://gitlab.example' }],
    [{ audience: '' }, /audience has an empty value/, { audience: 'x' }],
    [{ audience: '*' }, /audience has a wildcard/, { audience: 'x' }],
    [{ subjects: [] }, /subjects names nobody/, { subjects: ['a'] }],
    [{ subjects: ['a', ' '] }, /subjects has an empty value/, { subjects: ['a', 'b'] }],
    [{ subjects: 'system:serviceaccount:shop:*' }, /Whoever can make a name that fits/, {}],
    [{ subjects: '$' + '{aws:username}' }, /policy variable/, { subjects: '$aws' }],
    [{ claims: { sub: 'x' } }, /an option of its own/, { claims: { amr: 'x' } }],
    [{ claims: { amr: '?' } }, /the claim amr has a wildcard/, { claims: { amr: 'x' } }],
    [{ providerArn: arn('gitlab.com') }, /not the provider of/, { providerArn: arn(eks) }],
  ])
})

test('cdk-nag finds nothing', () => assert.deepEqual(findings(make), []))
