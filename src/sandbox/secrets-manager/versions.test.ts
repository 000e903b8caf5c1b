import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '../fault.ts'
import type { Secret } from './state.ts'
import { dropStage, moveStage, putValue, updateStage, versionFor } from './versions.ts'

const at = new Date('2026-11-21T09:00:00.000Z')
const empty: Secret = {
  ...{ arn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:s-AbCdEf', accountId: '111122223333' },
  ...{
    region: 'us-east-1',
    name: 's',
    createdAt: at.toISOString(),
    changedAt: at.toISOString(),
    tags: {},
    versions: [],
  },
}
function withValues(...ids: readonly string[]): Secret {
  let secret = empty
  for (const id of ids)
    secret = { ...secret, versions: putValue(secret, { id, string: id, stages: ['AWSCURRENT'] }, at) }
  return secret
}
const refused = (code: string) => (error: unknown) => error instanceof Fault && error.code === code

test('a new current version makes the one before it the previous one', () => {
  const { versions } = withValues('a', 'b', 'c')
  assert.deepEqual(
    versions.map(({ id, stages }) => [id, ...stages]),
    [['a'], ['b', 'AWSPREVIOUS'], ['c', 'AWSCURRENT']],
  )
})

test('the same token takes the same value again, and no other', () => {
  const secret = withValues('a')
  const again = { id: 'a', string: 'a', stages: ['AWSCURRENT'] }
  assert.equal(putValue(secret, again, at), secret.versions)
  assert.throws(() => putValue(secret, { ...again, string: 'b' }, at), refused('ResourceExistsException'))
})

test('AWSCURRENT moves only from where it is said to be, and is never taken off', () => {
  const secret = withValues('a', 'b')
  assert.throws(() => updateStage(secret, 'AWSCURRENT', { to: 'a' }), refused('InvalidParameterException'))
  assert.throws(() => updateStage(secret, 'AWSCURRENT', { from: 'a', to: 'a' }), refused('InvalidParameterException'))
  assert.throws(() => updateStage(secret, 'AWSCURRENT', { from: 'b' }), refused('InvalidParameterException'))
  const versions = updateStage(secret, 'AWSCURRENT', { from: 'b', to: 'a' })
  assert.equal(versionFor({ ...secret, versions }, undefined, undefined).id, 'a')
  assert.equal(versionFor({ ...secret, versions }, undefined, 'AWSPREVIOUS').id, 'b')
})

test('a version is not read under a label that it does not have', () => {
  const secret = withValues('a', 'b')
  assert.throws(() => versionFor(secret, 'a', 'AWSCURRENT'), refused('InvalidRequestException'))
  assert.equal(versionFor(secret, 'a', 'AWSPREVIOUS').id, 'a')
})

test('the hundred-and-first version takes the place of one without a label that is a day old', () => {
  const full = withValues(...Array.from({ length: 100 }, (_, place) => `v${place}`))
  const value = { id: 'new', string: 'new', stages: ['AWSCURRENT'] }
  assert.throws(() => putValue(full, value, at), refused('LimitExceededException'))
  const later = putValue(full, value, new Date(at.getTime() + 86_400_000))
  assert.equal(later.length, 100)
  assert.equal(later[0]?.id, 'v1')
})

test('whatever is moved, a label is on one version at most', () => {
  const label = fc.constantFrom('AWSCURRENT', 'AWSPREVIOUS', 'AWSPENDING', 'mine')
  fc.assert(
    fc.property(fc.array(fc.tuple(label, fc.constantFrom('a', 'b', 'c'))), (moves) => {
      const moved = moves.reduce(
        (versions, [stage, to]) => moveStage(versions, stage, to),
        withValues('a', 'b', 'c').versions,
      )
      const labels = moved.flatMap(({ stages }) => stages)
      assert.equal(new Set(labels).size, labels.length)
      assert.ok(labels.includes('AWSCURRENT'))
    }),
  )
})

test('a rotation that ends takes its own label off, and not that of the next one', () => {
  const { versions } = withValues('a', 'b')
  const pending = moveStage(versions, 'AWSPENDING', 'b')
  const stagesOf = (id: string, among: typeof versions) => among.find((version) => version.id === id)?.stages
  assert.deepEqual(stagesOf('b', dropStage(pending, 'AWSPENDING', 'b')), ['AWSCURRENT'])
  assert.deepEqual(stagesOf('b', dropStage(pending, 'AWSPENDING', 'a')), ['AWSCURRENT', 'AWSPENDING'])
})
