import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { memoryAwsCache, personAt, ssoSessionAt } from '../../test/contracts/sign-in.ts'
import { sourceContract } from '../../test/contracts/source.ts'
import { type StsStage, stsStage } from '../../test/contracts/sts-stage.ts'
import type { Host } from '../host/host.ts'
import { Failure, type FailureCode } from '../model/failure.ts'
import type { IdentityCenterSpec } from '../model/source-spec.ts'
import { makeSample } from '../sandbox/identity-center/sample.ts'
import { callerIdentity } from './caller-identity.ts'
import { open } from './index.ts'
import { tokenFileName } from './sso/token-file.ts'

const specOn = ({ sandbox }: StsStage, roleName = 'Administrator'): IdentityCenterSpec => ({
  kind: 'identity-center',
  session: ssoSessionAt(sandbox),
  accountId: sandbox.accountId,
  roleName,
})

const variables =
  (values: Readonly<Record<string, string>>): Host['variable'] =>
  (name) =>
    values[name]
const withScreen = variables({ DISPLAY: ':0' })

let stage: StsStage
let cache: ReturnType<typeof memoryAwsCache>
let said: string[]
let opened: string[]
let contractStage: StsStage | undefined
sourceContract('identity-center', {
  spec: (on) => {
    contractStage = on
    makeSample(on.sandbox.cloud)
    return specOn(on)
  },
  host: {
    awsCache: () => cache,
    variable: withScreen,
    say: () => undefined,
    openBrowser: (url) => {
      assert.ok(contractStage)
      contractStage.asked.push(url)
      return personAt(contractStage.sandbox)(url)
    },
  },
  hasKey: false,
  // RegisterClient, CreateToken, GetRoleCredentials.
  calls: 3,
  questions: 1,
  arn: /:assumed-role\/AWSReservedSSO_Administrator_[0-9a-f]{16}\/ann$/,
})

const paths: string[] = []
before(async () => {
  stage = await stsStage()
  makeSample(stage.sandbox.cloud)
})
after(() => stage.sandbox.close())
beforeEach(async () => {
  for (const name of await stage.vault.list('session/')) await stage.vault.delete(name)
  cache = memoryAwsCache()
  said = []
  opened = []
  paths.length = 0
})

/** The outside with a person at a browser. */
function outside(change: Partial<Host> = {}): Host {
  const { fetch } = stage.process()
  const person = personAt(stage.sandbox)
  return stage.process({
    awsCache: () => cache,
    variable: withScreen,
    say: (text) => void said.push(text),
    openBrowser: (url) => {
      opened.push(url)
      return person(url)
    },
    fetch: (request) => {
      paths.push(new URL(request.url).pathname)
      return fetch(request)
    },
    ...change,
  })
}

/** The outside where nobody is to be asked. */
const alone = (change: Partial<Host> = {}): Host =>
  outside({ openBrowser: () => Promise.reject(new Failure('input-needed', 'nobody')), ...change })

const failing = (code: FailureCode, hint?: RegExp) => (error: unknown) =>
  error instanceof Failure && error.code === code && (hint === undefined || hint.test(error.hint ?? ''))

const tokenFile = (): Record<string, string> =>
  JSON.parse(cache.read(tokenFileName(ssoSessionAt(stage.sandbox))) ?? '{}') as Record<string, string>

test("the sign-in leaves AWS's two files, member for member", async () => {
  await open(specOn(stage), outside())()
  assert.deepEqual(Object.keys(tokenFile()), [
    ...['startUrl', 'region', 'accessToken', 'expiresAt', 'clientId', 'clientSecret'],
    ...['registrationExpiresAt', 'refreshToken'],
  ])
  assert.match(tokenFile().expiresAt ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  const other = cache.list().find((name) => name !== tokenFileName(ssoSessionAt(stage.sandbox))) ?? ''
  const registration = JSON.parse(cache.read(other) ?? '') as object
  assert.deepEqual(Object.keys(registration), ['clientId', 'clientSecret', 'expiresAt', 'scopes', 'grantTypes'])
  assert.ok(!('accessToken' in registration), "AWS's logout deletes what has one")
})

test('the browser is sent with PKCE and the plural of scope, to an address without a fixed port', async () => {
  await open(specOn(stage), outside())()
  const url = new URL(opened[0] ?? '')
  assert.equal(url.pathname, '/authorize')
  assert.equal(url.searchParams.get('scopes'), 'sso:account:access')
  assert.equal(url.searchParams.get('code_challenge_method'), 'S256')
  assert.match(url.searchParams.get('code_challenge') ?? '', /^[\w-]{43}$/)
  assert.match(url.searchParams.get('redirect_uri') ?? '', /^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/)
})

test('without a screen, or on a machine reached from elsewhere, a code is shown for a browser elsewhere', async () => {
  const shown = async (values: Readonly<Record<string, string>>): Promise<string> => {
    let address = ''
    const openBrowser = (url: string): Promise<boolean> => {
      address = url
      return Promise.reject(new Failure('input-needed', 'nobody'))
    }
    const source = open(specOn(stage), outside({ variable: variables(values), openBrowser }))
    await assert.rejects(source(), failing('login-needed'))
    return new URL(address).pathname
  }
  for (const name of ['SSH_CONNECTION', 'SSH_CLIENT', 'SSH_TTY', 'CI', 'CODESPACES'])
    assert.equal(await shown({ [name]: 'x', DISPLAY: ':0' }), '/device', name)
  for (const values of [{}, { BROWSER: 'none' }, { MAYFLY_SSO_FLOW: 'device', DISPLAY: ':0' }])
    assert.equal(await shown(values), '/device', JSON.stringify(values))
  for (const values of [{ DISPLAY: ':0' }, { BROWSER: 'firefox' }, { MAYFLY_SSO_FLOW: 'browser', CI: 'true' }])
    assert.equal(await shown(values), '/authorize', JSON.stringify(values))
  const wrong = outside({ variable: variables({ MAYFLY_SSO_FLOW: 'paper' }) })
  await assert.rejects(open(specOn(stage), wrong)(), failing('usage'))
})

test('the code is shown with the address, and the sign-in with it is as good', async () => {
  await open(specOn(stage), outside({ variable: variables({ CI: 'true' }) }))()
  assert.match(opened[0] ?? '', /\/device\?user_code=[A-Z]{4}-[A-Z]{4}$/)
  assert.match(said[0] ?? '', /the code [A-Z]{4}-[A-Z]{4}$/)
  assert.ok(tokenFile().refreshToken)
})

test('where no browser starts, the code is shown after all', async () => {
  const person = personAt(stage.sandbox)
  const openBrowser = (url: string): Promise<boolean> =>
    url.includes('user_code') ? person(url) : Promise.resolve(false)
  await open(specOn(stage), outside({ openBrowser }))()
  assert.match(said[0] ?? '', /the code [A-Z]{4}-[A-Z]{4}$/)
})

test('a sign-in that is denied is told as that, and leaves nothing', async () => {
  const openBrowser = personAt(stage.sandbox, 'ann', true)
  await assert.rejects(open(specOn(stage), outside({ openBrowser }))(), failing('access-denied'))
  assert.deepEqual(tokenFile(), {})
})

test('where nobody is to be asked the command to type is named, and a kept sign-in needs nobody', async () => {
  await assert.rejects(open(specOn(stage), alone())(), failing('login-needed', /^mayfly login PROFILE$/))
  await open(specOn(stage), outside())()
  await open(specOn(stage, 'Reader'), alone())()
})

test('one sign-in serves every role, and is renewed in silence until the session of eight hours ends', async () => {
  await open(specOn(stage), outside())()
  const first = tokenFile().accessToken
  stage.advance(56 * 60)
  paths.length = 0
  await open(specOn(stage, 'Reader'), alone())()
  assert.deepEqual(paths, ['/token', '/federation/credentials'])
  assert.notEqual(tokenFile().accessToken, first)
  for (let hour = 1; hour < 8; hour++) {
    stage.advance(58 * 60)
    await open(specOn(stage, 'Reader'), alone())({ forceRefresh: true })
  }
  stage.advance(60 * 60)
  await assert.rejects(open(specOn(stage, 'Reader'), alone())({ forceRefresh: true }), failing('login-needed'))
})

test('many roles at once cost one sign-in', async () => {
  const host = outside()
  const roles = ['Administrator', 'Reader'].map((name) => open(specOn(stage, name), host)())
  await Promise.all(roles)
  assert.equal(opened.length, 1)
})

test('a token that somebody signed out of is replaced, silently where it can be', async () => {
  await open(specOn(stage), outside())()
  cache.write(tokenFileName(ssoSessionAt(stage.sandbox)), JSON.stringify({ ...tokenFile(), accessToken: 'aoa-gone' }))
  await open(specOn(stage, 'Reader'), alone())()
  const { accessToken } = tokenFile()
  await fetch(`${stage.sandbox.endpoint}/logout`, {
    method: 'POST',
    headers: { 'x-amz-sso_bearer_token': accessToken ?? '' },
  })
  await assert.rejects(open(specOn(stage, 'Reader'), alone())({ forceRefresh: true }), failing('login-needed'))
  await open(specOn(stage, 'Reader'), outside())({ forceRefresh: true })
})

test('a token of another start URL or region under the same name is not sent anywhere', async () => {
  await open(specOn(stage), outside())()
  for (const change of [{ startUrl: 'https://other.awsapps.com/start' }, { region: 'eu-central-1' }]) {
    const spec = specOn(stage, 'Reader')
    await assert.rejects(
      open({ ...spec, session: { ...spec.session, ...change } }, alone())(),
      (error) => error instanceof Failure && ['login-needed', 'aws-refused'].includes(error.code),
    )
    assert.ok(!paths.slice(3).includes('/federation/credentials'))
  }
  const same = specOn(stage, 'Reader')
  await open({ ...same, session: { ...same.session, startUrl: `${same.session.startUrl}/#/` } }, alone())()
})

test('a registration that the other end forgot is made anew', async () => {
  await open(specOn(stage), outside())()
  cache.remove(tokenFileName(ssoSessionAt(stage.sandbox)))
  for (const name of cache.list()) {
    const kept = JSON.parse(cache.read(name) ?? '') as object
    cache.write(name, JSON.stringify({ ...kept, clientSecret: 'forgotten' }))
  }
  const variable = variables({ CI: 'true' })
  await open(specOn(stage, 'Reader'), outside({ variable }))()
  await open(specOn(stage, 'Reader'), outside({ variable }))({ forceRefresh: true })
  assert.equal(paths.filter((path) => path === '/client/register').length, 2)
})

test('a role that is not assigned is refused in the words of AWS, and told where to look', async () => {
  await assert.rejects(open(specOn(stage, 'Nobody'), outside())(), failing('access-denied', /mayfly sso ls/))
  const bob = outside({ openBrowser: personAt(stage.sandbox, 'bob') })
  cache.files.clear()
  await assert.rejects(open(specOn(stage), bob)(), failing('access-denied'))
  await open(specOn(stage, 'Reader'), bob)()
})

test('with a sign-in that cannot be renewed, the session ends with it; with one that can, as the set says', async () => {
  const { expiration } = await open(specOn(stage), outside())()
  assert.equal(expiration.getTime() - stage.process().now().getTime(), 4 * 3600_000)
  const { refreshToken: _, ...without } = tokenFile()
  cache.write(tokenFileName(ssoSessionAt(stage.sandbox)), JSON.stringify(without))
  const clipped = await open(specOn(stage), alone())({ forceRefresh: true })
  assert.deepEqual(clipped.expiration, new Date(without.expiresAt ?? ''))
})

test('a role can be assumed from it', async () => {
  const spec = { kind: 'assume-role', base: specOn(stage), roleArn: stage.role('reader'), sts: stage.sts } as const
  const host = outside()
  const { arn } = await callerIdentity(host, await open(spec, host)(), stage.sts)
  assert.match(arn, /assumed-role\/reader\/mayfly-identity-center-\d+$/)
})

test('no token is in the spec, an error, what is said or the vault', async () => {
  await open(specOn(stage), outside())()
  const { accessToken = '?', refreshToken = '?', clientSecret = '?' } = tokenFile()
  const kept = await Promise.all((await stage.vault.list('')).map((name) => stage.vault.get(name)))
  const told = JSON.stringify([kept, said, opened, specOn(stage)])
  for (const secret of [accessToken, refreshToken, clientSecret]) assert.ok(!told.includes(secret))
})

test('what cannot be an account or a role is refused before anything is sent', () => {
  for (const change of [{ accountId: '1' }, { roleName: 'a/b' }, { roleName: 'a&account_id=1' }])
    assert.throws(() => open({ ...specOn(stage), ...change }, outside()), failing('config-invalid'))
})
