import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { bench, boto3, run } from './clients.ts'

test('boto3 cannot tell the sandbox from AWS', { skip: boto3.skip }, async (t) => {
  const at = await bench(t)
  const ran = await run([boto3.program, join(import.meta.dirname, 'python', 'sandbox.py')], at.admin, at.home)
  assert.equal(ran.status, 0, ran.stderr)
  assert.equal(ran.stdout.trim(), 'ok')
})
