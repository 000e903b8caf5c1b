// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Fn::Sub is written
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { checkRules, readTemplate, templateSummary } from './index.ts'
import { bodyOf, refusedWith, scopeOf } from './stage.test.ts'

const saidIn = (body: string) => readTemplate(body).resources.Topic?.properties.Value
const yaml = (value: string, more = '') =>
  `${more}Resources:\n  Other: {Type: A::B::C}\n  Topic:\n    Type: A::B::C\n    Properties:\n      Value: ${value}\n`

test('JSON and YAML read alike', () => {
  const plain = fc.jsonValue({ maxDepth: 3 }).filter((value) => !/Fn::|Ref|__proto__/.test(JSON.stringify(value)))
  fc.assert(
    fc.property(plain, (value) => {
      const json = JSON.stringify({ Resources: { Topic: { Type: 'A::B::C', Properties: { Value: value } } } })
      assert.deepEqual(readTemplate(stringify(JSON.parse(json))), readTemplate(json))
    }),
    { numRuns: 100 },
  )
})

const shortForms: readonly (readonly [short: string, long: unknown])[] = [
  ['!Ref Other', { Ref: 'Other' }],
  ['!GetAtt Other.Endpoint.Port', { 'Fn::GetAtt': ['Other', 'Endpoint.Port'] }],
  ['!GetAtt [Other, Arn]', { 'Fn::GetAtt': ['Other', 'Arn'] }],
  ['!Sub "${Other}"', { 'Fn::Sub': '${Other}' }],
  ['!Join ["", [a, !Ref Other]]', { 'Fn::Join': ['', ['a', { Ref: 'Other' }]] }],
  ['!Base64 a', { 'Fn::Base64': 'a' }],
  ['{Fn::Sub: a}', { 'Fn::Sub': 'a' }],
  ['2012-10-17', '2012-10-17'],
  ['012345678901', '012345678901'],
  ['1.10', '1.10'],
  ['17', 17],
  ['yes', 'yes'],
  ['true', true],
]
describe('YAML comes to the same as the long form', () => {
  for (const [short, long] of shortForms) test(short, () => assert.deepEqual(saidIn(yaml(short)), long))
})

test('aliases are refused, anchors that nothing uses are not', () => {
  assert.equal(saidIn(yaml('&name a')), 'a')
  const message = 'Template error: YAML aliases are not allowed in CloudFormation templates'
  assert.throws(() => readTemplate(yaml('[&name a, *name]')), refusedWith(message))
  const bomb = `${yaml('&a [x, x]')}      B: &b [*a, *a]\n      C: &c [*b, *b]\n`
  assert.throws(() => readTemplate(bomb), refusedWith(message))
})

test('what is nested without end is refused, what is nested deep is not', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const json = (depth: number) => bodyOf('@').replace('"@"', nested(depth))
  for (const body of [json, (depth: number) => yaml(nested(depth))]) {
    assert.ok(readTemplate(body(90)))
    assert.throws(() => readTemplate(body(110)), refusedWith(/may not nest deeper/))
    assert.throws(() => readTemplate(body(20_000)), refusedWith(/may not nest deeper|not well-formed/))
  }
})

const topic = { Type: 'A::B::C' }
const many = (count: number, member: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`M${at}`, member]))
const text = { Type: 'String' }
const refused: readonly (readonly [good: object | string, bad: object | string, message: string | RegExp])[] = [
  [
    '{"Resources": {"A": {"Type": "x"}}}',
    '{"Resources": {',
    'Template format error: JSON not well-formed. (line 1, column 16)',
  ],
  [
    '{\n  "Resources": {"A": {"Type": "x"}}\n}',
    '{\n  "Resources": {"A": {"Type": "x",}}\n}',
    'Template format error: JSON not well-formed. (line 2, column 35)',
  ],
  [yaml('a'), 'a: [', /^Template format error: YAML not well-formed\. \(line \d+, column \d+\)$/],
  [yaml('a'), `${yaml('a')}      Value: b\n`, /^Template format error: YAML not well-formed\./],
  [yaml('a'), 'just words', 'Template format error: unsupported structure.'],
  [yaml('!Ref Other'), yaml('!Nope a'), /^Template format error: Unsupported YAML tag "!Nope"$/],
  [{}, { Resources: {} }, 'Template format error: At least one Resources member must be defined.'],
  [
    { AWSTemplateFormatVersion: '2010-09-09' },
    { AWSTemplateFormatVersion: '2011-01-01' },
    /unsupported value for AWSTemplateFormatVersion\.$/,
  ],
  [
    { Metadata: {} },
    { Metadatas: {} },
    'Template validation error: Invalid template property or properties [Metadatas]',
  ],
  [{ Description: 'x'.repeat(1024) }, { Description: 'x'.repeat(1025) }, /length is greater than 1024/],
  [{ Transform: 'AWS::LanguageExtensions' }, { Transform: ['Mine'] }, 'No transform named Mine found.'],
  [
    { Resources: { A: topic } },
    { Resources: { 'Fn::ForEach::Topics': ['Name', ['a', 'b'], { '${Name}': topic }] } },
    'Template error: Fn::ForEach is not there in the sandbox.',
  ],
  [
    { Resources: { A: { ...topic, Properties: { Name: 'a' } } } },
    { Resources: { A: { ...topic, Properties: { Name: 'a', 'Fn::Transform': { Name: 'AWS::Include' } } } } },
    'Template error: Fn::Transform is not there in the sandbox.',
  ],
  [
    { Resources: { A1: topic } },
    { Resources: { 'A-1': topic } },
    'Template format error: Resource name A-1 is non alphanumeric.',
  ],
  [{ Resources: { ['a'.repeat(255)]: topic } }, { Resources: { ['a'.repeat(256)]: topic } }, /exceeds 255 characters/],
  [
    { Resources: many(500, topic) },
    { Resources: many(501, topic) },
    'Template format error: Number of resources, 501, is greater than maximum allowed, 500',
  ],
  [
    { Parameters: many(200, text) },
    { Parameters: many(201, text) },
    /Number of parameters, 201, is greater than maximum allowed, 200$/,
  ],
  [{ Outputs: many(200, { Value: 'a' }) }, { Outputs: many(201, { Value: 'a' }) }, /Number of outputs, 201,/],
  [
    { Resources: { A: topic } },
    { Resources: { A: {} } },
    'Template format error: [/Resources/A] Every Resources object must contain a Type member.',
  ],
  [
    { Resources: { A: { ...topic, Properties: {} } } },
    { Resources: { A: { ...topic, Propertys: {} } } },
    "Template validation error: Invalid template resource property 'Propertys'",
  ],
  [
    { Resources: { A: { ...topic, Properties: {} } } },
    { Resources: { A: { ...topic, Properties: [] } } },
    'Template format error: Any Properties member must be a JSON object.',
  ],
  [
    { Resources: { A: { ...topic, DeletionPolicy: 'Retain' } } },
    { Resources: { A: { ...topic, DeletionPolicy: 'Keep' } } },
    /Unrecognized DeletionPolicy Keep/,
  ],
  [
    { Resources: { A: topic, B: { ...topic, DependsOn: 'A' } } },
    { Resources: { A: topic, B: { ...topic, DependsOn: 'toString' } } },
    'Template format error: Unresolved resource dependencies [toString] in the Resources block of the template',
  ],
  [
    { Outputs: { A: { Value: { Ref: 'Topic' } } } },
    { Outputs: { A: { Value: { Ref: 'No' } } } },
    'Template format error: Unresolved resource dependencies [No] in the Outputs block of the template',
  ],
  [
    { Outputs: { A: { Value: 'a' } } },
    { Outputs: { A: {} } },
    'Template format error: Every Outputs member must contain a Value object',
  ],
  [
    { Parameters: { A: text } },
    { Parameters: { A: {} } },
    'Template format error: Every Parameters object must contain a Type member.',
  ],
  [
    { Parameters: { A: text } },
    { Parameters: { A: { Type: 'string' } } },
    'Template format error: Unrecognized parameter type: string',
  ],
  [
    { Parameters: { A: { ...text, AllowedPattern: 'a' } } },
    { Parameters: { A: { ...text, AllowedPattern: '(' } } },
    /is not a regular expression/,
  ],
  [
    { Mappings: { A: { b: { c: 'd' } } } },
    { Mappings: { A: { b: { c: {} } } } },
    'Template format error: Every Mappings attribute must be a String or a List.',
  ],
  [
    { Conditions: { A: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, ''] } } },
    { Conditions: { A: { 'Fn::Equals': [{ Ref: 'Topic' }, ''] } } },
    'Template format error: Unresolved dependencies [Topic]. Cannot reference resources in the Conditions block of the template',
  ],
  [
    { Conditions: { A: { Condition: 'B' }, B: { 'Fn::Not': [true] } } },
    { Conditions: { A: { Condition: 'B' }, B: { 'Fn::Not': [{ Condition: 'A' }] } } },
    /Circular dependency between conditions: \[A, B\]$/,
  ],
  [
    { Conditions: { A: { 'Fn::Not': [true] } }, Resources: { A: { ...topic, Condition: 'A' } } },
    { Resources: { A: { ...topic, Condition: 'A' } } },
    /Unresolved condition dependency A$/,
  ],
]
const whole = (template: object | string): string =>
  typeof template === 'string' ? template : JSON.stringify({ Resources: { Topic: topic }, ...template })
describe('a template that is not one is refused, the nearest that is one is read', () => {
  for (const [at, [good, bad, message]] of refused.entries())
    test(`${at}: ${message}`, () => {
      assert.ok(readTemplate(whole(good)))
      assert.throws(() => readTemplate(whole(bad)), refusedWith(message))
    })
})

test('nothing gets at the prototype of anything', () => {
  for (const body of [bodyOf('@').replace('"@"', '{"__proto__": {"x": 1}}'), yaml('{__proto__: {x: 1}}')])
    assert.throws(() => readTemplate(body), refusedWith('Template format error: The key __proto__ is not allowed.'))
  assert.deepEqual(Object.keys(readTemplate(whole({ Resources: { constructor: topic } })).resources), ['constructor'])
})

test("the rule of CDK's templates is kept", async () => {
  const body = bodyOf('', {
    Parameters: { BootstrapVersion: { Type: 'String', Default: '30' } },
    Rules: {
      CheckBootstrapVersion: {
        Assertions: [
          {
            Assert: { 'Fn::Not': [{ 'Fn::Contains': [['1', '2', '3', '4', '5'], { Ref: 'BootstrapVersion' }] }] },
            AssertDescription: 'Version 6 required.',
          },
        ],
      },
      Never: { RuleCondition: { 'Fn::Equals': ['a', 'b'] }, Assertions: [{ Assert: false }] },
    },
  })
  const template = readTemplate(body)
  checkRules(template, await scopeOf(body))
  const old = await scopeOf(body, [{ key: 'BootstrapVersion', value: '5' }])
  assert.throws(() => checkRules(template, old), refusedWith(/Version 6 required\.$/))
})

test('a summary tells what a template asks for, and what must be acknowledged', () => {
  const role = (properties: object) => ({
    Resources: { Role: { Type: 'AWS::IAM::Role', Properties: properties }, Bucket: { Type: 'AWS::S3::Bucket' } },
  })
  const plain = templateSummary(readTemplate(whole(role({}))))
  assert.deepEqual(plain.Capabilities, ['CAPABILITY_IAM'])
  assert.equal(plain.CapabilitiesReason, 'The following resource(s) require capabilities: [AWS::IAM::Role]')
  assert.deepEqual(plain.ResourceTypes, ['AWS::IAM::Role', 'AWS::S3::Bucket'])
  assert.deepEqual(templateSummary(readTemplate(whole(role({ RoleName: 'x' })))).Capabilities, ['CAPABILITY_NAMED_IAM'])
  const secret = { Type: 'String', NoEcho: true, Default: 'secret', AllowedValues: ['secret'], Description: 'told' }
  const none = templateSummary(readTemplate(whole({ Parameters: { P: secret } })))
  assert.deepEqual(none.Capabilities, [])
  assert.equal(none.Parameters[0]?.DefaultValue, '****')
})
