// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Fn::Sub is written
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Value } from '../resource-type.ts'
import { refusedWith, worked } from './stage.test.ts'

const more = {
  Parameters: {
    Name: { Type: 'String', Default: 'ann' },
    Names: { Type: 'CommaDelimitedList', Default: 'ann, bob' },
  },
  Mappings: { Sizes: { small: { gib: 1, zones: ['a', 'b'] } } },
  Conditions: {
    Yes: { 'Fn::Equals': [{ Ref: 'Name' }, 'ann'] },
    No: { 'Fn::Not': [{ Condition: 'Yes' }] },
    Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
    Either: { 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] },
  },
}

const legal: readonly (readonly [name: string, raw: Value, value: Value])[] = [
  ['Ref of a parameter', { Ref: 'Name' }, 'ann'],
  ['Ref of a list', { Ref: 'Names' }, ['ann', 'bob']],
  ['Ref of a resource', { Ref: 'Other' }, 'ref-Other'],
  ['Ref of the region', { Ref: 'AWS::Region' }, 'eu-central-1'],
  ['NoValue in a list and a map', [{ a: { Ref: 'AWS::NoValue' }, b: 1 }, { Ref: 'AWS::NoValue' }], [{ b: 1 }]],
  ['GetAtt', { 'Fn::GetAtt': ['Other', 'Arn'] }, 'Other/Arn'],
  ['GetAtt written with a dot', { 'Fn::GetAtt': 'Other.Endpoint.Port' }, 'Other/Endpoint.Port'],
  ['GetAtt of a name worked out', { 'Fn::GetAtt': ['Other', { Ref: 'Name' }] }, 'Other/ann'],
  ['Sub', { 'Fn::Sub': 'a:${AWS::Region}:${Name}:${Other}:${Other.Arn}' }, 'a:eu-central-1:ann:ref-Other:Other/Arn'],
  ['Sub with a literal', { 'Fn::Sub': '${!aws:username}$${Name}' }, '${aws:username}$ann'],
  ['Sub with names of its own', { 'Fn::Sub': ['${Name}-${x.y}', { Name: 'own', 'x.y': { Ref: 'Name' } }] }, 'own-ann'],
  ['Join', { 'Fn::Join': ['/', ['a', 1, { Ref: 'AWS::NoValue' }, { Ref: 'Name' }]] }, 'a/1/ann'],
  ['Join of a list parameter', { 'Fn::Join': ['', { Ref: 'Names' }] }, 'annbob'],
  ['Split', { 'Fn::Split': [',', 'a,b'] }, ['a', 'b']],
  ['Select', { 'Fn::Select': ['1', { 'Fn::Split': ['/', 'a/b'] }] }, 'b'],
  ['If', { 'Fn::If': ['Yes', 'a', 'b'] }, 'a'],
  ['If not', { 'Fn::If': ['No', 'a', 'b'] }, 'b'],
  ['And', { 'Fn::If': ['Both', 'a', 'b'] }, 'b'],
  ['Or', { 'Fn::If': ['Either', 'a', 'b'] }, 'a'],
  ['FindInMap', { 'Fn::FindInMap': ['Sizes', 'small', 'gib'] }, 1],
  ['FindInMap of a list', { 'Fn::FindInMap': ['Sizes', 'small', 'zones'] }, ['a', 'b']],
  ['FindInMap otherwise', { 'Fn::FindInMap': ['Sizes', 'big', 'gib', { DefaultValue: { Ref: 'Name' } }] }, 'ann'],
  ['ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': 'x-${Name}' } }, 'import-x-ann'],
  ['Base64', { 'Fn::Base64': 'hi' }, 'aGk='],
  ['Length', { 'Fn::Length': { Ref: 'Names' } }, 2],
  ['ToJsonString', { 'Fn::ToJsonString': { a: { Ref: 'Name' } } }, '{"a":"ann"}'],
  ['GetAZs', { 'Fn::GetAZs': '' }, ['eu-central-1a', 'eu-central-1b', 'eu-central-1c']],
  ['Contains', { 'Fn::Contains': [{ Ref: 'Names' }, 'bob'] }, true],
  ['Contains not', { 'Fn::Contains': [['1', '2'], '3'] }, false],
  ['EachMemberEquals', { 'Fn::EachMemberEquals': [['a', 'a'], 'a'] }, true],
  ['EachMemberIn', { 'Fn::EachMemberIn': [{ Ref: 'Names' }, ['ann', 'eve']] }, false],
  ['Equals of a boolean and its text', { 'Fn::Equals': [true, 'true'] }, true],
  ['a map that only looks like a function', { Ref: 'Nobody', More: 1 }, { Ref: 'Nobody', More: 1 }],
  [
    'the condition of a policy statement',
    { Condition: { Bool: { x: 'true' } } },
    { Condition: { Bool: { x: 'true' } } },
  ],
]

describe('what is written right is worked out', () => {
  for (const [name, raw, value] of legal) test(name, async () => assert.deepEqual(await worked(raw, more), value))
})

const illegal: readonly (readonly [name: string, raw: Value, message: string | RegExp])[] = [
  ['Ref of a list', { Ref: ['a'] }, 'Template error: every Ref object must have a single String value.'],
  [
    'Ref of nothing',
    [{ Ref: 'Nobody' }, { 'Fn::Sub': '${constructor}' }],
    'Template format error: Unresolved resource dependencies [Nobody, constructor] in the Resources block of the template',
  ],
  [
    'GetAtt of nothing',
    { 'Fn::GetAtt': ['Nobody', 'Arn'] },
    'Template error: instance of Fn::GetAtt references undefined resource Nobody',
  ],
  ['GetAtt without an attribute', { 'Fn::GetAtt': ['Other'] }, /^Template error: every Fn::GetAtt object requires two/],
  [
    'Sub of an attribute of nothing',
    { 'Fn::Sub': '${Nobody.Arn}' },
    'Template error: instance of Fn::Sub references invalid resource attribute Nobody.Arn',
  ],
  ['Sub of a name with a dash', { 'Fn::Sub': '${a-b}' }, /^Template error: variable names in Fn::Sub syntax must/],
  ['Sub of a map', { 'Fn::Sub': {} }, /^Template error: One or more Fn::Sub intrinsic functions don't specify/],
  ['Sub of a list', { 'Fn::Sub': '${Names}' }, 'Template error: Fn::Sub expression does not resolve to a string'],
  ['Join of a text', { 'Fn::Join': ['', 'a'] }, /^Template error: every Fn::Join object requires two parameters/],
  ['Split of a list', { 'Fn::Split': [',', ['a']] }, /^Template error: every Fn::Split object requires two parameters/],
  [
    'Select beyond the end',
    { 'Fn::Select': [2, ['a', 'b']] },
    'Template error: Fn::Select cannot select nonexistent value at index 2',
  ],
  ['Select of a text', { 'Fn::Select': [0, 'a'] }, /^Template error: Fn::Select requires a list argument/],
  [
    'If of no condition',
    { 'Fn::If': ['toString', 'a', 'b'] },
    'Template error: unresolved condition dependency toString in Fn::If',
  ],
  ['If without an else', { 'Fn::If': ['Yes', 'a'] }, /^Template error: Fn::If requires a list argument/],
  [
    'FindInMap of no mapping',
    { 'Fn::FindInMap': ['toString', 'a', 'b'] },
    "Template error: Mapping named 'toString' is not present in the 'Mappings' section of template.",
  ],
  [
    'FindInMap of no key',
    { 'Fn::FindInMap': ['Sizes', 'constructor', 'name'] },
    'Template error: Unable to get mapping for Sizes::constructor::name',
  ],
  ['FindInMap of two', { 'Fn::FindInMap': ['Sizes', 'small'] }, /^Template error: every Fn::FindInMap object requires/],
  ['ImportValue of a list', { 'Fn::ImportValue': ['a'] }, /^Template error: every Fn::ImportValue/],
  [
    'Base64 of a list',
    { 'Fn::Base64': ['a'] },
    'Template error: every Fn::Base64 object must have a String-typed value.',
  ],
  ['Length of a text', { 'Fn::Length': 'a' }, /^Template error: every Fn::Length/],
  ['ToJsonString of a text', { 'Fn::ToJsonString': 'a' }, /^Template error: every Fn::ToJsonString/],
  ['GetAZs of a list', { 'Fn::GetAZs': ['a'] }, /^Template error: every Fn::GetAZs/],
  [
    'Equals of one',
    { 'Fn::Equals': ['a'] },
    'Template error: every Fn::Equals object requires a list of 2 string parameters.',
  ],
  ['Not of a text', { 'Fn::Not': ['a'] }, 'Template error: every Fn::Not object requires one boolean parameter.'],
  ['And of one', { 'Fn::And': [true] }, /^Template error: every Fn::And object requires a list of at least 2/],
  ['Or of a text', { 'Fn::Or': [true, 'a'] }, /^Template error: every Fn::Or object requires a list of at least 2/],
  ['Contains of one', { 'Fn::Contains': [['a']] }, /^Template error: every Fn::Contains object requires two/],
  ['EachMemberIn of a map', { 'Fn::EachMemberIn': [{ a: 1 }, ['a']] }, /^Template error: every Fn::EachMemberIn/],
  ['EachMemberEquals of one', { 'Fn::EachMemberEquals': [['a']] }, /^Template error: every Fn::EachMemberEquals/],
  ['ValueOf', { 'Fn::ValueOf': ['a', 'b'] }, /^Template error: Fn::ValueOf is not a function the sandbox has/],
  ['Cidr', { 'Fn::Cidr': ['10.0.0.0/16', 1, 8] }, /^Template error: Fn::Cidr is not there in the sandbox\.$/],
  ['no function', { 'Fn::Nope': 1 }, /^Template error: Encountered unsupported function: Fn::Nope /],
]

describe('what is written wrong is refused in the words of CloudFormation', () => {
  for (const [name, raw, message] of illegal) test(name, () => assert.rejects(worked(raw, more), refusedWith(message)))
})

test('Sub keeps every letter that is not a name', async () => {
  const plain = fc.string().filter((text) => !/\$\{/.test(text))
  await fc.assert(
    fc.asyncProperty(plain, plain, async (before, after) => {
      assert.equal(await worked({ 'Fn::Sub': before }), before)
      const inside = `${before}\${Other}${after}\${!x}`
      if (!before.endsWith('$')) assert.equal(await worked({ 'Fn::Sub': inside }), `${before}ref-Other${after}\${x}`)
    }),
    { numRuns: 50 },
  )
})

test('plain JSON is what it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), async (json) => {
      const value = JSON.parse(JSON.stringify(json)) as Value
      if (/Fn::|Ref|__proto__/.test(JSON.stringify(value))) return
      assert.deepEqual(await worked(value), value)
    }),
    { numRuns: 50 },
  )
})
