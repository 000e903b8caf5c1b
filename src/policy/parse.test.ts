// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how policy variables are written
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { measuring } from '../../test/contracts/effort.ts'
import { awsMessage } from './fault.ts'
import { type PolicyKind, parsePolicy, parsePolicyValue } from './parse.ts'

type Fields = Record<string, unknown>

const legal: Record<PolicyKind, Fields> = {
  identity: { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bkt/*' },
  resource: { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bkt/*' },
  trust: { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' },
}

const parse = (kind: PolicyKind, change: Fields, top: Fields = {}) =>
  parsePolicyValue({ Version: '2012-10-17', Statement: [{ ...legal[kind], ...change }], ...top }, kind)

/** The path and AWS's message of the first fault, or 'fine'. */
function verdict(kind: PolicyKind, change: Fields, top?: Fields) {
  const parsed = parse(kind, change, top)
  return parsed.ok ? 'fine' : `${parsed.faults[0]?.path}: ${awsMessage(parsed.faults)}`
}

const general = 'Syntax errors in policy.'

test('what one may write as a string or a list is a list once parsed', () => {
  const parsed = parse('identity', {
    Sid: 'One',
    Condition: { Bool: { 'aws:SecureTransport': true }, NumericLessThan: { 's3:max-keys': [10] } },
  })
  assert.deepEqual(parsed.ok && parsed.document, {
    version: '2012-10-17',
    statements: [
      {
        sid: 'One',
        effect: 'Allow',
        action: ['s3:GetObject'],
        resource: ['arn:aws:s3:::bkt/*'],
        conditions: [
          { operator: 'Bool', key: 'aws:SecureTransport', values: ['true'] },
          { operator: 'NumericLessThan', key: 's3:max-keys', values: ['10'] },
        ],
      },
    ],
  })
})

test('a document that names no version is one of 2008', () => {
  const parsed = parse('identity', {}, { Version: undefined })
  assert.equal(parsed.ok && parsed.document.version, '2008-10-17')
})

test('documents of 2008 are refused where the caller asks for that', () => {
  for (const [Version, ok] of [
    [undefined, false],
    ['2008-10-17', false],
    ['2012-10-17', true],
  ] as const) {
    const parsed = parsePolicyValue({ Version, Statement: [legal.identity] }, 'identity', { version2012Only: true })
    assert.equal(parsed.ok, ok)
    if (!parsed.ok) assert.equal(awsMessage(parsed.faults), 'Policy document must be version 2012-10-17 or greater.')
  }
})

test('the elements of a document are checked', () => {
  assert.equal(verdict('identity', {}), 'fine')
  assert.equal(verdict('identity', {}, { Version: '2012-10-18' }), `Version: ${general}`)
  assert.equal(verdict('identity', {}, { Id: 5 }), `Id: ${general}`)
  assert.equal(verdict('identity', {}, { Statements: [] }), `Statements: ${general}`)
  assert.equal(verdict('identity', {}, { Statement: undefined }), `Statement: ${general}`)
  assert.equal(verdict('identity', {}, { Statement: [] }), `Statement: ${general}`)
  assert.equal(verdict('identity', {}, { Statement: ['x'] }), `Statement[0]: ${general}`)
  assert.equal(verdict('identity', {}, { Statement: legal.identity, Id: 'an id' }), 'fine')
})

test('the elements of a statement are checked', () => {
  assert.equal(verdict('identity', { Efect: 'Deny' }), `Statement[0].Efect: ${general}`)
  assert.equal(verdict('identity', { Effect: 'allow' }), `Statement[0].Effect: ${general}`)
  assert.equal(verdict('identity', { Effect: undefined }), `Statement[0].Effect: ${general}`)
  assert.equal(verdict('resource', { Effect: undefined }), 'Statement[0].Effect: Missing required field Effect')
  assert.equal(
    verdict('identity', { Action: undefined }),
    'Statement[0].Action: Policy statement must contain actions.',
  )
  assert.equal(verdict('identity', { Action: [] }), 'Statement[0].Action: Policy statement must contain actions.')
  assert.equal(
    verdict('identity', { Resource: undefined }),
    'Statement[0].Resource: Policy statement must contain resources.',
  )
  assert.equal(verdict('identity', { NotAction: 's3:*' }), `Statement[0]: ${general}`)
  assert.equal(verdict('identity', { NotResource: '*' }), `Statement[0]: ${general}`)
  assert.equal(
    verdict('identity', { Action: undefined, NotAction: 's3:*', Resource: undefined, NotResource: '*' }),
    'fine',
  )
  assert.equal(verdict('identity', { Action: ['s3:*', 5] }), `Statement[0].Action[1]: ${general}`)
})

test('Sids are letters and digits and differ, but in resource policies they are freer', () => {
  assert.match(verdict('identity', { Sid: 'a b' }), /^Statement\[0\]\.Sid: Statement IDs \(SID\) must be alpha-numeric/)
  assert.equal(verdict('resource', { Sid: 'a b' }), 'fine')
  const two = (Sid: string) =>
    verdict(
      'identity',
      {},
      {
        Statement: [
          { ...legal.identity, Sid },
          { ...legal.identity, Sid },
        ],
      },
    )
  assert.equal(two('A'), 'Statement[1].Sid: Statement IDs (SID) in a single policy must be unique.')
  assert.equal(two(''), 'fine')
})

test('principals belong where a policy is attached to a thing, and only there', () => {
  assert.equal(
    verdict('identity', { Principal: '*' }),
    'Statement[0].Principal: Policy document should not specify a principal.',
  )
  assert.equal(
    verdict('resource', { Principal: undefined }),
    'Statement[0].Principal: Missing required field Principal',
  )
  assert.equal(verdict('resource', { Principal: {} }), 'Statement[0].Principal: Missing required field Principal')
  assert.equal(
    verdict('resource', { Principal: 'arn:aws:iam::111122223333:root' }),
    `Statement[0].Principal: ${general}`,
  )
  assert.equal(verdict('resource', { NotPrincipal: '*' }), `Statement[0]: ${general}`)
  const negated = { Principal: undefined, NotPrincipal: { AWS: '111122223333' } }
  assert.equal(verdict('resource', negated), 'Statement[0].NotPrincipal: Allow with NotPrincipal is not allowed.')
  assert.equal(verdict('resource', { ...negated, Effect: 'Deny' }), 'fine')
  assert.equal(
    verdict('trust', { ...negated, Effect: 'Deny' }),
    'Statement[0].NotPrincipal: Has prohibited field NotPrincipal',
  )
})

test('a principal has the form of its type', () => {
  const says = (Principal: unknown) => verdict('resource', { Principal })
  for (const fine of [
    { AWS: ['*', '111122223333', 'arn:aws:iam::111122223333:root', 'arn:aws:iam::111122223333:role/a/b'] },
    { AWS: 'arn:aws:sts::111122223333:assumed-role/dev/ann' },
    { AWS: 'arn:aws-us-gov:sts::111122223333:federated-user/bob' },
    { AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1' },
    { AWS: 'AROATQEUBV7UIGTXLS5D6' },
    { Service: ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn'], Federated: 'accounts.google.com' },
    { Federated: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com' },
    { CanonicalUser: '0'.repeat(64) },
  ])
    assert.equal(says(fine), 'fine')
  const bad = (type: string, name: string) =>
    assert.equal(
      says({ [type]: name }),
      `Statement[0].Principal.${type}: Invalid principal in policy: "${type.toUpperCase()}":"${name}"`,
    )
  bad('AWS', 'arn:aws:iam::111122223333:user/*')
  bad('AWS', '1234')
  bad('AWS', 'arn:aws:iam::111122223333:group/devs')
  bad('AWS', 'arn:aws:s3:::bkt')
  bad('Service', 'ec2')
  bad('Federated', 'arn:aws:iam::111122223333:user/ann')
  bad('CanonicalUser', 'abc')
  assert.equal(says({ aws: '*' }), `Statement[0].Principal.aws: ${general}`)
})

test('a trust policy names no resource and only the actions of assuming', () => {
  assert.equal(verdict('trust', {}), 'fine')
  assert.equal(
    verdict('trust', { Action: ['sts:AssumeRole*', 'sts:TagSession', 'sts:*', 'STS:SetSourceIdentity'] }),
    'fine',
  )
  assert.equal(verdict('trust', { Resource: '*' }), 'Statement[0].Resource: Has prohibited field Resource')
  const text = 'AssumeRole policy may only specify STS AssumeRole actions.'
  for (const Action of ['*', 's3:GetObject', 'sts:GetCallerIdentity'])
    assert.equal(verdict('trust', { Action }), `Statement[0].Action: ${text}`)
  assert.equal(verdict('trust', { Action: undefined, NotAction: 'sts:TagSession' }), `Statement[0].NotAction: ${text}`)
})

test('actions have one service in front', () => {
  const says = (Action: string) => verdict('identity', { Action }).replace('Statement[0].Action: ', '')
  for (const fine of ['*', '*:*', 's3:*', 'S3:getobject', 'execute-api:Invoke', 's3:Get?bject', 'apigateway:GET'])
    assert.equal(says(fine), 'fine')
  assert.equal(says('GetObject'), 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
  assert.equal(says('s3:Get:Object'), 'Actions/Condition can contain only one colon.')
  assert.equal(says('s3*:GetObject'), 'Vendor s3* is not valid')
  assert.equal(says('s3:Get Object'), general)
  assert.equal(says('s3:'), general)
})

test('resources are ARNs or a star', () => {
  const says = (Resource: string) => verdict('identity', { Resource }).replace('Statement[0].Resource: ', '')
  for (const fine of [
    '*',
    'arn:aws:s3:::*',
    'arn:aws:s3:*',
    'arn:aws-cn:s3:::b',
    'arn:*:s3:::b',
    'arn:aws:iam::*:user/${aws:username}',
    'arn:aws:sqs:*:*:q?',
  ])
    assert.equal(says(fine), 'fine', fine)
  assert.equal(says('bkt/*'), 'Resource bkt/* must be in ARN format or "*".')
  assert.equal(says('arn:aws:s3'), 'Resource arn:aws:s3 must be in ARN format or "*".')
  assert.equal(says('arn:aws2:s3:::bkt'), 'Partition "aws2" is not valid for resource "arn:aws2:s3:::bkt".')
  assert.equal(says('arn:aws:s*:::bkt'), 'Resource vendor must be fully qualified and cannot contain regexes.')
  assert.equal(
    says('arn:aws:iam:eu-west-1:1:user/a'),
    'IAM resource arn:aws:iam:eu-west-1:1:user/a cannot contain region information.',
  )
  assert.equal(verdict('resource', { Resource: 'execute-api:/prod/*' }), 'fine')
})

test('conditions have operators IAM knows, keys with a prefix, and values of their type', () => {
  const says = (operator: string, key: string, value: unknown) =>
    verdict('identity', { Condition: { [operator]: { [key]: value } } })
  for (const operator of ['StringLikeIfExists', 'ForAllValues:StringEquals', 'ForAnyValue:ArnLikeIfExists'])
    assert.equal(says(operator, 'aws:TagKeys', ['a', 'b']), 'fine')
  for (const operator of [
    'stringequals',
    'StringEqual',
    'NullIfExists',
    'ForSomeValues:StringLike',
    'IfExists',
    '',
    'toString',
  ])
    assert.match(says(operator, 'aws:TagKeys', 'true'), /^Statement\[0\]\.Condition(\.|: )/, operator)
  assert.equal(
    says('Bool', 'SecureTransport', 'true'),
    'Statement[0].Condition.Bool.SecureTransport: Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
  )
  const values: readonly [string, unknown, unknown][] = [
    ['Bool', 'true', 'yes'],
    ['Null', false, 'maybe'],
    ['NumericEquals', 5, 'five'],
    ['DateLessThan', '2026-11-21T00:00:00Z', 'tomorrow'],
    ['IpAddress', '10.0.0.0/8', '10.0.0.0/33'],
    ['BinaryEquals', 'QmluYXJ5', 'not base64'],
    ['StringEquals', '', null],
    ['StringEquals', ['a'], ['a', ['b']]],
    ['StringEquals', [], { a: 1 }],
  ]
  for (const [operator, fine, bad] of values) {
    assert.equal(says(operator, 'aws:k', fine), 'fine', operator)
    assert.match(
      says(operator, 'aws:k', bad),
      new RegExp(`^Statement\\[0\\]\\.Condition\\.${operator}\\.aws:k`),
      operator,
    )
  }
  assert.equal(verdict('identity', { Condition: [] }), `Statement[0].Condition: ${general}`)
  assert.equal(verdict('identity', { Condition: { Bool: 'true' } }), `Statement[0].Condition.Bool: ${general}`)
})

test('text that is no policy gets the words AWS has for it', () => {
  const says = (text: string, kind: PolicyKind) => {
    const parsed = parsePolicy(text, kind)
    return parsed.ok ? 'fine' : awsMessage(parsed.faults)
  }
  assert.equal(says('{"Version"', 'identity'), general)
  assert.equal(says('', 'resource'), 'This policy contains invalid Json')
  assert.equal(says('{}', 'resource'), 'Syntax error at position (1,3)')
  const lower =
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"aws":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}]}'
  assert.equal(says(lower, 'trust'), 'Syntax error at position (1,76)')
  assert.equal(says(lower.replace('"aws"', '"AWS"'), 'trust'), 'fine')
  const twice = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}]}'
  assert.equal(says(twice, 'identity'), general)
  assert.equal(says(twice.replace('"Effect":"Deny",', ''), 'identity'), 'fine')
  assert.equal(says('['.repeat(10_000), 'identity'), general)
  assert.equal(says('{"Statement":'.repeat(10_000), 'trust'), 'This policy contains invalid Json')
})

test('whatever the text or the value, parsing answers and never throws', () => {
  const kind = fc.constantFrom<PolicyKind>('identity', 'resource', 'trust')
  const names = [
    'Version',
    'Statement',
    'Effect',
    'Principal',
    'Action',
    'Resource',
    'Condition',
    'Bool',
    'AWS',
    '__proto__',
  ]
  const near = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 6 },
      fc.jsonValue(),
      fc.array(tie('node')),
      fc.dictionary(fc.constantFrom(...names), tie('node')),
    ),
  })).node
  fc.assert(
    fc.property(kind, fc.oneof(fc.string(), fc.json()), near, (one, text, value) => {
      for (const parsed of [
        parsePolicy(text, one),
        parsePolicyValue(value, one),
        parsePolicy(JSON.stringify(value) ?? '', one),
      ]) {
        if (parsed.ok) continue
        assert.ok(parsed.faults.length > 0)
        assert.equal(typeof awsMessage(parsed.faults), 'string')
      }
    }),
  )
})

test('one thing broken in a legal document is told with its path', () => {
  const breaks: readonly [string, Fields][] = [
    ['Effect', { Effect: 'Permit' }],
    ['Action', { Action: 7 }],
    ['Resource', { Resource: 'nowhere' }],
    ['Sid', { Sid: '-' }],
    ['Condition.Bool.aws:x', { Condition: { Bool: { 'aws:x': {} } } }],
  ]
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: 5 }),
      fc.constantFrom(...breaks),
      (before, after, [path, change]) => {
        const fine = (count: number) => Array.from({ length: count }, () => legal.identity)
        const Statement = [...fine(before), { ...legal.identity, ...change }, ...fine(after)]
        const parsed = parsePolicyValue({ Version: '2012-10-17', Statement }, 'identity')
        assert.deepEqual(!parsed.ok && parsed.faults.map((fault) => fault.path), [`Statement[${before}].${path}`])
      },
    ),
  )
})

test('what a policy says about itself never breaks a line', () => {
  const parsed = parsePolicy('{"Statement":[],"evil\\n\\u001b[2Jkey":1}', 'identity')
  assert.ok(!parsed.ok)
  for (const { path, problem } of parsed.faults) assert.doesNotMatch(path + problem, /[\n\u001b]/)
})

test('a megabyte of faults is refused at once, with the first fifty', () => {
  const effort = measuring()
  const parsed = parsePolicy(`{"Statement":[${'5,\n'.repeat(300_000)}5]}`, 'trust')
  assert.ok(!parsed.ok)
  assert.equal(parsed.faults.length, 50)
  assert.equal(parsed.faults[49]?.aws, 'Syntax error at position (50,2)')
  assert.ok(effort() < 5000)
})
