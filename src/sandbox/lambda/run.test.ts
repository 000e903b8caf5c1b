import assert from 'node:assert/strict'
import { test } from 'node:test'
import { strToU8, zipSync } from 'fflate'
import { type Run, run } from './run.ts'

async function ran(code: string, more: Partial<Run> = {}, file = 'index.js') {
  const zip = zipSync({ [file]: strToU8(code) })
  const shared = { requestId: 'r-1', handler: 'index.handler', env: {}, event: { a: 1 }, timeout: 5, memorySize: 128 }
  const { payload, failed } = await run({ ...shared, zip, name: 'f', arn: 'arn', now: () => new Date(0), ...more })
  return { failed, told: JSON.parse(payload) }
}

test('handlers of CommonJS and of ES modules run, with a callback or without', async () => {
  const done = { failed: false, told: { a: 1 } }
  assert.deepEqual(await ran('exports.handler = async (event) => event'), done)
  assert.deepEqual(await ran('export const handler = async (event) => event', {}, 'index.mjs'), done)
  assert.deepEqual(await ran('exports.handler = (event, _, callback) => callback(null, event)'), done)
})

test('a function that takes too long is ended', async () => {
  const { failed, told } = await ran('exports.handler = () => { for (;;); }', { timeout: 0.3 })
  assert.equal(failed, true)
  assert.equal(told.errorMessage, 'RequestId: r-1 Error: Task timed out after 0.30 seconds')
})

test('a function that exits, throws beside its promise or is not there has failed', async () => {
  assert.equal((await ran('exports.handler = () => process.exit(3)')).told.errorType, 'Runtime.ExitError')
  const beside = 'exports.handler = () => new Promise(() => setTimeout(() => { throw new RangeError("late") }))'
  assert.equal((await ran(beside)).told.errorMessage, 'late')
  assert.equal((await ran('exports.other = 1')).told.errorType, 'Runtime.HandlerNotFound')
  assert.equal((await ran('', { handler: 'none.handler' })).told.errorType, 'Runtime.ImportModuleError')
})

test('a function has an environment of its own, and nothing of the sandbox’s in it', async () => {
  process.env.MAYFLY_TEST_LEAK = 'leaked'
  const { told } = await ran('exports.handler = async () => process.env', { env: { MINE: 'yes' } })
  delete process.env.MAYFLY_TEST_LEAK
  assert.equal(told.MINE, 'yes')
  assert.equal(told.MAYFLY_TEST_LEAK, undefined)
})

test('a function that speaks to the sandbox itself, or logs without end, harms nobody but itself', async () => {
  const speaking = (message: string): string =>
    `exports.handler = async () => {
      require('worker_threads').parentPort.postMessage(${message})
      await new Promise((resolve) => setTimeout(resolve, 20))
      return 'mine'
    }`
  for (const message of ['null', '7', '{}', '{ kind: "done", payload: { a: 1 } }', '{ kind: "log", text: 1 }'])
    assert.deepEqual(await ran(speaking(message)), { failed: false, told: 'mine' }, message)
  const zip = zipSync({
    'index.js': strToU8(
      'exports.handler = async () => { for (let n = 0; n < 300; n++) console.log(n, "x".repeat(10_000)) }',
    ),
  })
  const shared = { requestId: 'r-1', handler: 'index.handler', env: {}, event: {}, timeout: 5, memorySize: 128 }
  const { log } = await run({ ...shared, zip, name: 'f', arn: 'arn', now: () => new Date(0) })
  assert.ok(log.length < 1_200_000)
  assert.match(log, /^START /)
  assert.match(log, /\t299 x/)
})
