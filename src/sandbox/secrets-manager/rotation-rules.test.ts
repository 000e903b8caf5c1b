import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../fault.ts'
import { nextRotation } from './rotation-rules.ts'

const saturday = new Date('2026-11-21T09:30:00.000Z')
const next = (ScheduleExpression: string) => nextRotation({ ScheduleExpression }, saturday)?.toISOString()

test('a schedule says when a rotation is due', () => {
  assert.equal(nextRotation({ AutomaticallyAfterDays: 1 }, saturday)?.toISOString(), '2026-11-22T09:30:00.000Z')
  assert.equal(next('rate(4 hours)'), '2026-11-21T13:30:00.000Z')
  assert.equal(next('cron(0 8 * * ? *)'), '2026-11-22T08:00:00.000Z')
  assert.equal(next('cron(0 0 L * ? *)'), '2026-11-30T00:00:00.000Z')
  assert.equal(next('cron(0 16 ? * MON *)'), '2026-11-23T16:00:00.000Z')
  assert.equal(next('cron(0 1 ? 1/3 SUN#1 *)'), '2027-01-03T01:00:00.000Z')
})

test('a schedule that cannot be read, or is too close, is refused', () => {
  for (const schedule of ['rate(3 hours)', 'rate(1 week)', 'cron(0 8 * * *)', 'cron(5 8 * * ? *)', 'cron(0 8 1 * 1 *)'])
    assert.throws(
      () => next(schedule),
      (error) => error instanceof Fault && error.code === 'InvalidParameterException',
      schedule,
    )
})
