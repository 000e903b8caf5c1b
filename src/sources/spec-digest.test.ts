import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AssumeRoleSpec } from '../model/source-spec.ts'
import { canonicalSpec, specDigest } from './spec-digest.ts'

const spec: AssumeRoleSpec = {
  kind: 'assume-role',
  base: {
    kind: 'mfa-session',
    base: { kind: 'stored-key', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
    mfa: { serial: 'arn:aws:iam::111122223333:mfa/ann', process: 'oath' },
    duration: 3600,
    sts: { region: 'eu-west-1', endpoint: 'http://127.0.0.1:1/' },
  },
  roleArn: 'arn:aws:iam::111122223333:role/reader',
  sessionName: 'ann',
  externalId: 'external',
  duration: 900,
  mfa: { serial: 'GAHT12345678' },
  tags: { team: 'a', cost: 'b' },
  transitiveTagKeys: ['team', 'cost'],
  sourceIdentity: 'ann',
  policy: '{}',
  policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  sts: { region: 'eu-west-1' },
}

type Json = string | number | readonly Json[] | { readonly [name: string]: Json }

/** Every spec that differs from `value` in one place: a leaf changed, a field left out, a list's order or length. */
function changesOf(value: Json): Json[] {
  if (typeof value === 'string') return [`${value} `, value.slice(1), `${value}","x":"`]
  if (typeof value === 'number') return [value + 1, String(value)]
  if (isList(value))
    return [
      ...(value.length > 1 ? [value.toReversed()] : []),
      [...value, 'more'],
      value.slice(1),
      ...value.flatMap((item, at) => changesOf(item).map((changed) => value.with(at, changed))),
    ]
  return Object.entries(value).flatMap(([name, field]) => {
    const { [name]: _, ...others } = value
    return [others, { ...others, [`${name}x`]: field }, ...changesOf(field).map((it) => ({ ...value, [name]: it }))]
  })
}
const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
const digest = (value: unknown) => specDigest(value as AssumeRoleSpec)

test('every change of any field, however deep, changes the digest', () => {
  const changed = changesOf(spec as unknown as Json)
  assert.ok(changed.length > 90)
  const digests = new Set([spec, ...changed].map(digest))
  const distinct = new Set([spec, ...changed].map((it) => canonicalSpec(it as AssumeRoleSpec)))
  assert.equal(digests.size, distinct.size)
  for (const it of changed) assert.notEqual(digest(it), digest(spec))
})

test('neither the order of fields nor a field that is undefined changes the digest', () => {
  const reversed = (value: unknown): unknown =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(
          [...Object.entries(value).reverse(), ['nothing', undefined]].map(([k, v]) => [k, reversed(v)]),
        )
  assert.equal(digest(reversed(spec)), digest(spec))
  assert.match(digest(spec), /^[0-9a-f]{64}$/)
})

test('the canonical text is the spec itself: reading it back gives the spec', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (tags) => {
      const tagged = { ...spec, tags }
      const read = JSON.parse(canonicalSpec(tagged))
      assert.deepEqual(Object.entries(read.tags).sort(), Object.entries(tags).sort())
    }),
  )
})
