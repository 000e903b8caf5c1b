import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { SignJWT } from 'jose'
import { keyOf } from '../cloud.ts'
import { account, allow, ask, controlCall, type Stage, setStage } from '../stage.test.ts'
import {
  addPerson,
  authorizeUrl,
  codeFor,
  given,
  type Program,
  password,
  programOn,
  redemption,
  refusalOf,
  renewal,
} from './stage.test.ts'

async function ground(t: TestContext): Promise<{ readonly stage: Stage; readonly program: Program }> {
  const stage = await setStage(t)
  await addPerson(stage)
  return { stage, program: await programOn(stage) }
}

const invalid = '400 ValidationException INVALID_REQUEST'

test('a code is traded for fifteen minutes as the user, a refresh token and who it is', async (t) => {
  const { stage, program } = await ground(t)
  const answer = given(await program.token(redemption(await codeFor(stage))))
  assert.equal(answer.tokenType, 'aws_sigv4')
  assert.equal(answer.expiresIn, 900)
  assert.ok(answer.refreshToken.length <= 2048)
  const claims = JSON.parse(Buffer.from(answer.idToken?.split('.')[1] ?? '', 'base64url').toString())
  assert.equal(claims.sub, `arn:aws:iam::${account}:user/ann`)
  const who = await ask(stage, answer.accessToken, { Action: 'GetCallerIdentity' })
  assert.equal(who.get('Arn'), claims.sub)
  stage.later(901)
  assert.equal((await ask(stage, answer.accessToken, { Action: 'GetCallerIdentity' })).code, 'ExpiredToken')
})

test('OAuth spellings and a form are read, too', async (t) => {
  const { stage, program } = await ground(t)
  const { clientId, grantType, code = '', codeVerifier, redirectUri } = redemption(await codeFor(stage))
  const oauth = { client_id: clientId, grant_type: grantType, code, code_verifier: codeVerifier }
  const form = { ...oauth, redirect_uri: redirectUri }
  assert.equal((await program.token(form, undefined, { type: 'form' })).status, 200)
})

test('a code works once, and coming again it ends what came of it', async (t) => {
  const { stage, program } = await ground(t)
  const code = await codeFor(stage)
  const { refreshToken } = given(await program.token(redemption(code)))
  assert.equal((await program.token(renewal(refreshToken))).status, 200)
  assert.equal(refusalOf(await program.token(redemption(code))), '401 AccessDeniedException AUTHCODE_EXPIRED')
  assert.equal(refusalOf(await program.token(renewal(refreshToken))), '401 AccessDeniedException TOKEN_EXPIRED')
})

test('a code is over after ten minutes', async (t) => {
  const { stage, program } = await ground(t)
  const [early, late] = [await codeFor(stage), await codeFor(stage)]
  stage.later(599)
  assert.equal((await program.token(redemption(early))).status, 200)
  stage.later(1)
  assert.equal(refusalOf(await program.token(redemption(late))), '401 AccessDeniedException AUTHCODE_EXPIRED')
})

test('a wrong verifier is refused, and there is no second guess', async (t) => {
  const { stage, program } = await ground(t)
  const code = await codeFor(stage)
  const wrong = { ...redemption(code), codeVerifier: 'w'.repeat(43) }
  assert.equal(refusalOf(await program.token(wrong)), invalid)
  assert.equal(refusalOf(await program.token(redemption(code))), '401 AccessDeniedException AUTHCODE_EXPIRED')
})

test('a code is bound to its program and the address it went to', async (t) => {
  const { stage, program } = await ground(t)
  const elsewhere = { ...redemption(await codeFor(stage)), redirectUri: 'http://127.0.0.1:1/oauth/callback' }
  assert.equal(refusalOf(await program.token(elsewhere)), invalid)
  const other = { ...redemption(await codeFor(stage)), clientId: 'arn:aws:signin:::devtools/cross-device' }
  assert.equal(refusalOf(await program.token(other)), '401 AccessDeniedException AUTHCODE_EXPIRED')
})

test('a proof is for this method and address, of now, whole, and used once', async (t) => {
  const { stage, program } = await ground(t)
  const now = Math.floor(stage.now.getTime() / 1000)
  const { token, prove, jwk } = program
  const code = await codeFor(stage)
  const { sandbox } = stage
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const forged = await new SignJWT({ htm: 'POST', htu: `${sandbox.endpoint}/v1/token`, iat: now, jti: 'j' })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
    .sign(other)
  const shared = await new SignJWT({ htm: 'POST', htu: `${sandbox.endpoint}/v1/token`, iat: now, jti: 'k' })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'HS256', jwk })
    .sign(Buffer.from(JSON.stringify(jwk)))
  const used = await prove()
  given(await token(redemption(await codeFor(stage)), used))
  const bad: readonly [string, string][] = [
    ['none', ''],
    ['no JWT', 'a.b.c'],
    ['by another key', forged],
    ['by the public key as a secret', shared],
    ['a private key shown', await prove({}, { jwk: { ...jwk, d: 'AAAA' } })],
    ['of another type', await prove({}, { typ: 'JWT' })],
    ['another address', await prove({ htu: `${sandbox.endpoint}/v1/tokens` })],
    ['another host', await prove({ htu: 'https://us-east-1.signin.aws.amazon.com/v1/token' })],
    ['another method', await prove({ htm: 'GET' })],
    ['stale', await prove({ iat: now - 301 })],
    ['of the future', await prove({ iat: now + 301 })],
    ['without a jti', await prove({ jti: undefined })],
    ['used before', used],
  ]
  for (const [what, proof] of bad) assert.equal(refusalOf(await token(redemption(code), proof)), invalid, what)
  assert.equal((await token(redemption(code), await prove({ iat: now - 299 }))).status, 200)
})

test('a refresh needs the key that the code was traded with', async (t) => {
  const { stage, program } = await ground(t)
  const { refreshToken } = given(await program.token(redemption(await codeFor(stage))))
  const thief = await programOn(stage)
  assert.equal(refusalOf(await thief.token(renewal(refreshToken))), invalid)
  assert.equal((await program.token(renewal(refreshToken))).status, 200)
})

test('two who refresh at once get the same, and an old token is over after that', async (t) => {
  const { stage, program } = await ground(t)
  const first = given(await program.token(redemption(await codeFor(stage))))
  stage.later(600)
  const second = given(await program.token(renewal(first.refreshToken)))
  stage.later(30)
  const again = given(await program.token(renewal(first.refreshToken)))
  assert.notEqual(second.accessToken.accessKeyId, first.accessToken.accessKeyId)
  assert.deepEqual(again, { ...second, expiresIn: 870 })
  stage.later(300)
  assert.equal(refusalOf(await program.token(renewal(first.refreshToken))), '401 AccessDeniedException TOKEN_EXPIRED')
  assert.equal((await program.token(renewal(second.refreshToken))).status, 200)
  const [id, count] = second.refreshToken.split('.')
  const guessed = await program.token(renewal(`${id}.${Number(count) + 1}.AAAA`))
  assert.equal(refusalOf(guessed), '401 AccessDeniedException TOKEN_EXPIRED')
})

test('twelve hours after the sign-in nothing is renewed, and credentials end with it', async (t) => {
  const { stage, program } = await ground(t)
  const first = given(await program.token(redemption(await codeFor(stage))))
  stage.later(12 * 3600 - 300)
  const last = given(await program.token(renewal(first.refreshToken)))
  assert.equal(last.expiresIn, 300)
  stage.later(300)
  assert.equal(refusalOf(await program.token(renewal(last.refreshToken))), '401 AccessDeniedException TOKEN_EXPIRED')
})

test('a changed password, a removed one or a new user of the name ends it', async (t) => {
  const { stage, program } = await ground(t)
  const { refreshToken } = given(await program.token(redemption(await codeFor(stage))))
  const { users } = stage.sandbox.cloud
  const id = keyOf(account, 'ann')
  const ann = users.get(id)
  assert.ok(ann?.login)
  const { login, ...without } = ann
  for (const changed of [{ ...ann, login: { ...login, passwordHash: 'x' } }, without, { ...ann, id: 'AIDAOTHER' }]) {
    users.put(id, changed)
    const reply = await program.token(renewal(refreshToken))
    assert.equal(refusalOf(reply), '403 AccessDeniedException USER_CREDENTIALS_CHANGED')
  }
  users.put(id, ann)
  assert.equal((await program.token(renewal(refreshToken))).status, 200)
})

test('both permissions are asked for, by the program that is let in', async (t) => {
  const { stage, program } = await ground(t)
  await addPerson(stage, 'bob', allow('s3:ListBucket', '*'))
  const order = { authorize: authorizeUrl(stage), userName: 'bob' }
  const { status, answer } = await controlCall(stage, 'POST', 'signin/authorize', order)
  assert.equal(status, 403)
  assert.match(JSON.stringify(answer), /user\/bob is not authorized to perform: signin:AuthorizeOAuth2Access/)
  const code = await codeFor(stage)
  const { users } = stage.sandbox.cloud
  const ann = users.get(keyOf(account, 'ann'))
  assert.ok(ann)
  const statement = { Effect: 'Allow', Action: 'signin:AuthorizeOAuth2Access', Resource: '*' }
  users.put(keyOf(account, 'ann'), { ...ann, inline: { main: JSON.stringify({ Statement: [statement] }) } })
  const reply = await program.token(redemption(code))
  assert.equal(refusalOf(reply), '403 AccessDeniedException INSUFFICIENT_PERMISSIONS')
  assert.match(reply.text, /signin:CreateOAuth2Token on resource: arn:aws:signin:us-east-1:111122223333:oauth2/)
  assert.ok(!reply.text.includes(password))
})

test('a body that is none, and another grant, are told so', async (t) => {
  const { stage, program } = await ground(t)
  assert.equal(refusalOf(await program.token([])), invalid)
  assert.equal(refusalOf(await program.token({ ...redemption('x'), grantType: 'password' })), invalid)
  assert.equal(refusalOf(await program.token({ ...redemption(await codeFor(stage)), clientId: 'x' })), invalid)
})

test('what was signed in with MFA meets conditions on it, and may call IAM', async (t) => {
  const { stage, program } = await ground(t)
  const { users } = stage.sandbox.cloud
  const ann = users.get(keyOf(account, 'ann'))
  assert.ok(ann)
  const gated = allow('iam:GetUser', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })
  users.put(keyOf(account, 'ann'), { ...ann, inline: { ...ann.inline, gated } })
  const getUser = async (mfa: boolean): Promise<string | undefined> => {
    const order = { authorize: authorizeUrl(stage), userName: 'ann', mfa }
    const { answer } = await controlCall(stage, 'POST', 'signin/authorize', order)
    const code = new URL(String(answer.redirect)).searchParams.get('code') ?? ''
    const { accessToken } = given(await program.token(redemption(code)))
    const reply = await ask(stage, accessToken, { Action: 'GetUser' }, { service: 'iam' })
    return reply.code ?? reply.get('User', 'UserName')
  }
  assert.deepEqual([await getUser(true), await getUser(false)], ['ann', 'AccessDenied'])
})
