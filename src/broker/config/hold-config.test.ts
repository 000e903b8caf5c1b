import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../../test/contracts/until.ts'
import { holdConfig } from './hold-config.ts'

const config = (longest: string, port = 8484): string => `
publicUrl: http://127.0.0.1:8484
listen: { port: ${port} }
upstream: { region: us-east-1 }
roles: { admin: { arn: "arn:aws:iam::111122223333:role/admin", longest: 4h } }
authenticators: {}
grants: [{ name: all, to: { anyone: true }, role: admin, longest: ${longest} }]
`

test('a changed file is taken over, a bad one is told of and changes nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-config-'))
  const file = join(folder, 'mayfly.yaml')
  writeFileSync(file, config('1h'))
  const told: string[] = []
  const held = holdConfig(file, {
    changed: ({ grants }) => told.push(`changed ${grants[0]?.longest}`),
    refused: ({ message }) => told.push(`refused ${message.split(': ').at(-1)}`),
  })
  t.after(() => {
    held.close()
    rmSync(folder, { recursive: true, force: true })
  })
  // As editors do it: another file takes the place.
  writeFileSync(`${file}.new`, config('2h'))
  renameSync(`${file}.new`, file)
  await until(() => told.length >= 1, 'the change')
  assert.equal(held.current().grants[0]?.longest, 7200)
  writeFileSync(file, config('9h'))
  await until(() => told.length >= 2, 'the refusal')
  assert.equal(held.current().grants[0]?.longest, 7200)
  writeFileSync(file, config('3h', 9999))
  held.reload()
  assert.equal(held.current().grants[0]?.longest, 7200)
  writeFileSync(file, config('3h'))
  assert.equal(held.reload(), undefined)
  assert.equal(held.current().grants[0]?.longest, 10_800)
  assert.deepEqual(told.slice(0, 2), ['changed 7200', 'refused the role admin lasts 14400 s at most'])
})
