import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  approve,
  authorizeUrl,
  codeFor,
  codeGrant,
  type Json,
  oidc,
  portal,
  register,
  setSsoStage,
  signedIn,
} from './stage.test.ts'

const days = 24 * 3600
const deviceType = 'urn:ietf:params:oauth:grant-type:device_code'

function refused({ status, errorType, body }: Json, exception: string, error: string, expected = 400): void {
  assert.deepEqual([status, errorType, body.error], [expected, exception, error])
  assert.equal(typeof body.error_description, 'string')
}

test('a refusal names its exception in the header, and the OAuth error in the body', async (t) => {
  const stage = await setSsoStage(t)
  const client = await register(stage)
  refused(
    await oidc(stage, '/token', { ...client, grantType: 'password' }),
    'UnsupportedGrantTypeException',
    'unsupported_grant_type',
  )
  refused(await oidc(stage, '/token', '{'), 'InvalidRequestException', 'invalid_request')
  refused(await oidc(stage, '/token', { ...client }), 'InvalidRequestException', 'invalid_request')
  refused(
    await oidc(stage, '/token', codeGrant({ ...client, clientSecret: 'wrong' }, 'x')),
    'InvalidClientException',
    'invalid_client',
    401,
  )
  refused(
    await oidc(stage, '/token', { ...client, grantType: deviceType, deviceCode: 'x' }),
    'UnauthorizedClientException',
    'unauthorized_client',
  )
  assert.equal((await oidc(stage, '/token', codeGrant(client, await codeFor(stage, client)))).status, 200)
})

test('a registration is for public clients on this machine, and ends after ninety days', async (t) => {
  const stage = await setSsoStage(t)
  const asked = async (more: object): Promise<Json> =>
    oidc(stage, '/client/register', { clientName: 'test', clientType: 'public', ...more })
  refused(await asked({ clientType: 'confidential' }), 'InvalidClientMetadataException', 'invalid_client_metadata')
  refused(await asked({ scopes: ['a b'] }), 'InvalidScopeException', 'invalid_scope')
  for (const uri of [
    'https://evil.example/cb',
    'http://evil.example/cb',
    'http://127.0.0.1/#x',
    'http://u@127.0.0.1/',
    'x',
  ])
    refused(await asked({ redirectUris: [uri] }), 'InvalidRedirectUriException', 'invalid_redirect_uri')
  refused(await asked({ grantTypes: ['authorization_code'] }), 'InvalidRequestException', 'invalid_request')
  refused(await asked({ issuerUrl: 'https://other.awsapps.com/start' }), 'InvalidRequestException', 'invalid_request')
  const { body } = await asked({ issuerUrl: `${stage.sandbox.ssoStartUrl}/#/`, scopes: ['sso:account:access'] })
  assert.equal(Number(body.clientSecretExpiresAt) - Number(body.clientIdIssuedAt), 90 * days)
  const client = { clientId: String(body.clientId), clientSecret: String(body.clientSecret) }
  const startUrl = stage.sandbox.ssoStartUrl
  assert.equal((await oidc(stage, '/device_authorization', { ...client, startUrl })).status, 200)
  stage.later(90 * days)
  refused(
    await oidc(stage, '/device_authorization', { ...client, startUrl }),
    'InvalidClientException',
    'invalid_client',
    401,
  )
})

test('a device code is pending until the person answers, and works once', async (t) => {
  const stage = await setSsoStage(t)
  const client = await register(stage, {})
  const { ssoStartUrl: startUrl } = stage.sandbox
  refused(
    await oidc(stage, '/device_authorization', { ...client, startUrl: 'https://x/start' }),
    'InvalidRequestException',
    'invalid_request',
  )
  const start = async () => (await oidc(stage, '/device_authorization', { ...client, startUrl })).body
  const poll = (deviceCode: unknown) => oidc(stage, '/token', { ...client, grantType: deviceType, deviceCode })
  const { deviceCode, userCode, verificationUriComplete, expiresIn, interval } = await start()
  assert.match(String(userCode), /^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/)
  assert.equal(verificationUriComplete, `${stage.sandbox.endpoint}/device?user_code=${String(userCode)}`)
  assert.deepEqual([expiresIn, interval], [600, 1])
  refused(await poll(deviceCode), 'AuthorizationPendingException', 'authorization_pending')
  refused(await poll(deviceCode), 'AuthorizationPendingException', 'authorization_pending')
  refused(await poll(deviceCode), 'SlowDownException', 'slow_down')
  stage.later(1)
  refused(await poll(deviceCode), 'AuthorizationPendingException', 'authorization_pending')
  refused(await poll('another'), 'InvalidGrantException', 'invalid_grant')
  assert.equal((await approve(stage, { userCode: String(userCode).toLowerCase().replace('-', ' ') })).status, 200)
  const other = await register(stage, {})
  refused(
    await oidc(stage, '/token', { ...other, grantType: deviceType, deviceCode }),
    'InvalidGrantException',
    'invalid_grant',
  )
  assert.equal((await poll(deviceCode)).status, 200)
  refused(await poll(deviceCode), 'InvalidGrantException', 'invalid_grant')
  assert.equal((await approve(stage, { userCode })).status, 404)

  const denied = await start()
  await approve(stage, { userCode: denied.userCode, deny: true })
  refused(await poll(denied.deviceCode), 'AccessDeniedException', 'access_denied')
  const late = await start()
  stage.later(600)
  assert.equal((await approve(stage, { userCode: late.userCode })).status, 404)
  refused(await poll(late.deviceCode), 'ExpiredTokenException', 'expired_token')
})

test('a code works once, for its client, its verifier and its address; again it ends what it began', async (t) => {
  const stage = await setSsoStage(t)
  const client = await register(stage)
  const other = await register(stage)
  const invalid = async (more: object, of = client): Promise<void> =>
    refused(
      await oidc(stage, '/token', codeGrant(of, await codeFor(stage, client), more)),
      'InvalidGrantException',
      'invalid_grant',
    )
  await invalid({ codeVerifier: 'x'.repeat(43) })
  await invalid({ redirectUri: 'http://127.0.0.1:40002/oauth/callback' })
  await invalid({ code: 'another' })
  await invalid({}, other)
  const guessed = await codeFor(stage, client)
  await oidc(stage, '/token', codeGrant(client, guessed, { codeVerifier: 'x'.repeat(43) }))
  refused(await oidc(stage, '/token', codeGrant(client, guessed)), 'InvalidGrantException', 'invalid_grant')
  const late = await codeFor(stage, client)
  stage.later(300)
  refused(await oidc(stage, '/token', codeGrant(client, late)), 'InvalidGrantException', 'invalid_grant')

  const code = await codeFor(stage, client)
  const { body } = await oidc(stage, '/token', codeGrant(client, code))
  assert.equal((await portal(stage, '/assignment/accounts', String(body.accessToken))).status, 200)
  refused(await oidc(stage, '/token', codeGrant(client, code)), 'InvalidGrantException', 'invalid_grant')
  assert.equal((await portal(stage, '/assignment/accounts', String(body.accessToken))).status, 401)
  const { refreshToken } = body
  refused(
    await oidc(stage, '/token', { ...client, grantType: 'refresh_token', refreshToken }),
    'InvalidGrantException',
    'invalid_grant',
  )
})

/** Where a browser is sent back to, or what it is shown. */
async function sent(url: string): Promise<URL | number> {
  const answer = await fetch(url, { redirect: 'manual' })
  const location = answer.headers.get('location')
  return location === null ? answer.status : new URL(location)
}

test('nothing is sent to an address that is not the client’s; every other fault is told to the client', async (t) => {
  const stage = await setSsoStage(t)
  const client = await register(stage)
  for (const more of [
    { client_id: 'nobody' },
    { redirect_uri: 'https://evil.example/oauth/callback' },
    { redirect_uri: 'http://127.0.0.1:40001/other' },
    { redirect_uri: 'http://localhost:40001/oauth/callback' },
    { redirect_uri: 'http://127.0.0.1:40001/oauth/callback?x=1' },
  ])
    assert.equal(await sent(authorizeUrl(stage, client, more)), 400, JSON.stringify(more))
  for (const [more, error] of [
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ scopes: 'sso:account:access admin' }, 'invalid_scope'],
  ] as const) {
    const back = await sent(authorizeUrl(stage, client, more))
    assert.ok(back instanceof URL && back.href.startsWith('http://127.0.0.1:40001/oauth/callback?'))
    assert.deepEqual([back.searchParams.get('error'), back.searchParams.get('state')], [error, 'state'])
  }
  assert.equal(await sent(authorizeUrl(stage, client)), 200)
  assert.equal(await sent(authorizeUrl(stage, client, { redirect_uri: 'http://127.0.0.1:65000/oauth/callback' })), 200)
})

test('tokens last an hour and are renewed with a token that stays, for the client it was given to, until the session ends', async (t) => {
  const stage = await setSsoStage(t)
  const { client, accessToken, refreshToken, expiresIn } = await signedIn(stage)
  assert.equal(expiresIn, 3600)
  const refresh = (of = client) => oidc(stage, '/token', { ...of, grantType: 'refresh_token', refreshToken })
  stage.later(3600)
  assert.equal((await portal(stage, '/assignment/accounts', accessToken)).status, 401)
  const renewed = await refresh()
  assert.equal(renewed.body.refreshToken, refreshToken)
  assert.equal((await portal(stage, '/assignment/accounts', String(renewed.body.accessToken))).status, 200)
  refused(await refresh(await register(stage)), 'InvalidGrantException', 'invalid_grant')
  stage.later(7 * 3600 - 60)
  assert.equal((await refresh()).body.expiresIn, 60, 'no token outlives the session')
  stage.later(60)
  refused(await refresh(), 'InvalidGrantException', 'invalid_grant')
})

test('a client without scopes gets a token for the whole session, and none to renew it with', async (t) => {
  const stage = await setSsoStage(t)
  const { body } = await oidc(stage, '/client/register', { clientName: 'legacy', clientType: 'public' })
  const client = { clientId: body.clientId, clientSecret: body.clientSecret }
  const { ssoStartUrl: startUrl } = stage.sandbox
  const started = (await oidc(stage, '/device_authorization', { ...client, startUrl })).body
  await approve(stage, { userCode: started.userCode })
  const token = await oidc(stage, '/token', { ...client, grantType: deviceType, deviceCode: started.deviceCode })
  assert.deepEqual([token.body.expiresIn, token.body.refreshToken], [8 * 3600, undefined])
})

test('no secret of a sign-in is in the request log', async (t) => {
  const stage = await setSsoStage(t)
  const { client, accessToken, refreshToken } = await signedIn(stage)
  const log = JSON.stringify([...stage.sandbox.cloud.calls.values()])
  assert.match(log, /CreateToken/)
  for (const secret of [client.clientSecret, accessToken, refreshToken]) assert.ok(!log.includes(secret))
})
