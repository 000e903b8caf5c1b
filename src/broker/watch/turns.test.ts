import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configText } from '../../../test/contracts/broker-stage.ts'
import { openLedger } from '../../ledger/index.ts'
import { parseConfig } from '../config/read-config.ts'
import { openTurns } from './turns.ts'

const seconds = (count: number): Date => new Date(Date.UTC(2026, 10, 21, 12) + count * 1000)

test('of several brokers on one database one watches, and when it is gone another does', async (t) => {
  const ledger = await openLedger('memory:')
  t.after(() => ledger.close())
  const config = parseConfig(configText(), '/broker/mayfly.yaml')
  let at = seconds(0)
  const broker = () =>
    openTurns({ ledger, config: () => ({ ...config, database: 'postgres://db/mayfly' }), now: () => at })
  const [one, two] = [broker(), broker()]
  for (let count = 0; count < 1200; count += 60) {
    at = seconds(count)
    assert.deepEqual([await one.mine(), await two.mine()], [true, false], `${count}`)
  }
  let taken: number | undefined
  for (let count = 1200; count < 1800 && taken === undefined; count += 60) {
    at = seconds(count)
    if (await two.mine()) taken = count
  }
  assert.ok(taken !== undefined && taken <= 1440, String(taken))
  assert.equal(await one.mine(), false)
})

test('a broker alone on its database watches at once, also after a restart', async (t) => {
  const ledger = await openLedger('memory:')
  t.after(() => ledger.close())
  const config = parseConfig(configText(), '/broker/mayfly.yaml')
  const broker = () => openTurns({ ledger, config: () => config, now: () => seconds(0) })
  assert.deepEqual([await broker().mine(), await broker().mine()], [true, true])
})
