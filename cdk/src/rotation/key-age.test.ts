import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyAgeLine, oldestKeyAge } from './key-age.ts'
import type { UserKeys } from './user-keys.ts'

const now = new Date('2026-11-21T12:00:00Z')
const keysOf = (...keys: readonly (readonly [createdAt: string, active: boolean])[]): UserKeys => {
  const listed = keys.map(([createdAt, active], index) => ({
    id: `AKIA${index}`,
    active,
    createdAt: new Date(createdAt),
  }))
  const never = () => Promise.reject(new Error('not for measuring'))
  return { list: async () => listed, create: never, deactivate: never, remove: never, lastUsed: never }
}

test('the age is that of the oldest active key, in days', async () => {
  assert.equal(await oldestKeyAge(keysOf(['2026-11-20T00:00:00Z', true], ['2026-11-01T00:00:00Z', false]), now), 1.5)
  assert.equal(await oldestKeyAge(keysOf(['2026-11-20T12:00:00Z', true], ['2026-11-01T12:00:00Z', true]), now), 20)
  assert.equal(await oldestKeyAge(keysOf(['2026-11-20T00:00:00Z', false]), now), 0)
})

test('the line is one metric in the embedded format', () => {
  assert.deepEqual(JSON.parse(keyAgeLine('ann', 1.23456, now)), {
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: 'Mayfly/AccessKeys',
          Dimensions: [['UserName']],
          Metrics: [{ Name: 'AgeInDays', Unit: 'None' }],
        },
      ],
    },
    UserName: 'ann',
    AgeInDays: 1.23,
  })
})
