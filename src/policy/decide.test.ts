// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how policy variables are written
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from './compile.ts'
import { type PolicyKind, parsePolicyValue } from './parse.ts'
import type { AccessQuestion, PolicySet } from './question.ts'
import { denialMessage, denialReason } from './reason.ts'

const here = '111111111111'
const there = '222222222222'
const ann = `arn:aws:iam::${here}:user/ann`
const session = `arn:aws:sts::${here}:assumed-role/dev/ann`
const role = `arn:aws:iam::${here}:role/dev`
const bob = `arn:aws:sts::${here}:federated-user/bob`
const target = `arn:aws:iam::${here}:role/target`

const document = (kind: PolicyKind, ...statements: readonly object[]) => {
  const parsed = parsePolicyValue({ Version: '2012-10-17', Statement: statements }, kind)
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.document
}
const all = { Effect: 'Allow', Action: '*', Resource: '*' }
const none = { ...all, Action: 'ec2:*' }
const allow = document('identity', all)
const other = document('identity', none)
const deny = document('identity', { ...all, Effect: 'Deny' })
const bucket = (Principal: unknown, more: object = {}) => document('resource', { ...all, Principal, ...more })
const trust = (Principal: unknown, more: object = {}) =>
  document('trust', { Effect: 'Allow', Principal, Action: 'sts:*', ...more })

function ask(policies: PolicySet, change: Partial<AccessQuestion> = {}) {
  const question = {
    principal: ann,
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::bkt/a',
    resourceAccount: here,
    context: {},
    ...change,
  }
  const verdict = compile(policies)(question)
  return { verdict, question, says: denialReason(verdict, question) || 'allowed' }
}
const says = (policies: PolicySet, change?: Partial<AccessQuestion>) => ask(policies, change).says
const noIdentity = 'because no identity-based policy allows the s3:GetObject action'
const noResource = 'because no resource-based policy allows the s3:GetObject action'
const noTrust = 'because no role trust policy allows the sts:AssumeRole action'

test('each type that has to allow is named when it is silent', () => {
  assert.equal(says({}), noIdentity)
  assert.equal(says({ identity: [] }), noIdentity)
  assert.equal(says({ identity: [allow] }), 'allowed')
  assert.equal(
    says({ identity: [allow], boundary: [other] }),
    'because no permissions boundary allows the s3:GetObject action',
  )
  assert.equal(says({ identity: [allow], session: [] }), 'because no session policy allows the s3:GetObject action')
  assert.equal(
    says({ identity: [allow], scp: [[other]] }),
    'because no service control policy allows the s3:GetObject action',
  )
  assert.equal(
    says({ identity: [allow], rcp: [[]] }),
    'because no resource control policy allows the s3:GetObject action',
  )
  assert.equal(
    says({ identity: [allow], endpoint: bucket({ AWS: there }) }),
    'because no VPC endpoint policy allows the s3:GetObject action',
  )
  const every = {
    identity: [allow],
    boundary: [allow],
    session: [allow],
    scp: [[allow], [allow]],
    rcp: [[bucket('*')]],
    endpoint: bucket('*'),
  }
  assert.equal(says(every), 'allowed')
})

test('a Deny in any type wins and is named', () => {
  const denied = bucket('*', { Effect: 'Deny' })
  const with_ = (change: PolicySet) => says({ identity: [allow], ...change })
  assert.equal(with_({ identity: [allow, deny] }), 'with an explicit deny in an identity-based policy')
  assert.equal(with_({ resource: denied }), 'with an explicit deny in a resource-based policy')
  assert.equal(with_({ boundary: [allow, deny] }), 'with an explicit deny in a permissions boundary')
  assert.equal(with_({ session: [allow, deny] }), 'with an explicit deny in a session policy')
  assert.equal(with_({ scp: [[allow, deny]] }), 'with an explicit deny in a service control policy')
  assert.equal(with_({ rcp: [[denied]] }), 'with an explicit deny in a resource control policy')
  assert.equal(with_({ endpoint: denied }), 'with an explicit deny in a VPC endpoint policy')
})

test('the whole message is the one AWS gives', () => {
  const { verdict, question } = ask({ identity: [] })
  const wanted = `User: ${ann} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::bkt/a ${noIdentity}`
  assert.equal(denialMessage(verdict, question), wanted)
  const allowed = ask({ identity: [allow] })
  assert.equal(denialMessage(allowed.verdict, allowed.question), '')
})

test('a verdict names the statements that decided', () => {
  const mixed = document('identity', none, { ...all, Sid: 'Two' }, { ...all, Effect: 'Deny', Action: 's3:Put*' })
  assert.deepEqual(ask({ identity: [other, mixed], scp: [[other], [other, allow]] }).verdict.deciding, [])
  assert.deepEqual(ask({ identity: [other, mixed], scp: [[allow], [other, allow]] }).verdict.deciding, [
    { type: 'scp', document: 0, statement: 0 },
    { type: 'scp', document: 2, statement: 0 },
    { type: 'identity', document: 1, statement: 1, sid: 'Two' },
  ])
  assert.deepEqual(ask({ identity: [mixed] }, { action: 's3:PutObject' }).verdict.deciding, [
    { type: 'identity', document: 0, statement: 2 },
  ])
})

test('every level of SCPs has to allow', () => {
  assert.equal(says({ identity: [allow], scp: [[allow], [other, allow]] }), 'allowed')
  assert.match(says({ identity: [allow], scp: [[allow], [other]] }), /service control policy/)
})

test('organisation policies do not bind the roles of services, and a mere name does not make one', () => {
  const policies = { identity: [allow], scp: [[deny]], rcp: [[bucket('*', { Effect: 'Deny' })]] }
  const principal = `arn:aws:sts::${here}:assumed-role/AWSServiceRoleForX/s`
  const exact = `arn:aws:iam::${here}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX`
  assert.equal(says(policies, { principal, context: { 'aws:PrincipalArn': exact } }), 'allowed')
  assert.match(says(policies, { principal }), /service control policy/)
})

test('a resource policy alone is enough within the account, however it names the caller', () => {
  for (const [principal, name] of [
    [ann, ann],
    [session, session],
    [session, role],
    [ann, '*'],
  ] as const)
    assert.equal(says({ identity: [], resource: bucket({ AWS: name }) }, { principal }), 'allowed', name)
  assert.equal(says({ identity: [], resource: bucket({ AWS: `arn:aws:iam::${here}:user/an` }) }), noIdentity)
})

test('naming the account leaves the choice to its own policies', () => {
  for (const name of [here, `arn:aws:iam::${here}:root`]) {
    assert.equal(says({ identity: [], resource: bucket({ AWS: name }) }), noIdentity)
    assert.equal(says({ identity: [allow], resource: bucket({ AWS: name }) }), 'allowed')
  }
})

test('a grant to the user, the session or everyone passes over a silent boundary and session policy; a grant to the role does not', () => {
  for (const limit of [{ boundary: [other] }, { session: [other] }]) {
    assert.equal(says({ identity: [], ...limit, resource: bucket({ AWS: ann }) }), 'allowed')
    assert.equal(
      says({ identity: [], ...limit, resource: bucket({ AWS: session }) }, { principal: session }),
      'allowed',
    )
    assert.equal(says({ identity: [], ...limit, resource: bucket({ AWS: bob }) }, { principal: bob }), 'allowed')
    assert.equal(says({ identity: [], ...limit, resource: bucket('*') }, { principal: session }), 'allowed')
    assert.match(
      says({ identity: [], ...limit, resource: bucket({ AWS: role }) }, { principal: session }),
      /because no (permissions boundary|session policy)/,
    )
  }
})

test('no grant passes over a Deny in a boundary or a session policy', () => {
  for (const limit of [{ boundary: [deny] }, { session: [deny] }])
    assert.match(
      says({ identity: [], ...limit, resource: bucket({ AWS: session }) }, { principal: session }),
      /explicit deny/,
    )
})

test("a role's path comes from aws:PrincipalArn, for the session's ARN has lost it", () => {
  const deep = `arn:aws:iam::${here}:role/team/dev`
  const context = { 'AWS:principalarn': deep }
  assert.equal(says({ identity: [], resource: bucket({ AWS: deep }) }, { principal: session, context }), 'allowed')
  assert.equal(says({ identity: [], resource: bucket({ AWS: deep }) }, { principal: session }), noIdentity)
  assert.equal(says({ identity: [], resource: bucket({ AWS: role }) }, { principal: session, context }), noIdentity)
})

test('across accounts both sides have to allow, and no grant stands alone', () => {
  const far = { resourceAccount: there }
  for (const name of [ann, here, `arn:aws:iam::${here}:root`, '*']) {
    assert.equal(says({ identity: [allow], resource: bucket({ AWS: name }) }, far), 'allowed')
    assert.equal(says({ identity: [], resource: bucket({ AWS: name }) }, far), noIdentity)
  }
  assert.equal(says({ identity: [allow] }, far), noResource)
  assert.equal(says({ identity: [allow], resource: bucket({ AWS: there }) }, far), noResource)
  assert.match(
    says({ identity: [allow], boundary: [other], resource: bucket({ AWS: ann }) }, far),
    /permissions boundary/,
  )
  assert.match(
    says({ identity: [allow], session: [other], resource: bucket({ AWS: session }) }, { ...far, principal: session }),
    /session policy/,
  )
})

test('a trust policy has to name the caller or their account, even in the same account', () => {
  const assume = { action: 'sts:AssumeRole', resource: target }
  assert.equal(says({ identity: [allow], resource: trust({ AWS: there }) }, assume), noTrust)
  assert.equal(says({ identity: [allow], resource: trust({ AWS: here }) }, assume), 'allowed')
  assert.equal(
    says({ identity: [], resource: trust({ AWS: here }) }, assume),
    noIdentity.replace('s3:GetObject', 'sts:AssumeRole'),
  )
  assert.equal(says({ identity: [], resource: trust({ AWS: ann }) }, assume), 'allowed')
  assert.equal(says({ identity: [], resource: trust({ AWS: role }) }, { ...assume, principal: session }), 'allowed')
  assert.equal(says({ identity: [allow], resource: trust({ AWS: `${ann}ie` }) }, assume), noTrust)
  const refused = document('trust', { Effect: 'Deny', Principal: '*', Action: 'sts:*' })
  assert.equal(says({ identity: [allow], resource: refused }, assume), 'with an explicit deny in the role trust policy')
  for (const action of ['sts:TagSession', 'sts:SetSourceIdentity'])
    assert.match(
      says({ identity: [allow], resource: trust({ AWS: there }) }, { ...assume, action }),
      /no role trust policy/,
    )
})

test('a KMS key answers to its own policy alone', () => {
  const use = { action: 'kms:Decrypt', resource: `arn:aws:kms:eu-west-1:${here}:key/1` }
  assert.match(says({ identity: [allow], resource: bucket({ AWS: there }) }, use), /resource-based policy/)
  assert.equal(says({ identity: [allow], resource: bucket({ AWS: here }) }, use), 'allowed')
})

test('services, identity providers and anonymous callers need the resource policy and nothing else', () => {
  const github = `arn:aws:iam::${here}:oidc-provider/token.actions.githubusercontent.com`
  const callers: readonly [string, object | string][] = [
    ['ec2.amazonaws.com', { Service: 'ec2.amazonaws.com' }],
    [github, { Federated: github }],
    ['accounts.google.com', { Federated: 'accounts.google.com' }],
    ['cognito-identity.amazonaws.com', { Federated: 'cognito-identity.amazonaws.com' }],
    ['*', '*'],
    [
      `arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1`,
      { AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1' },
    ],
  ]
  for (const [principal, named] of callers) {
    assert.equal(says({ identity: [], resource: bucket(named) }, { principal }), 'allowed', principal)
    assert.equal(says({ scp: [[deny]], boundary: [], resource: bucket(named) }, { principal }), 'allowed', principal)
    assert.equal(says({ identity: [allow], resource: bucket({ AWS: here }) }, { principal }), noResource, principal)
    assert.equal(says({ identity: [allow] }, { principal }), noResource, principal)
  }
  assert.equal(
    says({ resource: bucket({ Service: 'lambda.amazonaws.com' }) }, { principal: 'ec2.amazonaws.com' }),
    noResource,
  )
  assert.equal(
    says({ resource: bucket({ Federated: 'ec2.amazonaws.com' }) }, { principal: 'ec2.amazonaws.com' }),
    noResource,
  )
})

test('a federated user has what user and passed policy share, and nothing without a passed policy', () => {
  const asBob = { principal: bob }
  assert.equal(says({ identity: [allow], session: [allow] }, asBob), 'allowed')
  assert.match(says({ identity: [allow], session: [other] }, asBob), /session policy/)
  assert.match(says({ identity: [allow] }, asBob), /session policy/)
  assert.equal(says({ identity: [], resource: bucket({ AWS: bob }) }, asBob), 'allowed')
})

test('the root user needs no identity policy and heeds no boundary, but does heed SCPs and resource policies', () => {
  const root = { principal: `arn:aws:iam::${here}:root` }
  assert.equal(says({ boundary: [other] }, root), 'allowed')
  assert.match(says({ scp: [[other]] }, root), /service control policy/)
  assert.match(says({ resource: bucket('*', { Effect: 'Deny' }) }, root), /explicit deny/)
  assert.equal(says({}, { ...root, resourceAccount: there }), noResource)
})

test('GetCallerIdentity cannot be denied; GetSessionToken needs no Allow, but a Deny holds', () => {
  assert.equal(says({ identity: [deny] }, { action: 'sts:GetCallerIdentity', resource: '*' }), 'allowed')
  const token = { action: 'sts:GetSessionToken', resource: '*' }
  assert.equal(says({ identity: [], scp: [[other]] }, token), 'allowed')
  assert.match(says({ identity: [deny] }, token), /explicit deny in an identity-based policy/)
})

test('Deny with NotPrincipal spares whom it names, and always hits who has a boundary', () => {
  const sparing = (...names: readonly string[]) =>
    document('resource', { ...all, Effect: 'Deny', NotPrincipal: { AWS: names } })
  assert.equal(says({ identity: [allow], resource: sparing(ann) }), 'allowed')
  assert.match(says({ identity: [allow], boundary: [allow], resource: sparing(ann) }), /explicit deny/)
  assert.match(says({ identity: [allow], resource: sparing(`${ann}ie`) }), /explicit deny/)
  assert.match(says({ identity: [allow], resource: sparing(here) }), /explicit deny/)
  assert.match(says({ identity: [allow], resource: sparing(role) }, { principal: session }), /explicit deny/)
  assert.match(says({ identity: [allow], resource: sparing(session) }, { principal: session }), /explicit deny/)
  assert.equal(says({ identity: [allow], resource: sparing(role, session) }, { principal: session }), 'allowed')
})

test('a Deny unless MFA treats a permanent key, a session without and a session with MFA as AWS does', () => {
  const gate = (operator: string) =>
    document('identity', all, {
      ...all,
      Effect: 'Deny',
      Condition: { [operator]: { 'aws:MultiFactorAuthPresent': 'false' } },
    })
  const outcome = (operator: string, context: AccessQuestion['context']) =>
    ask({ identity: [gate(operator)] }, { context }).verdict.outcome
  const [key, without, with_] = [
    {},
    { 'aws:MultiFactorAuthPresent': 'false' },
    { 'aws:MultiFactorAuthPresent': 'true' },
  ]
  assert.deepEqual(
    [key, without, with_].map((one) => outcome('BoolIfExists', one)),
    ['explicitly-denied', 'explicitly-denied', 'allowed'],
  )
  assert.deepEqual(
    [key, without, with_].map((one) => outcome('Bool', one)),
    ['allowed', 'explicitly-denied', 'allowed'],
  )
})

test('actions match in any case, resources only in their own', () => {
  const policies = { identity: [document('identity', { ...all, Action: 'S3:getO*', Resource: 'arn:aws:s3:::bkt/*' })] }
  assert.equal(says(policies), 'allowed')
  assert.equal(says(policies, { resource: 'arn:aws:s3:::Bkt/a' }), noIdentity)
  assert.equal(says(policies, { resource: '*' }), noIdentity)
})

test('NotAction and NotResource take what they do not name', () => {
  const policies = {
    identity: [document('identity', { Effect: 'Allow', NotAction: 'iam:*', NotResource: ['arn:aws:s3:::secret/*'] })],
  }
  assert.equal(says(policies), 'allowed')
  assert.match(says(policies, { action: 'iam:ListUsers' }), /identity-based/)
  assert.match(says(policies, { resource: 'arn:aws:s3:::secret/a' }), /identity-based/)
})

test('a resource with a variable that has no value matches nothing', () => {
  const home = { identity: [document('identity', { ...all, Resource: 'arn:aws:s3:::bkt/${aws:username}' })] }
  assert.equal(says(home, { resource: 'arn:aws:s3:::bkt/ann', context: { 'aws:username': 'ann' } }), 'allowed')
  for (const name of ['${aws:username}', '', '*'])
    assert.equal(says(home, { resource: `arn:aws:s3:::bkt/${name}` }), noIdentity)
  assert.equal(says(home, { resource: 'arn:aws:s3:::bkt/ann', context: { 'aws:username': '*' } }), noIdentity)
})
