import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { keyOf } from '../../src/sandbox/cloud.ts'
import { type Bench, bench, boto3, mayfly, root, run } from './clients.ts'

const crt = (await run([boto3.program, '-c', 'import awscrt'], process.env)).status === 0
const noCrt = boto3.skip || (!crt && 'no awscrt here: pip install -r test/clients/requirements.txt')

/** A user who signed in to the console with `mayfly login`. */
async function signedIn(t: TestContext): Promise<Bench & { readonly env: NodeJS.ProcessEnv; readonly file: string }> {
  const on = await bench(t)
  const { accountId, cloud, endpoint, controlToken } = on.sandbox
  const arn = `arn:aws:iam::${accountId}:user/ann`
  const createdAt = new Date().toISOString()
  cloud.users.put(keyOf(accountId, 'ann'), {
    ...{ accountId, name: 'ann', path: '/', id: 'AIDAANN', arn, createdAt, inline: {}, tags: {}, groups: [] },
    attached: ['arn:aws:iam::aws:policy/SignInLocalDevelopmentAccess'],
    login: { passwordHash: 'scrypt$', createdAt, resetRequired: false },
  })
  on.write('.aws/config', `[profile ann]\nlogin_session = ${arn}\nregion = us-east-1\n`)
  // A browser whose person always says yes.
  const browser = on.write(
    'browser.mjs',
    `const init = { method: 'POST', headers: { Authorization: 'Bearer ${controlToken}' },
       body: JSON.stringify({ authorize: process.argv[2], userName: 'ann' }) }
     const answer = await fetch('${endpoint}/_mayfly/signin/authorize', init)
     await fetch((await answer.json()).redirect)`,
  )
  const env = { ...on.nobody, BROWSER: `${process.execPath} ${browser}` }
  const login = await run([mayfly, 'login', 'ann', '--json'], env)
  assert.equal(login.status, 0, login.stderr)
  const name = `${createHash('sha256').update(arn).digest('hex')}.json`
  return { ...on, env: { ...on.nobody, BROWSER: 'none' }, file: join(on.home, '.aws', 'login', 'cache', name) }
}

/** Mayfly on what is kept, with a vault that knows nothing, and nobody to ask. */
async function mayflyTakes({ home, env }: { home: string; env: NodeJS.ProcessEnv }): Promise<string> {
  const fresh = { ...env, MAYFLY_HOME: join(home, `mayfly-${Math.random()}`) }
  const { status, stdout, stderr } = await run([mayfly, 'creds', 'ann', '--no-input'], fresh)
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout).AccessKeyId
}

test('botocore uses and renews the sign-in of Mayfly, and Mayfly what botocore wrote', { skip: noCrt }, async (t) => {
  const on = await signedIn(t)
  const script = join(root, 'test', 'clients', 'python', 'console_login.py')
  const { status, stdout, stderr } = await run([boto3.program, script], on.env)
  assert.equal(status, 0, stderr)
  assert.equal(await mayflyTakes(on), stdout.trim())
  age(on.file)
  assert.notEqual(await mayflyTakes(on), stdout.trim())
})

test('the AWS SDK for JavaScript uses and renews the sign-in of Mayfly, and the other way round', async (t) => {
  const on = await signedIn(t)
  const program = `
    import { fromLoginCredentials } from '@aws-sdk/credential-providers'
    import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
    const credentials = await fromLoginCredentials({ profile: 'ann' })()
    const { Arn } = await new STSClient({ credentials }).send(new GetCallerIdentityCommand({}))
    console.log(credentials.accessKeyId, Arn)`
  const sdk = async (): Promise<string> => {
    const words = [process.execPath, '--input-type=module', '-e', program]
    const { status, stdout, stderr } = await run(words, on.env, root)
    assert.equal(status, 0, stderr)
    assert.match(stdout, /:user\/ann$/m)
    return stdout.split(' ')[0] ?? ''
  }
  const first = await sdk()
  assert.equal(await mayflyTakes(on), first)
  age(on.file)
  const renewed = await sdk()
  assert.notEqual(renewed, first)
  assert.equal(await mayflyTakes(on), renewed)
})

/** Makes the kept credentials look over. */
function age(file: string): void {
  const kept = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(
    file,
    JSON.stringify({ ...kept, accessToken: { ...kept.accessToken, expiresAt: '2020-01-01T00:00:00Z' } }),
  )
}
