// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how policy variables are written
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileCondition } from './compile-condition.ts'
import type { PolicyDocument } from './document.ts'
import type { RequestContext } from './question.ts'

/** Whether `operator: { aws:k: wanted }` holds when the request has `found`; undefined is an absent key. */
function holds(
  operator: string,
  wanted: string | readonly string[],
  found?: string | readonly string[],
  more: RequestContext = {},
  version: PolicyDocument['version'] = '2012-10-17',
) {
  const values = typeof wanted === 'string' ? [wanted] : wanted
  const context = found === undefined ? more : { ...more, 'aws:k': found }
  return compileCondition({ operator, key: 'aws:k', values }, version, 'Allow').holds(context)
}

test('an absent key fails a positive operator and satisfies a negated one', () => {
  for (const operator of ['StringEquals', 'StringLike', 'Bool', 'ArnLike', 'BinaryEquals'])
    assert.equal(holds(operator, 'true'), false, operator)
  for (const operator of ['NumericLessThan', 'NumericEquals', 'DateLessThan'])
    assert.equal(holds(operator, '1'), false, operator)
  assert.equal(holds('IpAddress', '10.0.0.0/8'), false)
  for (const operator of [
    'StringNotEquals',
    'StringNotLike',
    'StringNotEqualsIgnoreCase',
    'ArnNotLike',
    'ArnNotEquals',
  ])
    assert.equal(holds(operator, 'x'), true, operator)
  assert.equal(holds('NumericNotEquals', '1'), true)
  assert.equal(holds('DateNotEquals', '1'), true)
  assert.equal(holds('NotIpAddress', '10.0.0.0/8'), true)
})

test('an absent key satisfies IfExists and ForAllValues and fails ForAnyValue', () => {
  for (const operator of [
    'StringEqualsIfExists',
    'BoolIfExists',
    'ForAllValues:StringEquals',
    'ForAllValues:StringNotEquals',
    'ForAnyValue:StringEqualsIfExists',
  ])
    assert.equal(holds(operator, 'true'), true, operator)
  for (const operator of ['ForAnyValue:StringEquals', 'ForAnyValue:StringNotEquals'])
    assert.equal(holds(operator, 'x'), false, operator)
  assert.equal(holds('StringEqualsIfExists', 'a', 'b'), false)
  assert.equal(holds('ForAllValues:StringEquals', 'a', []), true)
  assert.equal(holds('ForAllValues:StringEquals', 'a', ''), true)
})

test('Null asks whether the key is there', () => {
  assert.deepEqual(
    [holds('Null', 'true'), holds('Null', 'false'), holds('Null', 'true', 'x'), holds('Null', 'false', 'x')],
    [true, false, false, true],
  )
  assert.equal(holds('Null', 'true', []), true)
})

test('strings compare with case, without case, and with wildcards', () => {
  assert.deepEqual(
    [holds('StringEquals', 'Ab', 'Ab'), holds('StringEquals', 'Ab', 'ab'), holds('StringEquals', 'a*', 'ab')],
    [true, false, false],
  )
  assert.deepEqual(
    [holds('StringEqualsIgnoreCase', 'Ab', 'aB'), holds('StringNotEqualsIgnoreCase', 'Ab', 'aB')],
    [true, false],
  )
  assert.deepEqual(
    [holds('StringLike', 'a*?', 'abc'), holds('StringLike', 'A*', 'abc'), holds('StringNotLike', 'a*', 'abc')],
    [true, false, false],
  )
  assert.equal(holds('StringEquals', ['x', 'ab'], 'ab'), true)
  assert.equal(holds('StringNotEquals', ['x', 'ab'], 'ab'), false)
  assert.equal(holds('StringEquals', [], 'ab'), false)
})

test('numbers compare as numbers, and what is no number matches nothing', () => {
  assert.deepEqual(
    [
      holds('NumericEquals', '10', '10.0'),
      holds('NumericLessThan', '9', '10'),
      holds('NumericLessThanEquals', '10', '10'),
    ],
    [true, false, true],
  )
  assert.deepEqual(
    [holds('NumericGreaterThan', '9', '10'), holds('NumericGreaterThanEquals', '11', '10')],
    [true, false],
  )
  assert.equal(holds('NumericLessThan', '10', 'few'), false)
  assert.equal(holds('NumericNotEquals', '10', 'few'), true)
})

test('dates compare across ISO 8601, with milliseconds, and seconds since 1970', () => {
  assert.equal(holds('DateLessThan', '1800000000', '2026-11-21T09:00:00Z'), true)
  assert.equal(holds('DateGreaterThan', '1700000000', '2026-11-21T09:00:00Z'), true)
  assert.equal(holds('DateEquals', '2026-11-21T09:00:00.000Z', '1795251600'), true)
  assert.equal(holds('DateLessThan', '2026-11-21T10:00:00.123Z', '2026-11-21T10:00:00Z'), true)
  assert.equal(holds('DateLessThan', '2026-11-21T10:00:00Z', 'whenever'), false)
})

test('addresses lie in ranges of their own family', () => {
  assert.equal(holds('IpAddress', ['192.0.2.0/24', '203.0.113.0/24'], '203.0.113.7'), true)
  assert.equal(holds('NotIpAddress', '203.0.113.0/24', '203.0.113.7'), false)
  assert.equal(holds('NotIpAddress', '203.0.113.0/24', '2001:db8::1'), true)
  assert.equal(holds('IpAddress', '2001:db8::/32', '2001:db8::1'), true)
  assert.equal(holds('IpAddress', '203.0.113.0/24', 'not an address'), false)
})

test('an ARN matches part by part, so a star does not reach over a colon', () => {
  const role = 'arn:aws:iam::111122223333:role/dev'
  for (const wanted of [role, 'arn:aws:iam::*:role/d?v', 'arn:*:iam::111122223333:*', '*'])
    assert.equal(holds('ArnLike', wanted, role), true, wanted)
  for (const wanted of ['arn:aws:*:role/dev', 'arn:aws:iam::role/dev', role.replace('role', 'Role')])
    assert.equal(holds('ArnEquals', wanted, role), false, wanted)
  assert.equal(holds('ArnLike', 'arn:aws:logs:*:*:group:*', 'arn:aws:logs:eu-west-1:1:group:a:b'), true)
  assert.equal(holds('ArnLike', role, 'no arn'), false)
  assert.equal(holds('ArnNotLike', role, 'no arn'), true)
  assert.equal(holds('StringLike', 'arn:aws:*:role/dev', role), true)
})

test('Bool and BinaryEquals compare what they mean', () => {
  assert.deepEqual(
    [holds('Bool', 'TRUE', 'true'), holds('Bool', 'true', 'false'), holds('Bool', 'true', '1')],
    [true, false, false],
  )
  assert.deepEqual([holds('BinaryEquals', 'QUI=', 'QUI'), holds('BinaryEquals', 'QUI=', 'QUJ=')], [true, false])
})

test('the set operators ask all values or any', () => {
  assert.equal(holds('ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'a']), true)
  assert.equal(holds('ForAllValues:StringEquals', ['a', 'b'], ['a', 'z']), false)
  assert.equal(holds('ForAnyValue:StringEquals', ['a', 'b'], ['z', 'a']), true)
  assert.equal(holds('ForAnyValue:StringEquals', ['a', 'b'], ['y', 'z']), false)
  assert.equal(holds('ForAllValues:StringNotEquals', ['a', 'b'], ['y', 'z']), true)
  assert.equal(holds('ForAllValues:StringNotEquals', ['a', 'b'], ['a', 'z']), false)
  assert.equal(holds('ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'z']), true)
  assert.equal(holds('ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b']), false)
})

test('keys are found in any case, and never in the prototype', () => {
  const asks = (key: string, context: RequestContext) =>
    compileCondition({ operator: 'Null', key, values: ['false'] }, '2012-10-17', 'Allow').holds(context)
  assert.equal(asks('AWS:multifactorauthPRESENT', { 'aws:MultiFactorAuthPresent': 'true' }), true)
  assert.equal(asks('aws:MultiFactorAuthPresent', { 'aws:MultiFactorAuthAge': '1' }), false)
  for (const key of ['constructor', 'toString', '__proto__']) assert.equal(asks(key, {}), false)
  assert.equal(asks('aws:k', Object.create({ 'aws:K': 'inherited' })), false)
})

test('variables take their value from the request, or their default', () => {
  const ann = { 'aws:username': 'ann' }
  assert.equal(holds('StringEquals', '${aws:username}', 'ann', ann), true)
  assert.equal(holds('StringEquals', '${AWS:USERNAME}', 'ann', ann), true)
  assert.equal(holds('StringLike', 'home/${aws:username}/*', 'home/ann/x', ann), true)
  assert.equal(holds('StringEquals', "${aws:username, 'nobody'}", 'nobody'), true)
  assert.equal(holds('StringEquals', "${aws:username, 'nobody'}", 'ann', ann), true)
  assert.equal(
    holds('ArnLike', 'arn:aws:iam::${aws:PrincipalAccount}:role/*', 'arn:aws:iam::1:role/r', {
      'aws:PrincipalAccount': '1',
    }),
    true,
  )
})

test('a variable without a value matches nothing, and so satisfies a negated operator', () => {
  assert.equal(holds('StringEquals', '${aws:username}', '${aws:username}'), false)
  assert.equal(holds('StringLike', '${aws:username}*', 'x'), false)
  assert.equal(holds('StringNotEquals', '${aws:username}', 'ann'), true)
  assert.equal(holds('StringEquals', '${aws:TagKeys}', 'a', { 'aws:TagKeys': ['a', 'b'] }), false)
})

test('a star in the value of a variable is no wildcard', () => {
  assert.equal(holds('StringLike', 'team/${aws:username}', 'team/ann', { 'aws:username': '*' }), false)
  assert.equal(holds('StringLike', 'team/${aws:username}', 'team/*', { 'aws:username': '*' }), true)
})

test('${*}, ${?} and ${$} are those characters', () => {
  assert.deepEqual([holds('StringLike', 'a${*}', 'a*'), holds('StringLike', 'a${*}', 'ab')], [true, false])
  assert.deepEqual([holds('StringLike', 'a${?}', 'a?'), holds('StringLike', 'a${?}', 'ab')], [true, false])
  assert.equal(holds('StringEquals', '${$}{aws:username}', '${aws:username}', { 'aws:username': 'ann' }), true)
})

test('in the language of 2008 a variable is only text', () => {
  assert.equal(holds('StringEquals', '${aws:username}', 'ann', { 'aws:username': 'ann' }, '2008-10-17'), false)
  assert.equal(holds('StringEquals', '${aws:username}', '${aws:username}', {}, '2008-10-17'), true)
})

test('an operator IAM does not have fails an Allow and holds in a Deny', () => {
  const condition = { operator: 'StringIs', key: 'aws:k', values: ['x'] }
  assert.equal(compileCondition(condition, '2012-10-17', 'Allow').holds({ 'aws:k': 'x' }), false)
  assert.equal(compileCondition(condition, '2012-10-17', 'Deny').holds({ 'aws:k': 'x' }), true)
})
