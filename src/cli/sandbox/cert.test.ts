import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Command } from 'commander'
import { nodeHost } from '../../host/node-host.ts'
import { startSandbox } from '../../sandbox/index.ts'
import type { Cli } from '../cli.ts'
import { defineCert } from './cert.ts'

async function setting(t: TestContext) {
  const sandbox = await startSandbox({ now: () => new Date(), randomBytes })
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-cert-'))
  t.after(async () => {
    await sandbox.close()
    rmSync(directory, { recursive: true, force: true })
  })
  const env = { AWS_ENDPOINT_URL: sandbox.endpoint, MAYFLY_CONTROL_TOKEN: sandbox.controlToken, HOME: directory }
  const printed: string[] = []
  const run = (words: readonly string[], change: NodeJS.ProcessEnv = {}): Promise<unknown> => {
    const all = { ...env, ...change }
    const cli: Cli = {
      env: all,
      host: async () => nodeHost(all),
      print: (text) => void printed.push(text),
      say: () => undefined,
      style: (_, text) => text,
    }
    const command = new Command('cert').exitOverride().configureOutput({ writeErr: () => undefined })
    defineCert(command, cli)
    return command.parseAsync([...words], { from: 'user' })
  }
  return { sandbox, directory, printed, run, out: join(directory, 'web-1') }
}

test('certificate and key are written for their owner alone, over those that were there, and the section is printed', async (t) => {
  const { run, out, printed, sandbox } = await setting(t)
  const words = ['--common-name', 'web-1', '--role', 'web', '--out', out]
  await run(words)
  assert.equal(statSync(out).mode & 0o777, 0o700)
  for (const name of ['certificate.pem', 'key.pem', 'authority.pem'])
    assert.equal(statSync(join(out, name)).mode & 0o777, 0o600, name)
  const [section = ''] = printed
  assert.match(
    section,
    /^\[profile web\]\nmayfly_trust_anchor_arn = arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor\//,
  )
  assert.ok(section.includes(`mayfly_private_key = ${out}/key.pem\n`) && section.includes(sandbox.endpoint))
  assert.ok(!section.includes(sandbox.controlToken))
  const before = readFileSync(join(out, 'certificate.pem'), 'utf8')
  writeFileSync(join(out, 'key.pem'), 'old', { mode: 0o644 })
  await run([...words, '--json'])
  assert.notEqual(readFileSync(join(out, 'certificate.pem'), 'utf8'), before)
  assert.match(readFileSync(join(out, 'key.pem'), 'utf8'), /^-----BEGIN PRIVATE KEY/)
  const { certificate, privateKey, rolesAnywhere } = JSON.parse(printed[1] ?? '')
  assert.deepEqual([certificate, privateKey], [join(out, 'certificate.pem'), join(out, 'key.pem')])
  assert.match(rolesAnywhere.roleArn, /role\/web$/)
  assert.ok(!printed.join().includes('PRIVATE KEY'))
})

test('the token goes to no other machine, and is asked for when it is missing', async (t) => {
  const { run } = await setting(t)
  const refused = (words: readonly string[], env: NodeJS.ProcessEnv, message: RegExp) =>
    assert.rejects(run(['--common-name', 'web-1', ...words], env), { code: 'usage', message })
  for (const url of ['http://example.com', 'https://127.0.0.1:1', 'http://127.0.0.1.example.com', 'nowhere'])
    await refused(['--endpoint', url], {}, /is not the endpoint of a sandbox on this machine/)
  await refused([], { MAYFLY_CONTROL_TOKEN: '' }, /control token is missing/)
  await refused([], { AWS_ENDPOINT_URL: '' }, /endpoint is missing/)
  await refused(['--valid-for', '0d'], {}, /is not a length of time/)
  await refused(['--valid-for', 'soon'], {}, /is not a length of time/)
  await refused(['--key', 'dsa'], {}, /is not a kind of key/)
  await assert.rejects(run(['--common-name', 'x'], { MAYFLY_CONTROL_TOKEN: 'wrong' }), {
    code: 'aws-refused',
    message: /control token/,
  })
})
