import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Duration, Stack } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { findings } from '../test/findings.ts'
import { refuses } from '../test/refuses.ts'
import { trustOf } from '../test/trust.ts'
import { RolesAnywhereRole, type RolesAnywhereRoleProps } from './roles-anywhere-role.ts'

const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
const trustAnchorArn = 'arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/0a1b'
const web = { trustAnchor: { certificate }, certificate: { commonName: 'web-1' } }
const make = (stack: Stack, props: Partial<RolesAnywhereRoleProps> = {}) =>
  new RolesAnywhereRole(stack, 'Web', { ...web, ...props })

test('the trust allows all three actions, for this anchor and this certificate only', () => {
  assert.deepEqual(
    trustOf((stack) => make(stack)),
    {
      Effect: 'Allow',
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      Principal: { Service: 'rolesanywhere.amazonaws.com' },
      Condition: {
        ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': ['WebTrustAnchor', 'TrustAnchorArn'] } },
        StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'web-1' },
      },
    },
  )
})

test('the stack makes an enabled anchor and a profile for this role alone, as long as its sessions', () => {
  const stack = new Stack()
  make(stack, { maxSession: Duration.hours(2) })
  const template = Template.fromStack(stack)
  template.hasResourceProperties('AWS::RolesAnywhere::TrustAnchor', {
    Enabled: true,
    Source: { SourceType: 'CERTIFICATE_BUNDLE', SourceData: { X509CertificateData: certificate } },
  })
  template.hasResourceProperties('AWS::RolesAnywhere::Profile', {
    Enabled: true,
    DurationSeconds: 7200,
    RoleArns: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Web'), 'Arn'] }],
  })
})

test('an anchor and a profile that the account has are used, a private authority makes an anchor', () => {
  const stack = new Stack()
  const profileArn = 'arn:aws:rolesanywhere:us-east-1:111122223333:profile/0a1b'
  const { Condition } = trustOf(() => make(stack, { trustAnchor: { trustAnchorArn }, profileArn }), stack)
  assert.deepEqual((Condition as { ArnEquals: object }).ArnEquals, { 'aws:SourceArn': trustAnchorArn })
  const template = Template.fromStack(stack)
  template.resourceCountIs('AWS::RolesAnywhere::TrustAnchor', 0)
  template.resourceCountIs('AWS::RolesAnywhere::Profile', 0)
  const other = new Stack()
  make(other, { trustAnchor: { privateCaArn: 'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/x' } })
  Template.fromStack(other).hasResourceProperties('AWS::RolesAnywhere::TrustAnchor', {
    Source: { SourceType: 'AWS_ACM_PCA' },
  })
})

test('every part of a certificate has the tag Roles Anywhere gives it', () => {
  const all = {
    commonName: ['a', 'b'],
    organizationalUnit: 'u',
    organization: 'o',
    dnsName: 'd',
    uri: 'x:y',
    issuerCommonName: 'i',
  }
  const { Condition } = trustOf((stack) => make(stack, { certificate: all }))
  assert.deepEqual((Condition as { StringEquals: object }).StringEquals, {
    'aws:PrincipalTag/x509Subject/CN': ['a', 'b'],
    'aws:PrincipalTag/x509Subject/OU': 'u',
    'aws:PrincipalTag/x509Subject/O': 'o',
    'aws:PrincipalTag/x509SAN/DNS': 'd',
    'aws:PrincipalTag/x509SAN/URI': 'x:y',
    'aws:PrincipalTag/x509Issuer/CN': 'i',
  })
})

test('a trust in every certificate of an authority is refused unless said, with the reason', () => {
  refuses(make, [
    [
      { certificate: {} },
      /every certificate the authority ever issues/,
      { certificate: {}, allowAnyCertificate: true },
    ],
    [
      { certificate: { issuerCommonName: 'i' } },
      /does not say whose/,
      { certificate: { issuerCommonName: 'i', commonName: 'web-1' } },
    ],
    [
      { certificate: { organization: 'Example' } },
      /does not say whose/,
      { certificate: { organization: 'Example' }, allowAnyCertificate: true },
    ],
    [{ allowAnyCertificate: true }, /leave one of them out/, {}],
    [{ certificate: { commonName: 'web-*' } }, /commonName has a wildcard/, { certificate: { commonName: 'web-2' } }],
    [{ certificate: { commonName: [] } }, /commonName names nobody/, { certificate: { commonName: ['a'] } }],
    [{ trustAnchor: { certificate: 'ca.pem' } }, /no PEM/, {}],
    [{ trustAnchor: { certificate: `${certificate}-----BEGIN PRIVATE KEY-----` } }, /private key in it/, {}],
    [{ trustAnchor: { trustAnchorArn: `${trustAnchorArn}*` } }, /no ARN of one/, { trustAnchor: { trustAnchorArn } }],
  ])
})

test('cdk-nag finds nothing', () => assert.deepEqual(findings(make), []))
