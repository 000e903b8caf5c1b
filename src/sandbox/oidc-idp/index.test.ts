import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { BrowserPerson } from '../../../test/contracts/browser-person.ts'
import { type Sandbox, startSandbox } from '../index.ts'

let sandbox: Sandbox
before(async () => {
  sandbox = await startSandbox({ now: () => new Date(), randomBytes })
})
after(() => sandbox.close())

const redirect_uri = 'http://127.0.0.1:9/oauth/callback'
const verifier = 'a-verifier-that-is-long-enough-for-the-standard-0123456789'
const challenge = createHash('sha256').update(verifier).digest('base64url')

const authorizeUrl = (change: Record<string, string> = {}): string => {
  const params = {
    ...{ client_id: 'mayfly', response_type: 'code', scope: 'openid profile email groups', redirect_uri, state: 's' },
    ...{ code_challenge: challenge, code_challenge_method: 'S256', nonce: 'n' },
    ...change,
  }
  const given = Object.entries(params).filter(([, value]) => value !== '')
  return `${sandbox.oidcIssuer}/auth?${new URLSearchParams(given)}`
}

/** Signs ann in, and gives what the browser would bring back to the program (where nobody listens). */
async function codeFor(change: Record<string, string> = {}): Promise<URLSearchParams> {
  const { password = '' } = sandbox.oidcPeople.find(({ name }) => name === 'ann') ?? {}
  const ann = new BrowserPerson({ name: 'ann', password })
  await ann.open(authorizeUrl(change)).catch(() => undefined)
  return new URL(ann.visited.at(-1) ?? '').searchParams
}

async function trade(body: Record<string, string>): Promise<Record<string, unknown> & { status: number }> {
  const form = { client_id: 'mayfly', redirect_uri, ...body }
  const answer = await fetch(`${sandbox.oidcIssuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
  const members: Record<string, unknown> = { ...((await answer.json()) as object) }
  return { ...members, status: answer.status }
}
const claimsIn = (token: unknown) => JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString())

test('discovery names the provider as it is reached, and its keys are public', async () => {
  const known = await (await fetch(`${sandbox.oidcIssuer}/.well-known/openid-configuration`)).json()
  assert.equal(known.issuer, sandbox.oidcIssuer)
  assert.ok(known.jwks_uri.startsWith(`${sandbox.oidcIssuer}/`))
  const { keys } = await (await fetch(known.jwks_uri)).json()
  assert.deepEqual(keys.map(({ alg }: { alg: string }) => alg).sort(), ['ES256', 'RS256'])
  assert.ok(keys.every((key: object) => !('d' in key) && !('p' in key)))
})

test('a code is traded once, with its verifier; a replay takes back what it had brought', async () => {
  const code = (await codeFor()).get('code') ?? ''
  const wrong = await trade({ grant_type: 'authorization_code', code, code_verifier: `${verifier}x` })
  assert.deepEqual([wrong.status, wrong.error], [400, 'invalid_grant'])
  const without = await trade({ grant_type: 'authorization_code', code })
  assert.equal(without.status, 400)
  const good = await trade({ grant_type: 'authorization_code', code, code_verifier: verifier })
  assert.equal(good.status, 200, JSON.stringify(good))
  const { sub, aud, iss, nonce, groups, email } = claimsIn(good.id_token)
  assert.deepEqual([sub, aud, iss, nonce], ['ann', 'mayfly', sandbox.oidcIssuer, 'n'])
  assert.deepEqual([groups, email], [['developers', 'admins'], 'ann@example.com'])
  const replayed = await trade({ grant_type: 'authorization_code', code, code_verifier: verifier })
  assert.deepEqual([replayed.status, replayed.error], [400, 'invalid_grant'])
  const refreshed = await trade({ grant_type: 'refresh_token', refresh_token: String(good.refresh_token) })
  assert.deepEqual([refreshed.status, refreshed.error], [400, 'invalid_grant'])
})

test('a refresh token is good once; its replay ends the sign-in', async () => {
  const code = (await codeFor()).get('code') ?? ''
  const { refresh_token } = await trade({ grant_type: 'authorization_code', code, code_verifier: verifier })
  const next = await trade({ grant_type: 'refresh_token', refresh_token: String(refresh_token) })
  assert.equal(claimsIn(next.id_token).sub, 'ann')
  const replayed = await trade({ grant_type: 'refresh_token', refresh_token: String(refresh_token) })
  assert.equal(replayed.error, 'invalid_grant')
  assert.equal((await trade({ grant_type: 'refresh_token', refresh_token: String(next.refresh_token) })).status, 400)
})

test('a login without a challenge, with a plain one, or back to a foreign place is refused', async () => {
  assert.equal((await codeFor({ code_challenge: '', code_challenge_method: '' })).get('error'), 'invalid_request')
  assert.equal((await codeFor({ code_challenge_method: 'plain' })).get('error'), 'invalid_request')
  const foreign = await fetch(authorizeUrl({ redirect_uri: 'http://evil.example/oauth/callback' }), {
    redirect: 'manual',
  })
  assert.equal(foreign.status, 400)
  assert.match(await foreign.text(), /redirect_uri/)
  assert.ok((await codeFor({ redirect_uri: 'http://127.0.0.1:8/oauth/callback' })).get('code'))
})

test('a wrong password signs nobody in, and the page repeats it to nobody', async () => {
  for (const name of ['ann', 'nobody', '"><script>alert(1)</script>']) {
    const who = new BrowserPerson({ name, password: 'guessed-wrong' })
    const page = await who.open(authorizeUrl())
    assert.equal(page.status, 401)
    assert.ok(!page.text.includes('guessed-wrong') && !page.text.includes('<script'))
  }
})

test('the pages are framed by nobody, and other names of the host are turned away', async () => {
  const page = await fetch(authorizeUrl(), { redirect: 'manual' })
  const login = await fetch(new URL(page.headers.get('location') ?? '', sandbox.endpoint), {
    headers: {
      cookie: page.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; '),
    },
  })
  assert.equal(login.status, 200)
  assert.match(login.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
  const status = await new Promise((resolve, reject) => {
    const url = `${sandbox.oidcIssuer}/.well-known/openid-configuration`
    httpRequest(url, { headers: { host: 'evil.example' } }, (answer) => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end()
  })
  assert.equal(status, 403)
})

test('keys, people and refresh tokens outlive a restart', async (t) => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'mayfly-idp-'))
  t.after(() => rmSync(stateDirectory, { recursive: true }))
  const during = async <T>(port: number, work: (at: Sandbox) => Promise<T>): Promise<T> => {
    const at = await startSandbox({ now: () => new Date(), randomBytes, stateDirectory, port })
    return work(at).finally(() => at.close())
  }
  const seen = async (at: Sandbox) => ({
    port: Number(new URL(at.endpoint).port),
    keys: await (await fetch(`${at.oidcIssuer}/jwks`)).text(),
    people: at.oidcPeople,
  })
  const first = await during(0, seen)
  const again = await during(first.port, seen)
  assert.deepEqual(again, first)
  assert.match(first.keys, /"kid"/)
})
