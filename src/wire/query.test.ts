import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { measuring } from '../../test/contracts/effort.ts'
import { decodeQuery, encodeQuery, type QueryInput, type QueryValue } from './query.ts'
import { WireFault } from './wire-fault.ts'

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('parameters are written as the SDKs write them', () => {
  assert.equal(
    encodeQuery({
      Action: 'AssumeRole',
      Tags: [
        { Key: 'a b', Value: '' },
        { Key: 'é+', Value: 'x' },
      ],
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/P' }],
      TransitiveTagKeys: [],
      DurationSeconds: 900,
      Since: new Date(0),
      Nothing: undefined,
      Map: new Map([['k', 'v']]),
    }),
    'Action=AssumeRole&Tags.member.1.Key=a%20b&Tags.member.1.Value=&Tags.member.2.Key=%C3%A9%2B&Tags.member.2.Value=x' +
      '&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FP&TransitiveTagKeys=&DurationSeconds=900' +
      '&Since=1970-01-01T00%3A00%3A00Z&Map.entry.1.key=k&Map.entry.1.value=v',
  )
})

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/).filter((word) => !['member', 'entry'].includes(word))
const { input } = fc.letrec<{ value: QueryValue; input: QueryInput }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 3 }),
  ),
  input: fc.dictionary(name, tie('value'), { maxKeys: 4 }),
}))

test('what is written reads back the same', () => {
  fc.assert(
    fc.property(input, (params) => {
      assert.deepEqual(plain(decodeQuery(encodeQuery(params))), plain(params))
    }),
  )
})

test('maps, single items, bare names and both spellings of a space are read', () => {
  assert.deepEqual(plain(decodeQuery('M.entry.1.key=k&M.entry.1.value.x=1&M.entry.2.key=l&M.entry.2.value=2')), {
    M: { k: { x: '1' }, l: '2' },
  })
  assert.deepEqual(plain(decodeQuery('L.member.2=b&L.member.1=a&&Flag&S=a+b%20c%2B')), {
    L: ['a', 'b'],
    Flag: '',
    S: 'a b c+',
  })
  assert.deepEqual(plain(decodeQuery('A.member=1')), { A: { member: '1' } })
  assert.deepEqual(plain(decodeQuery('')), {})
})

test('what two readers could read in two ways is refused', () => {
  for (const text of [
    'A=1&A=2',
    'A=1&A.member.1=2',
    'A.member.1=2&A=1',
    'A.member.2=1',
    'A.member.0=1',
    'A.member.01=1',
    'A.member.1=1&A.member.3=2',
    'A.member.1=1&A.member.99999999999=2',
    'A.member.1=1&A.member.x=2',
    'A.entry.1.key=k',
    'A.entry.1.key=k&A.entry.1.value=1&A.entry.2.key=k&A.entry.2.value=2',
    'A.entry.1.key=__proto__&A.entry.1.value=1',
    '__proto__=1',
    '__proto__.polluted=1',
    'A.__proto__.polluted=1',
    'a=%zz',
    'a=%ff',
    '%ff=a',
    '.=1',
    'a..b=1',
    `${'a.'.repeat(20)}b=1`,
  ])
    assert.throws(() => decodeQuery(text), { name: 'WireFault', code: 'malformed' }, text)
  assert.equal(Object.getPrototypeOf(decodeQuery('A.constructor.x=1').A), null)
})

test('there are at most ten thousand parameters', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `L.member.${index + 1}=x`).join('&')
  assert.equal((decodeQuery(many(10_000)).L ?? '').length, 10_000)
  assert.throws(() => decodeQuery(many(10_001)), { code: 'too-large' })
})

test('arbitrary text gives parameters or a fault, and a megabyte does so at once', () => {
  const total = (text: string): void => {
    try {
      decodeQuery(text)
    } catch (error) {
      assert.ok(error instanceof WireFault)
    }
  }
  fc.assert(fc.property(fc.string({ unit: 'binary' }), total))
  fc.assert(fc.property(fc.stringMatching(/^(([AB]|member|entry|\.|[12]|key|value)=?&?)*$/), total))
  for (const part of ['&', '=', '.', '%', 'a.', 'a&', 'a=1&', '%41', '+']) {
    const effort = measuring()
    total(part.repeat(1_000_000 / part.length))
    assert.ok(effort() < 1000, part)
  }
})
