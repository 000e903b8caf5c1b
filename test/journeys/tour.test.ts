import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { chapters } from '../../src/cli/tour/chapters.ts'
import { root, run } from '../clients/clients.ts'

const main = join(root, 'src', 'cli', 'main.ts')

for (const chapter of Object.keys(chapters))
  test(`the chapter ${chapter} of the tour comes out as told on a machine without the AWS CLI`, async (t) => {
    const bin = mkdtempSync(join(tmpdir(), 'mayfly-path-'))
    t.after(() => rmSync(bin, { recursive: true, force: true }))
    symlinkSync('/bin/sh', join(bin, 'sh'))
    const ran = await run([process.execPath, main, 'tour', '--chapter', chapter, '--json'], { PATH: bin, HOME: bin })
    assert.equal(ran.status, 0, ran.stdout + ran.stderr)
    const { asTold, steps } = JSON.parse(ran.stdout)
    assert.equal(asTold, true)
    assert.ok(steps.some((step: { expected: string }) => step.expected === 'AccessDenied'))
  })

test('a chapter that is not there is refused with those that are', async () => {
  const ran = await run([process.execPath, main, 'tour', '--chapter', 'robots'], { PATH: '' })
  assert.equal(ran.status, 2)
  assert.match(ran.stderr, /key, humans, workloads/)
})
