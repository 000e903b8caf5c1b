import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { BrowserPerson } from '../../test/contracts/browser-person.ts'
import { closedHost } from '../../test/contracts/closed-host.ts'
import { queues } from '../../test/contracts/sts-stage.ts'
import { addWebRole } from '../../test/contracts/web-identity.ts'
import type { Host } from '../host/host.ts'
import { memoryVault } from '../host/vaults/memory.ts'
import type { Vault } from '../host/vaults/vault.ts'
import { Failure, type FailureCode } from '../model/failure.ts'
import type { OidcLoginPlace, WebIdentitySpec } from '../model/source-spec.ts'
import { type Sandbox, startSandbox } from '../sandbox/index.ts'
import { callerIdentity } from './caller-identity.ts'
import { open } from './index.ts'
import { endOidcLogins, oidcLogin } from './oidc-login.ts'

let sandbox: Sandbox
let vault: Vault
let place: OidcLoginPlace
let ahead = 0
let opened: string[]
let said: string[]
const lock = queues()

before(async () => {
  sandbox = await startSandbox({ now: () => new Date(), randomBytes })
  place = { from: 'login', issuer: sandbox.oidcIssuer, clientId: 'mayfly', scopes: ['openid', 'aws'] }
})
beforeEach(() => {
  vault = memoryVault()
  opened = []
  said = []
  ahead = 0
})
after(() => sandbox.close())

const person = (name = 'ann'): BrowserPerson => {
  const { password = '' } = sandbox.oidcPeople.find((each) => each.name === name) ?? {}
  return new BrowserPerson({ name, password })
}
/** The outside of one process, with a person in front of it. */
const host = (change: Partial<Host> = {}, who = person()): Host => ({
  ...closedHost,
  now: () => new Date(Date.now() + ahead * 1000),
  fetch: (request) => fetch(request),
  vault,
  exclusively: lock,
  say: (text) => said.push(text),
  openBrowser: async (url) => {
    opened.push(url)
    void who.open(url)
    return true
  },
  ...change,
})
const fails = (code: FailureCode, text: RegExp) => (error: unknown) =>
  error instanceof Failure && error.code === code && text.test(error.message)
const claimsIn = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

test('a person signs in with the browser once, for any number of roles and processes', async () => {
  const roleArn = addWebRole({ sandbox, role: (name) => `arn:aws:iam::${sandbox.accountId}:role/${name}` }, 'mayfly')
  const sts = { region: sandbox.region, endpoint: sandbox.endpoint }
  const spec: WebIdentitySpec = { kind: 'web-identity', token: place, roleArn, sts }
  const specs = [spec, { ...spec, duration: 1800 }, { ...spec, sessionName: 'other' }]
  const [first] = await Promise.all(specs.map((each) => open(each, host())()))
  assert.equal(opened.length, 1)
  assert.ok(first)
  const { arn } = await callerIdentity(host(), first, sts)
  assert.match(arn, /:assumed-role\/web\/mayfly-ann-\d{10}$/)
  const session = sandbox.cloud.sessions.get(first.accessKeyId)
  assert.deepEqual([session?.tags, session?.sourceIdentity], [{ Team: 'blue' }, 'ann'])
  const kept = (await Promise.all((await vault.list('')).map((name) => vault.get(name)))).join()
  assert.ok(!opened.some((url) => kept.includes(new URL(url).searchParams.get('state') ?? '-')))
})

test('the address has a challenge, a state and a nonce, and none is used twice', async () => {
  await oidcLogin(place, host())
  await endOidcLogins(host())
  await oidcLogin(place, host())
  const [one, two] = opened.map((url) => new URL(url).searchParams)
  for (const name of ['state', 'nonce', 'code_challenge']) {
    assert.ok((one?.get(name) ?? '').length >= 32)
    assert.notEqual(one?.get(name), two?.get(name))
  }
  assert.equal(one?.get('code_challenge_method'), 'S256')
  assert.match(one?.get('redirect_uri') ?? '', /^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/)
})

test('an ID token that is over is replaced by the refresh token, without anybody; each refresh token is used once', async () => {
  const { idToken: first } = await oidcLogin(place, host())
  assert.equal((await oidcLogin(place, host())).idToken, first)
  const refreshToken = async (): Promise<string> =>
    JSON.parse((await vault.get((await vault.list('oidc-login/'))[0] ?? '')) ?? '{}').refreshToken
  const used = new Set([await refreshToken()])
  const alone = { openBrowser: closedHost.openBrowser }
  ahead = 3600
  for (const turn of [2, 3]) {
    const { idToken } = await oidcLogin(place, host(alone))
    assert.equal(claimsIn(idToken).sub, 'ann')
    assert.equal(used.add(await refreshToken()).size, turn)
  }
})

test('with offline_access the provider asks the person for it, and gives a refresh token', async () => {
  const { idToken } = await oidcLogin({ ...place, scopes: ['openid', 'offline_access'] }, host())
  assert.equal(claimsIn(idToken).sub, 'ann')
  assert.equal(new URL(opened[0] ?? '').searchParams.get('prompt'), 'consent')
})

test('a sign-in ends when the provider says so, and sessions with it', async () => {
  await oidcLogin(place, host())
  const [name = ''] = await vault.list('oidc-login/')
  const endsAt = Date.now() + 1000_000
  await vault.put(name, JSON.stringify({ ...JSON.parse((await vault.get(name)) ?? ''), endsAt }))
  const roleArn = addWebRole({ sandbox, role: (role) => `arn:aws:iam::${sandbox.accountId}:role/${role}` }, 'mayfly')
  const sts = { region: sandbox.region, endpoint: sandbox.endpoint }
  const { expiration } = await open({ kind: 'web-identity', token: place, roleArn, sts }, host())()
  assert.equal(expiration.getTime(), endsAt)
  ahead = 1001
  await oidcLogin(place, host())
  assert.equal(opened.length, 2, 'neither the ID token nor the refresh token is used after the end')
})

test('a refresh token the provider no longer takes means signing in again', async () => {
  await oidcLogin(place, host())
  const [name = ''] = await vault.list('oidc-login/')
  const kept = JSON.parse((await vault.get(name)) ?? '')
  await vault.put(name, JSON.stringify({ ...kept, refreshToken: 'revoked', idTokenEnds: 0 }))
  await oidcLogin(place, host())
  assert.equal(opened.length, 2)
})

test('a network that is down is told, and the sign-in is kept', async () => {
  await oidcLogin(place, host())
  ahead = 3600
  const down = { fetch: () => Promise.reject(new Failure('network', 'no network')) }
  await assert.rejects(oidcLogin(place, host(down)), fails('network', /no network/))
  await oidcLogin(place, host({ openBrowser: closedHost.openBrowser }))
})

test('a forged answer, without the state that went out, is turned away, and the right one still counts', async () => {
  const forging = {
    openBrowser: async (url: string) => {
      const forged = new URL(new URL(url).searchParams.get('redirect_uri') ?? '')
      for (const state of ['', 'guessed']) {
        forged.search = String(new URLSearchParams({ code: 'stolen', state, iss: sandbox.oidcIssuer }))
        assert.equal((await fetch(forged)).status, 400)
      }
      void person().open(url)
      return true
    },
  }
  assert.equal(claimsIn((await oidcLogin(place, host(forging))).idToken).sub, 'ann')
})

test('an answer in the name of another issuer signs nobody in', async () => {
  const mixedUp = {
    openBrowser: async (url: string) => {
      const asked = new URL(url).searchParams
      const back = new URL(asked.get('redirect_uri') ?? '')
      back.search = String(
        new URLSearchParams({ code: 'x', state: asked.get('state') ?? '', iss: 'https://evil.example' }),
      )
      await fetch(back)
      return true
    },
  }
  await assert.rejects(oidcLogin(place, host(mixedUp)), fails('login-needed', /iss/))
})

test('nobody who may be asked, a person who declines, and a provider that is none are told apart', async () => {
  const nobody = { openBrowser: () => Promise.reject(new Failure('input-needed', 'nobody')) }
  await assert.rejects(oidcLogin(place, host(nobody)), fails('input-needed', /nobody/))
  const declining = {
    openBrowser: async (url: string) => {
      const asked = new URL(url).searchParams
      const back = new URL(asked.get('redirect_uri') ?? '')
      back.search = String(
        new URLSearchParams({
          error: 'access_denied',
          error_description: 'No\u001b[2J thanks',
          state: asked.get('state') ?? '',
          iss: sandbox.oidcIssuer,
        }),
      )
      await fetch(back)
      return true
    },
  }
  await assert.rejects(oidcLogin(place, host(declining)), fails('login-needed', /No \[2J thanks \(access_denied\)/))
  const elsewhere = { ...place, issuer: `${sandbox.endpoint}/_oidc/nothing` }
  await assert.rejects(oidcLogin(elsewhere, host()), fails('login-needed', /could not be asked/))
  await assert.rejects(
    oidcLogin({ ...place, issuer: 'http://idp.example' }, host({ fetch: closedHost.fetch })),
    fails('login-needed', /./),
  )
})

test('where no browser starts the person enters a code on any device', async () => {
  const who = person('bob')
  const device: Partial<Host> = {
    openBrowser: async (url) => {
      opened.push(url)
      if (url.includes('user_code=')) void who.open(url)
      return false
    },
  }
  const { idToken } = await oidcLogin(place, host(device))
  assert.equal(claimsIn(idToken).sub, 'bob')
  assert.match(said.join(), /enter the code [A-Z-]{4,}/)
  assert.equal(opened.length, 2)
})

test('what a provider says of its codes cannot write on the terminal, and leads to a web page', async () => {
  const telling = (change: object): Partial<Host> => ({
    openBrowser: async () => false,
    fetch: async (request) => {
      const answer = await fetch(request)
      if (!new URL(request.url).pathname.endsWith('/device/auth')) return answer
      return Response.json({ ...Object(await answer.json()), ...change })
    },
  })
  for (const change of [
    { user_code: 'ABCD\u001b]52;c;cm0gLXJm\u0007' },
    { user_code: 'ABCD\u202e' },
    { verification_uri: 'https://idp.example/\u001b[2J' },
    { verification_uri: 'file:///etc/passwd' },
  ])
    await assert.rejects(oidcLogin(place, host(telling(change))), fails('login-needed', /cannot be shown/))
  assert.deepEqual(said, [])
})

test('ending a sign-in forgets it here and has the provider take its refresh token no more', async () => {
  await oidcLogin(place, host())
  const [name = ''] = await vault.list('oidc-login/')
  const before = (await vault.get(name)) ?? ''
  assert.deepEqual(await endOidcLogins(host()), [{ issuer: sandbox.oidcIssuer, revoked: true }])
  assert.deepEqual(await vault.list(''), [])
  await vault.put(name, JSON.stringify({ ...JSON.parse(before), idTokenEnds: 0 }))
  await oidcLogin(place, host())
  assert.equal(opened.length, 2, 'the copied refresh token was of no use')
  const roleArn = 'arn:aws:iam::111122223333:role/web'
  const spec: WebIdentitySpec = { kind: 'web-identity', token: place, roleArn, sts: { region: 'us-east-1' } }
  const other = { ...spec, token: { ...place, clientId: 'other' } }
  assert.deepEqual(await endOidcLogins(host(), other), [])
  const down = { fetch: () => Promise.reject(new Failure('network', 'no network')) }
  assert.deepEqual(await endOidcLogins(host(down), spec), [{ issuer: sandbox.oidcIssuer, revoked: false }])
})
