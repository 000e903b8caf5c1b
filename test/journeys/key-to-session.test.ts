import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Ran, run } from '../clients/clients.ts'
import { type Ann, ann } from './ann.ts'

const json = (ran: Ran): Record<string, unknown> => {
  assert.equal(ran.status, 0, ran.stderr)
  return JSON.parse(ran.stdout)
}

/** Ann with her key in the vault, and nothing more. */
async function imported(...[t]: Parameters<typeof ann>): Promise<Ann> {
  const her = await ann(t)
  assert.equal((await her.mayfly('keys', 'import', 'ann')).status, 0)
  return her
}

test('importing a key leaves every other byte alone, and undo brings the file back', async (t) => {
  const her = await ann(t)
  const before = her.read('.aws/credentials')
  const ran = await her.mayfly('keys', 'import', 'ann')
  assert.equal(ran.status, 0, ran.stderr)
  assert.equal(her.read('.aws/credentials'), '# keys of mine\n[ann]\n\n[other] ; kept\nregion=eu-west-1\n')
  assert.match(her.read('.aws/config'), new RegExp(`mfa_serial = .*\nmayfly_key = ${her.accessKeyId}\n`))
  assert.equal((await her.mayfly('keys', 'undo')).status, 0)
  assert.equal(her.read('.aws/credentials'), before)
  assert.doesNotMatch(her.read('.aws/config'), /mayfly_key/)
})

test('the permanent key is in plain text nowhere after the import, and no verb prints it', async (t) => {
  const her = await imported(t)
  const said = [
    await her.mayfly('keys', 'list', '--json'),
    await her.mayfly('explain', 'ann', '--json'),
    await her.mayfly('creds', 'ann', '--mfa-code', her.code()),
    await her.mayfly('env', 'ann'),
    await her.mayfly('exec', 'ann', '--', 'env'),
    await her.mayfly('whoami', 'ann', '--json'),
  ]
  for (const { stdout, stderr, status } of said) {
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stdout + stderr, new RegExp(her.secret.replace(/[+/]/g, '.')))
  }
  for (const { stdout } of said.slice(2, 5)) assert.doesNotMatch(stdout, /AKIA/)
  for (const entry of readdirSync(her.home, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    assert.ok(!readFileSync(path).includes(her.secret), path)
    assert.equal(statSync(path).mode & 0o077, 0, path)
  }
})

test('one code opens a session, and the role over it needs no other', async (t) => {
  const her = await imported(t)
  const login = json(await her.mayfly('login', 'ann', '--mfa-code', her.code(), '--json'))
  assert.match(String(login.accessKeyId), /^ASIA/)
  const who = json(await her.mayfly('whoami', 'reader', '--json', '--no-input'))
  assert.match(String(who.Arn), /:assumed-role\/reader\//)
  assert.equal(her.calls('GetSessionToken'), 1)
})

test('a code that is wrong, or was used, says what to do and opens nothing', async (t) => {
  const her = await imported(t)
  const wrong = await her.mayfly('login', 'ann', '--mfa-code', '000000')
  assert.equal(wrong.status, 6)
  assert.match(wrong.stderr, /MFA/)
  const code = her.code()
  assert.equal((await her.mayfly('login', 'ann', '--mfa-code', code)).status, 0)
  const again = await her.mayfly('login', 'ann', '--refresh', '--mfa-code', code)
  assert.equal(again.status, 6)
  assert.match(again.stderr, /next/i)
  her.waitForNextCode()
  assert.equal((await her.mayfly('login', 'ann', '--refresh', '--mfa-code', her.code())).status, 0)
})

test('eight programs that start at once cost one code and one call to STS', async (t) => {
  const her = await imported(t)
  her.write('phone', `#!/bin/sh\necho asked >> '${her.home}/asked'\nexec cat '${her.home}/code'\n`)
  her.write('code', her.code())
  her.write(
    '.aws/config',
    `${her.read('.aws/config').replace('mfa_serial', `mfa_process = sh ${her.home}/phone\nmfa_serial`)}`,
  )
  const ran = await Promise.all(Array.from({ length: 8 }, () => her.mayfly('creds', 'reader')))
  const keys = new Set(ran.map((one) => json(one).AccessKeyId))
  assert.equal(keys.size, 1)
  assert.equal(her.read('asked'), 'asked\n')
  assert.equal(her.calls('GetSessionToken'), 1)
  assert.equal(her.calls('AssumeRole'), 1)
})

test('a kept session is served with AWS out of reach', async (t) => {
  const her = await imported(t)
  json(await her.mayfly('creds', 'ann', '--mfa-code', her.code()))
  await her.sandbox.close()
  assert.match(String(json(await her.mayfly('creds', 'ann')).AccessKeyId), /^ASIA/)
})

test('an edited profile is never served what the old one earned', async (t) => {
  const her = await imported(t)
  const first = json(await her.mayfly('creds', 'reader', '--mfa-code', her.code()))
  her.write('.aws/config', her.read('.aws/config').replace('role_arn', 'duration_seconds = 900\nrole_arn'))
  const second = json(await her.mayfly('creds', 'reader', '--no-input'))
  assert.notEqual(second.AccessKeyId, first.AccessKeyId)
  const minutes = (new Date(String(second.Expiration)).getTime() - Date.now()) / 60_000
  assert.ok(minutes > 14 && minutes <= 15.1, String(minutes))
})

test('a role of more than an hour is assumed with a code of its own, and lasts', async (t) => {
  const her = await imported(t)
  her.write('.aws/config', her.read('.aws/config').replace('role_arn', 'duration_seconds = 7200\nrole_arn'))
  const got = json(await her.mayfly('creds', 'reader', '--mfa-code', her.code()))
  const minutes = (new Date(String(got.Expiration)).getTime() - Date.now()) / 60_000
  assert.ok(minutes > 119 && minutes <= 120.1, String(minutes))
  assert.equal(her.calls('GetSessionToken'), 0)
})

test('nothing waits for an answer that cannot come', async (t) => {
  const her = await imported(t)
  for (const words of [
    ['creds', 'ann'],
    ['env', 'ann'],
    ['exec', 'ann', '--', 'true'],
    ['login', 'ann'],
    ['whoami', 'ann'],
  ]) {
    const [verb = '', ...rest] = words
    const ran = await her.mayfly(verb, '--no-input', ...rest)
    assert.equal(ran.status, 5, `${verb}: ${ran.stderr}`)
    assert.match(ran.stderr, /--mfa-code/)
  }
})

test('exec passes exit status, signals, input and arguments on as they are', async (t) => {
  const her = await imported(t)
  json(await her.mayfly('creds', 'ann', '--mfa-code', her.code()))
  const exec = (...words: string[]): Promise<Ran> => her.mayfly('exec', 'ann', '--', ...words)
  assert.equal((await exec('sh', '-c', 'exit 7')).status, 7)
  assert.equal((await exec('sh', '-c', 'kill -TERM $$')).status, 143)
  assert.equal((await exec('printf', '%s|', 'a b', '--json', '$HOME', '')).stdout, 'a b|--json|$HOME||')
  assert.equal((await exec('no-such-command-anywhere')).status, 127)
  const env = (await exec('env')).stdout
  assert.match(env, /^AWS_SESSION_TOKEN=/m)
  assert.match(env, new RegExp(`^AWS_ENDPOINT_URL=${her.sandbox.endpoint}$`, 'm'))
  const stale = { ...her.env, AWS_PROFILE: 'other', AWS_SECURITY_TOKEN: 'stale' }
  const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
  const cleaned = await run([process.execPath, main, 'exec', 'ann', '--', 'env'], stale, her.home)
  assert.doesNotMatch(cleaned.stdout, /^AWS_(PROFILE|SECURITY_TOKEN)=/m)
})

test('a program is told of the endpoints a profile has for single services', async (t) => {
  const her = await imported(t)
  const { endpoint } = her.sandbox
  const config = her.read('.aws/config').replace(`endpoint_url = ${endpoint}`, 'services = local')
  her.write(
    '.aws/config',
    `${config}\n[services local]\nsts =\n  endpoint_url = ${endpoint}\ns3 =\n  endpoint_url = ${endpoint}\n`,
  )
  const ran = await her.mayfly('exec', 'ann', '--mfa-code', her.code(), '--', 'env')
  assert.match(ran.stdout, new RegExp(`^AWS_ENDPOINT_URL_S3=${endpoint}$`, 'm'), ran.stderr)
  assert.doesNotMatch(ran.stdout, /^AWS_ENDPOINT_URL=/m)
})

test('a shell takes what env prints, and env --unset takes it back', async (t) => {
  const her = await imported(t)
  json(await her.mayfly('creds', 'ann', '--mfa-code', her.code()))
  const main = `'${process.execPath}' '${join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')}'`
  const script = `set -e
eval "$(${main} env ann)"; test -n "$AWS_SESSION_TOKEN"; test "$AWS_REGION" = us-east-1
eval "$(${main} env --unset)"; test -z "$AWS_SESSION_TOKEN$AWS_ACCESS_KEY_ID$AWS_REGION$MAYFLY_PROFILE"; echo done`
  const ran = await run(['bash', '-c', script], her.env, her.home)
  assert.equal(ran.stdout, 'done\n', ran.stderr)
})

test('logout forgets the session and says until when it works elsewhere', async (t) => {
  const her = await imported(t)
  json(await her.mayfly('creds', 'reader', '--mfa-code', her.code()))
  const ran = await her.mayfly('logout', 'reader')
  assert.match(ran.stdout, /Forgotten here: 2 sessions/)
  assert.match(ran.stdout, /works at AWS until .*Z unless it is revoked/)
  assert.equal((await her.mayfly('creds', 'reader', '--no-input')).status, 5)
})

test('a typo in a profile names what is near; a broken file is named with its line', async (t) => {
  const her = await imported(t)
  const typo = await her.mayfly('creds', 'raeder')
  assert.equal(typo.status, 3)
  assert.match(typo.stderr, /Did you mean reader\?/)
  her.write('.aws/config', `${her.read('.aws/config')}what is this\n`)
  const broken = await her.mayfly('creds', 'ann', '--json')
  assert.equal(broken.status, 3)
  const { error } = JSON.parse(broken.stderr)
  assert.equal(error.code, 'config-invalid')
  assert.match(error.message, /config:11: /)
})

test('a verb used wrongly names the help of that very verb', async (t) => {
  const her = await ann(t)
  const missing = await her.mayfly('sandbox', 'cert')
  assert.equal(missing.status, 2)
  assert.match(missing.stderr, /--common-name[\s\S]*mayfly sandbox cert --help/)
  const unknown = await her.mayfly('login', '--frobnicate')
  assert.equal(unknown.status, 2)
  assert.match(unknown.stderr, /mayfly login --help/)
})

test('a key that stands in plain text is not used but pointed out', async (t) => {
  const her = await ann(t)
  const ran = await her.mayfly('exec', 'ann', '--', 'true')
  assert.equal(ran.status, 4)
  assert.match(ran.stderr, /mayfly keys import ann/)
})

test('forgetting a key leaves no copy of it in the vault, and asks first', async (t) => {
  const her = await imported(t)
  assert.equal((await her.mayfly('keys', 'forget', 'ann', '--no-input')).status, 5)
  assert.equal((await her.mayfly('keys', 'forget', 'ann', '--yes')).status, 0)
  assert.equal((await her.mayfly('keys', 'undo')).status, 4)
  assert.deepEqual(JSON.parse((await her.mayfly('keys', 'list', '--json')).stdout), [])
})
