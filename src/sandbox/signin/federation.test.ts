import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { SigningKey } from '../../model/signing-key.ts'
import { account, addRole, addUser, allow, ask, credentialsIn, type Stage, setStage, trust } from '../stage.test.ts'

const destination = 'https://us-east-1.console.aws.amazon.com/s3/home'
const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`

type Held = SigningKey & { readonly sessionToken: string }

async function ground(t: TestContext): Promise<{ stage: Stage; key: SigningKey; session: Held }> {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann', allow('*', '*'))
  for (const name of ['reader', 'writer'])
    addRole(stage, name, trust({ AWS: account }), { inline: { main: allow('*', '*') } })
  const assumed = { Action: 'AssumeRole', RoleArn: role('reader'), RoleSessionName: 'ann' }
  return { stage, key, session: credentialsIn(await ask(stage, key, assumed)) }
}

const sessionText = ({ accessKeyId, secretAccessKey, sessionToken }: Held): string =>
  JSON.stringify({ sessionId: accessKeyId, sessionKey: secretAccessKey, sessionToken })

async function call(
  { sandbox }: Stage,
  parameters: Readonly<Record<string, string>>,
  init: RequestInit = {},
): Promise<{ status: number; text: string; location: string | null; cookie: string | undefined }> {
  const query = new URLSearchParams(parameters)
  const target = init.method === 'POST' ? '/federation' : `/federation?${query}`
  const body = init.method === 'POST' ? { body: query } : {}
  const answer = await fetch(sandbox.endpoint + target, { redirect: 'manual', ...init, ...body })
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
  return { status: answer.status, text: await answer.text(), location: answer.headers.get('location'), cookie }
}

const prepare = (stage: Stage, session: Held, more: Readonly<Record<string, string>> = {}, init?: RequestInit) =>
  call(stage, { Action: 'getSigninToken', Session: sessionText(session), ...more }, init)
const tokenIn = ({ text }: { readonly text: string }): string => JSON.parse(text).SigninToken
const logIn = (stage: Stage, SigninToken: string, Destination = destination) =>
  call(stage, { Action: 'login', Issuer: 'mayfly', Destination, SigninToken })

async function home({ sandbox }: Stage, cookie: string | undefined): Promise<string> {
  return (await fetch(`${sandbox.endpoint}/_console`, { headers: { cookie: cookie ?? '' } })).text()
}

test("a role's session opens the console once, and the page says who is signed in", async (t) => {
  const { stage, session } = await ground(t)
  const token = tokenIn(await prepare(stage, session))
  const { status, location, cookie } = await logIn(stage, token)
  assert.deepEqual([status, location], [303, '/_console'])
  const page = await home(stage, cookie)
  assert.ok(page.includes(`arn:aws:sts::${account}:assumed-role/reader/ann`))
  assert.ok(page.includes(destination))
  const again = await logIn(stage, token)
  assert.deepEqual([again.status, again.cookie], [400, undefined])
  assert.match(again.text, /used before/)
})

test('a POST is taken, too', async (t) => {
  const { stage, session } = await ground(t)
  assert.equal((await prepare(stage, session, {}, { method: 'POST' })).status, 200)
})

test('a sign-in token is over after fifteen minutes', async (t) => {
  const { stage, session } = await ground(t)
  const [early, late] = [tokenIn(await prepare(stage, session)), tokenIn(await prepare(stage, session))]
  stage.later(899)
  assert.equal((await logIn(stage, early)).status, 303)
  stage.later(1)
  assert.equal((await logIn(stage, late)).status, 400)
})

test('only the console of AWS is a destination, and another one does not spend the token', async (t) => {
  const { stage, session } = await ground(t)
  const token = tokenIn(await prepare(stage, session))
  for (const elsewhere of [
    '',
    'https://evil.example/',
    'http://console.aws.amazon.com/',
    'https://console.aws.amazon.com.evil.example/',
    'https://evil.example/#https://console.aws.amazon.com/',
    'https://console.aws.amazon.com@evil.example/',
    'https://console.amazonaws.cn/',
    'javascript:alert(1)',
  ]) {
    const { status, location } = await logIn(stage, token, elsewhere)
    assert.deepEqual([status, location], [400, null], elsewhere)
  }
  assert.equal((await logIn(stage, token, 'https://console.aws.amazon.com/')).status, 303)
})

test('the console session ends with the credentials, or when SessionDuration says', async (t) => {
  const { stage, session } = await ground(t)
  const short = await logIn(stage, tokenIn(await prepare(stage, session)))
  const long = await logIn(stage, tokenIn(await prepare(stage, session, { SessionDuration: '43200' })))
  stage.later(3601)
  assert.match(await home(stage, short.cookie), /Password/)
  assert.match(await home(stage, long.cookie), /assumed-role\/reader/)
})

test('SessionDuration has its limits', async (t) => {
  const { stage, session } = await ground(t)
  for (const SessionDuration of ['899', '43201', 'x', ''])
    assert.equal((await prepare(stage, session, { SessionDuration })).status, 400, SessionDuration)
  assert.equal((await prepare(stage, session, { SessionDuration: '900' })).status, 200)
})

test('a chained role and a federated user take no SessionDuration, and open the console without', async (t) => {
  const { stage, key, session } = await ground(t)
  const assumed = { Action: 'AssumeRole', RoleArn: role('writer'), RoleSessionName: 'ann' }
  const chained = credentialsIn(await ask(stage, session, assumed))
  const named = { Action: 'GetFederationToken', Name: 'bob', Policy: allow('*', '*') }
  const federated = credentialsIn(await ask(stage, key, named))
  for (const one of [chained, federated]) {
    const refused = await prepare(stage, one, { SessionDuration: '3600' })
    assert.equal(refused.status, 400)
    assert.match(refused.text, /Invalid credentials parameter/)
    assert.equal((await prepare(stage, one)).status, 200)
  }
})

test('a session of GetSessionToken is refused', async (t) => {
  const { stage, key } = await ground(t)
  const user = credentialsIn(await ask(stage, key, { Action: 'GetSessionToken' }))
  const { status, text } = await prepare(stage, user)
  assert.equal(status, 400)
  assert.match(text, /Invalid credentials parameter/)
})

test('credentials that are not whole, not theirs or over are refused', async (t) => {
  const { stage, key, session } = await ground(t)
  const bad: readonly object[] = [
    { ...session, sessionToken: `${session.sessionToken}A` },
    { ...session, secretAccessKey: 'x' },
    { ...key, sessionToken: 'x' },
  ]
  for (const one of bad) assert.equal((await prepare(stage, { ...session, ...one })).status, 400)
  assert.equal((await call(stage, { Action: 'getSigninToken', Session: '{' })).status, 400)
  assert.equal((await call(stage, { Action: 'other' })).status, 400)
  assert.equal((await prepare(stage, session)).status, 200)
  stage.later(3600)
  assert.equal((await prepare(stage, session)).status, 400)
})

test('a bucket may be called federation all the same', async (t) => {
  const { stage } = await ground(t)
  const answer = await fetch(`${stage.sandbox.endpoint}/federation?list-type=2`)
  assert.match(await answer.text(), /NoSuchBucket|AccessDenied/)
})

test('what is over is forgotten', async (t) => {
  const { stage, session } = await ground(t)
  await logIn(stage, tokenIn(await prepare(stage, session)))
  await prepare(stage, session)
  const { store } = stage.sandbox.cloud
  const kept = () => ['signin/console-session', 'signin/token'].map((name) => store.table(name).size)
  assert.deepEqual(kept(), [1, 1])
  stage.later(3600)
  await home(stage, undefined)
  assert.deepEqual(kept(), [0, 0])
})
