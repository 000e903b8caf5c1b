import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../../../test/clients/clients.ts'
import { brokeredStage } from '../../../test/contracts/brokered-home.ts'

test('what somebody else wrote is shown, and obeyed by no terminal', async (t) => {
  const stage = await brokeredStage(t)
  const admin = await stage.homeOf(stage.admin)
  const token = await stage.tokenOf(stage.ann)
  const reason = 'harmless\u001b[2J\u202e\nREVOKED  everything'
  const { session } = (await stage.call('/v1/sessions', { token, body: { role: 'reader', reason } })).body
  for (const words of [
    ['sessions', 'show', session.id],
    ['sessions', 'ls'],
  ]) {
    const { stdout, status, stderr } = await admin.verb(words)
    assert.equal(status, 0, stderr)
    assert.match(stdout, /ann@example\.com/)
    assert.doesNotMatch(stdout, /[\u001b\u202e]|^REVOKED/m)
  }
  const { stdout } = await admin.verb(['sessions', 'show', session.id, '--json'])
  assert.equal(JSON.parse(stdout).session.reason, reason)
})

test('a table is coloured only where it is a terminal or wanted', async (t) => {
  const stage = await brokeredStage(t)
  const admin = await stage.homeOf(stage.admin)
  await stage.call('/v1/sessions', { token: await stage.tokenOf(stage.ann), body: { role: 'reader' } })
  assert.doesNotMatch((await admin.mayfly(['sessions', 'ls'], { TERM: 'xterm' })).stdout, /\u001b/)
  assert.match((await admin.mayfly(['sessions', 'ls'], { FORCE_COLOR: '1' })).stdout, /\u001b\[1mID/)
})

test('a revocation needs one target and a reason, and an id is nothing but an id', async (t) => {
  const stage = await brokeredStage(t)
  const admin = await stage.homeOf(stage.admin)
  const id = `s${'a'.repeat(18)}`
  for (const words of [
    [],
    ['--reason', 'x'],
    [id],
    [id, '--role', 'reader', '--reason', 'x'],
    ['--role', 'reader', '--everything', '--reason', 'x'],
    ['../requests', '--reason', 'x'],
  ]) {
    const refused = await admin.verb(['sessions', 'revoke', ...words])
    assert.equal(refused.status, 2, words.join(' '))
  }
  assert.equal((await admin.verb(['sessions', 'show', '../ledger'])).status, 2)
  const none = await admin.verb(['sessions', 'revoke', id, '--reason', 'x'])
  assert.equal(none.status, 6, none.stdout)
  assert.match(none.stderr, /There is no session of that id/)
  const legal = await admin.verb(['sessions', 'revoke', '--everything', '--dry-run', '--json'])
  assert.equal(JSON.parse(legal.stdout).dryRun, true, legal.stderr)
})

test('a name is not taken for a principal, and nobody is not said to be stopped', async (t) => {
  const stage = await brokeredStage(t)
  const admin = await stage.homeOf(stage.admin)
  await stage.call('/v1/sessions', { token: await stage.tokenOf(stage.ann), body: { role: 'reader' } })
  for (const words of [
    ['sessions', 'revoke', '--principal', stage.ann.name, '--reason', 'x'],
    ['sessions', 'ls', '--principal', stage.ann.name],
  ]) {
    const { status, stderr } = await admin.verb(words)
    assert.equal(status, 2, stderr)
    assert.ok(stderr.includes(`--principal ${stage.ann.id}`), stderr)
  }
  const nobody = await admin.verb(['sessions', 'revoke', '--principal', 'corp:nobody', '--reason', 'x'])
  assert.equal(nobody.status, 0, nobody.stderr)
  assert.match(nobody.stdout, /No session of that principal is known/)
  assert.doesNotMatch(nobody.stdout, /All of them are stopped/)
  const known = await admin.verb(['sessions', 'revoke', '--principal', stage.ann.id, '--reason', 'x'])
  assert.match(known.stdout, /^Revoked: 1 session/)
})

test('who asks is told what to type, and may say a time as people do', async (t) => {
  const stage = await brokeredStage(t)
  const ann = await stage.homeOf(stage.ann)
  const bare = await ann.verb(['request', 'admin'])
  assert.equal(bare.status, 6)
  assert.match(bare.stderr, /Give one: --reason/)
  const asked = await ann.verb(['request', 'admin', '--reason', 'deploy', '--duration', '30m', '--json'])
  assert.equal(JSON.parse(asked.stdout).duration, 1800, asked.stderr)
  const told = await ann.verb(['request', 'admin', '--reason', 'deploy', '--duration', '1800'])
  assert.match(told.stderr, /mayfly requests approve r[a-z2-7]{18}/)
  assert.equal((await ann.verb(['request', 'admin', '--reason', 'x', '--duration', 'soon'])).status, 2)
})

test('where no broker answers, the hint is about brokers', async (t) => {
  const stage = await brokeredStage(t)
  const nobody = await stage.homeOf()
  const { status, stderr } = await nobody.verb(['login', '--broker', 'http://127.0.0.1:9', '--device'])
  assert.equal(status, 7)
  assert.match(stderr, /nothing listens there[\s\S]*mayfly broker/)
})

test('the broker is the one named, else the only one signed in to', async (t) => {
  const stage = await brokeredStage(t)
  const admin = await stage.homeOf(stage.admin)
  const nobody = await stage.homeOf()
  assert.equal((await nobody.verb(['sessions', 'ls'])).status, 5)
  const named = await nobody.verb(['sessions', 'ls', '--broker', stage.url])
  assert.match(named.stderr, new RegExp(`mayfly login --broker ${stage.url}`))
  for (const bad of ['http://mayfly.example.com', 'file:///etc/passwd'])
    assert.equal((await admin.verb(['sessions', 'ls', '--broker', bad])).status, 2)
  assert.equal((await admin.verb(['sessions', 'ls'], { MAYFLY_BROKER: `${stage.url}/` })).status, 0)
})

test('--watch tells what happens as it happens, and ends with the sign-in', async (t) => {
  const stage = await brokeredStage(t)
  const ann = await stage.homeOf(stage.ann)
  const token = await stage.tokenOf(stage.ann)
  const words = [join(root, 'src', 'cli', 'main.ts'), 'sessions', 'ls', '--watch']
  const watching = spawn(process.execPath, words, { env: ann.env, cwd: ann.home })
  t.after(() => watching.kill())
  const ended = new Promise((resolve) => watching.once('exit', resolve))
  let told = ''
  watching.stderr.resume()
  const heard = (text: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (text.test(told)) resolve()
      }
      watching.stdout.on('data', (chunk) => {
        told += String(chunk)
        look()
      })
      look()
    })
  await heard(/No session/)
  // The table is there before the stream is.
  for (let turn = 0; turn < 500 && !/^mayfly_stream_listeners 1$/m.test(await metrics(stage.url)); turn++);
  await stage.call('/v1/sessions', { token, body: { role: 'reader', reason: 'a look' } })
  await heard(/intent .*ann@example\.com {2}reader {2}a look\n.*issued .*ASIA/)
  const body = { target: { kind: 'principal', principalId: stage.ann.id }, reason: 'left' }
  await stage.call('/v1/revocations', { token: await stage.tokenOf(stage.admin), body })
  assert.equal(await ended, 5)
  assert.match(told, /revoked .*left/)
})

const metrics = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text()

test('--watch says that the broker is away', async (t) => {
  const stage = await brokeredStage(t)
  const ann = await stage.homeOf(stage.ann)
  const words = [join(root, 'src', 'cli', 'main.ts'), 'sessions', 'ls', '--watch']
  const watching = spawn(process.execPath, words, { env: ann.env, cwd: ann.home })
  t.after(() => watching.kill())
  const said = new Promise<void>((resolve) =>
    watching.stderr.on('data', (chunk) => {
      if (/is not reached; trying again/.test(String(chunk))) resolve()
    }),
  )
  for (let turn = 0; turn < 500 && !/^mayfly_stream_listeners 1$/m.test(await metrics(stage.url)); turn++);
  await stage.broker.close()
  await said
})
