import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { run } from '../../../test/clients/clients.ts'

const directory = mkdtempSync(join(tmpdir(), 'mayfly-broker-verb-'))
const file = join(directory, 'mayfly.yaml')
writeFileSync(
  file,
  `publicUrl: http://127.0.0.1:8484
upstream: { region: us-east-1, profile: x }
roles: { admin: { arn: "arn:aws:iam::111122223333:role/admin", longest: 4h } }
authenticators: { corp: { kind: oidc, issuer: "http://127.0.0.1:1", clientId: mayfly } }
grants:
  - { name: admins, to: { groups: [leads] }, role: admin, longest: 2h, hours: { days: [mon, fri], from: "08:00", to: "18:00", zone: Europe/Berlin } }
`,
)
after(() => rmSync(directory, { recursive: true, force: true }))
const main = join(import.meta.dirname, '..', 'main.ts')
const check = (...words: string[]) =>
  run([process.execPath, main, 'broker', 'check', '--config', file, ...words], {
    PATH: process.env.PATH,
    HOME: directory,
  })
const ann = ['--who', 'ann@example.com', '--role', 'admin', '--duration', '2h']

test('a configuration is checked, and a question answered with the grant that decides and its line', async () => {
  assert.match((await check()).stdout, /is good: 1 role, 1 grant, 1 authenticator$/m)
  const monday = await check(...ann, '--group', 'leads', '--at', '2026-11-23T12:00:00Z')
  assert.equal(monday.status, 0, monday.stderr)
  assert.match(monday.stdout, /^yes: ann@example\.com may have admin for 2 h, by the grant admins \(.*mayfly\.yaml:6\)/)
  const sunday = await check(...ann, '--group', 'leads', '--at', '2026-11-22T12:00:00Z')
  assert.equal(sunday.status, 1)
  assert.match(sunday.stdout, /admins: The grant admins is not open at this hour/)
  const stranger = await check(...ann, '--json')
  assert.equal(stranger.status, 1)
  assert.deepEqual(JSON.parse(stranger.stdout), { allowed: false, considered: [] })
})

test('a question that is none, and a file that is not there, are told of', async () => {
  assert.equal((await check('--who', 'ann@example.com')).status, 2)
  assert.equal((await check(...ann, '--at', 'sunday')).status, 2)
  const missing = await run([process.execPath, main, 'broker', '--config', join(directory, 'none.yaml')], {
    PATH: process.env.PATH,
    HOME: directory,
  })
  assert.equal(missing.status, 3)
  assert.doesNotMatch(missing.stderr, / at .*\.ts:/)
})

test('a port that somebody else listens on is told of in a sentence', async (t) => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  const taken = join(directory, 'taken.yaml')
  const text = readFileSync(file, 'utf8').replace(
    'upstream:',
    `listen: { port: ${port} }\ndatabase: "memory:"\nupstream:`,
  )
  writeFileSync(taken, text)
  const env = { PATH: process.env.PATH, HOME: directory }
  const { status, stderr } = await run([process.execPath, main, 'broker', '--config', taken], env)
  assert.equal(status, 2, stderr)
  assert.ok(stderr.includes(`Port ${port} is taken.`), stderr)
})
