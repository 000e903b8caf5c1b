import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Bench, bench, mayfly, type Ran, root, run } from '../clients/clients.ts'
import { addWebRole } from '../contracts/web-identity.ts'

interface Ground extends Bench {
  readonly mayfly: (words: readonly string[], env?: NodeJS.ProcessEnv) => Promise<Ran>
}

async function ground(t: TestContext): Promise<Ground> {
  const at = await bench(t)
  const { sandbox } = at
  const role = (name: string): string => `arn:aws:iam::${sandbox.accountId}:role/${name}`
  const roleArn = addWebRole({ sandbox, role }, 'mayfly')
  at.write(
    '.aws/config',
    `[profile ann]
role_arn = ${roleArn}
mayfly_oidc_issuer = ${sandbox.oidcIssuer}
mayfly_oidc_client_id = mayfly
mayfly_oidc_scopes = aws
`,
  )
  return { ...at, mayfly: (words, env = {}) => run([mayfly, ...words], { ...at.nobody, ...env }, at.home) }
}

test('a person signs in with their browser, goes on without it, and logs out for good', async (t) => {
  const at = await ground(t)
  const { password = '' } = at.sandbox.oidcPeople.find(({ name }) => name === 'ann') ?? {}
  const browser = { BROWSER: `${process.execPath} ${join(root, 'test', 'contracts', 'browser-person-main.ts')}` }
  const person = { ...browser, PERSON_NAME: 'ann', PERSON_PASSWORD: password }

  const alone = await at.mayfly(['login', 'ann', '--no-input'])
  assert.equal(alone.status, 5, alone.stderr)
  assert.match(alone.stderr, /mayfly login PROFILE/)

  const login = await at.mayfly(['login', 'ann'], person)
  assert.equal(login.status, 0, login.stderr)
  assert.match(login.stderr, /to sign in, open\n {2}http:\/\/127\.0\.0\.1:\d+\/_oidc\/auth\?/)
  assert.match(login.stdout, /^ann: a session \(ASIA/)

  const renewed = await at.mayfly(['login', 'ann', '--refresh', '--no-input'])
  assert.equal(renewed.status, 0, renewed.stderr)
  const who = await at.mayfly(['whoami', 'ann', '--json', '--no-input'])
  assert.match(who.stdout, /:assumed-role\/web\/mayfly-ann-\d+/)

  const logout = await at.mayfly(['logout', 'ann'])
  assert.match(logout.stderr, /the sign-in is forgotten here, and renewed by the provider no more/)
  assert.equal((await at.mayfly(['whoami', 'ann', '--no-input'])).status, 5)
})

test('mayfly sandbox token issues what it is told, to whom it should, and says what it cannot', async (t) => {
  const at = await ground(t)
  const env = { MAYFLY_CONTROL_TOKEN: at.sandbox.controlToken }
  const token = (...words: string[]) => at.mayfly(['sandbox', 'token', ...words], env)
  const told = await token(
    '--subject',
    'ann',
    '--audience',
    'a',
    '--audience',
    'b',
    '--claim',
    'team=b=lue',
    '--claim',
    'n:=[1]',
    '--json',
  )
  assert.equal(told.status, 0, told.stderr)
  const { token: text, claims } = JSON.parse(told.stdout)
  const { sub, aud, team, n, iss } = claims
  assert.deepEqual(
    { sub, aud, team, n, iss },
    { sub: 'ann', aud: ['a', 'b'], team: 'b=lue', n: [1], iss: at.sandbox.oidcIssuer },
  )
  assert.deepEqual(JSON.parse(Buffer.from(text.split('.')[1], 'base64url').toString()), claims)
  const out = join(at.home, 'token')
  assert.equal((await token('--github', 'octo/app:environment:prod', '--out', out)).stdout, '')
  assert.equal(statSync(out).mode & 0o777, 0o600)
  const job = JSON.parse(Buffer.from(readFileSync(out, 'utf8').split('.')[1] ?? '', 'base64url').toString())
  assert.deepEqual([job.sub, job.environment, job.aud], ['repo:octo/app:environment:prod', 'prod', 'sts.amazonaws.com'])
  for (const words of [
    ['--claim', 'x'],
    ['--claim', 'x:=y'],
  ])
    assert.equal((await token('--subject', 'ann', ...words)).status, 2)
  for (const words of [
    [],
    ['--subject', 'a', '--flaw', 'none'],
    ['--github', 'octo'],
    ['--subject', 'a', '--issuer', 'http://idp.example'],
  ]) {
    const refused = await token(...words)
    assert.notEqual(refused.status, 0)
    assert.equal(refused.stdout, '')
  }
  assert.equal((await at.mayfly(['sandbox', 'token', '--subject', 'a'], { MAYFLY_CONTROL_TOKEN: 'wrong' })).stdout, '')
})
