import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { root, run } from '../clients/clients.ts'

test('the tour comes out as told on a machine without the AWS CLI', async (t) => {
  const bin = mkdtempSync(join(tmpdir(), 'mayfly-path-'))
  t.after(() => rmSync(bin, { recursive: true, force: true }))
  symlinkSync('/bin/sh', join(bin, 'sh'))
  const words = [process.execPath, join(root, 'src', 'cli', 'main.ts'), 'tour', '--json']
  const ran = await run(words, { PATH: bin, HOME: bin })
  assert.equal(ran.status, 0, ran.stdout + ran.stderr)
  const { asTold, steps } = JSON.parse(ran.stdout)
  assert.equal(asTold, true)
  assert.ok(steps.filter((step: { expected: string }) => step.expected === 'AccessDenied').length >= 5)
})
