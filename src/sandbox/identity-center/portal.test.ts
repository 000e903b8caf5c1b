import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../stage.test.ts'
import { account, credentialsOf, oidc, otherAccount, portal, rolesOf, setSsoStage, signedIn } from './stage.test.ts'

test('the portal lists what is assigned, to the person and their groups, in pages', async (t) => {
  const stage = await setSsoStage(t)
  const { accessToken } = await signedIn(stage)
  const first = await portal(stage, '/assignment/accounts?max_result=1', accessToken)
  assert.deepEqual(first.body.accountList, [
    { accountId: account, accountName: 'Primary', emailAddress: `aws+${account}@example.com` },
  ])
  const next = String(first.body.nextToken)
  const second = await portal(stage, `/assignment/accounts?max_result=1&next_token=${next}`, accessToken)
  assert.equal((second.body.accountList as { accountId: string }[])[0]?.accountId, otherAccount)
  assert.equal(second.body.nextToken, undefined)
  assert.deepEqual((await portal(stage, rolesOf(), accessToken)).body.roleList, [
    { roleName: 'Administrator', accountId: account },
    { roleName: 'Reader', accountId: account },
  ])
  const bob = await signedIn(stage, 'bob')
  assert.deepEqual((await portal(stage, rolesOf(), bob.accessToken)).body.roleList, [
    { roleName: 'Reader', accountId: account },
  ])
})

test('a token that is missing, unknown or expired is refused; a living one is not', async (t) => {
  const stage = await setSsoStage(t)
  const { accessToken } = await signedIn(stage)
  const refused = async (token: string): Promise<void> => {
    const { status, errorType, body } = await portal(stage, '/assignment/accounts', token)
    assert.deepEqual(
      [status, errorType, body],
      [
        401,
        'UnauthorizedException',
        {
          message: 'Session token not found or invalid',
          __type: 'com.amazonaws.switchboard.portal#UnauthorizedException',
        },
      ],
    )
  }
  await refused('')
  await refused('aoa-unknown')
  await refused(`${accessToken}x`)
  assert.equal((await portal(stage, '/assignment/accounts', accessToken)).status, 200)
  stage.later(3600)
  await refused(accessToken)
})

test('role credentials last what the permission set says, in milliseconds, and act as the person', async (t) => {
  const stage = await setSsoStage(t)
  const { accessToken } = await signedIn(stage)
  const { body } = await portal(stage, credentialsOf('Administrator', otherAccount), accessToken)
  const { expiration, ...key } = body.roleCredentials as Record<string, unknown>
  assert.equal(expiration, stage.now.getTime() + 4 * 3600_000)
  const credentials = {
    accessKeyId: String(key.accessKeyId),
    secretAccessKey: String(key.secretAccessKey),
    sessionToken: String(key.sessionToken),
  }
  const who = await ask(stage, credentials, { Action: 'GetCallerIdentity' })
  assert.match(
    who.get('Arn') ?? '',
    new RegExp(`^arn:aws:sts::${otherAccount}:assumed-role/AWSReservedSSO_Administrator_[0-9a-f]{16}/ann$`),
  )
})

test('a role that is not assigned is refused, as is another account; the assigned one is given', async (t) => {
  const stage = await setSsoStage(t)
  const { accessToken } = await signedIn(stage, 'bob')
  for (const target of [
    credentialsOf('Administrator'),
    credentialsOf('Reader', '999999999999'),
    rolesOf('999999999999'),
  ]) {
    const { status, errorType, body } = await portal(stage, target, accessToken)
    assert.deepEqual([status, errorType, body.message], [403, 'ForbiddenException', 'No access'])
  }
  assert.equal((await portal(stage, credentialsOf('Reader'), accessToken)).status, 200)
  assert.equal((await portal(stage, '/federation/credentials?role_name=Reader', accessToken)).status, 400)
})

test('signing out ends the token and its renewal, and no session of a role', async (t) => {
  const stage = await setSsoStage(t)
  const { client, accessToken, refreshToken } = await signedIn(stage)
  const { body } = await portal(stage, credentialsOf('Reader'), accessToken)
  const key = body.roleCredentials as { accessKeyId: string; secretAccessKey: string; sessionToken: string }
  assert.deepEqual(await portal(stage, '/logout', accessToken, 'POST'), { status: 200, errorType: undefined, body: {} })
  assert.equal((await portal(stage, '/assignment/accounts', accessToken)).status, 401)
  assert.equal((await portal(stage, '/logout', accessToken, 'POST')).status, 401)
  const renewed = await oidc(stage, '/token', { ...client, grantType: 'refresh_token', refreshToken })
  assert.equal(renewed.errorType, 'InvalidGrantException')
  assert.equal((await ask(stage, key, { Action: 'GetCallerIdentity' })).status, 200)
})

test('GetRoleCredentials is told to the account of the role, without what it gave', async (t) => {
  const stage = await setSsoStage(t)
  const { accessToken } = await signedIn(stage)
  const { body } = await portal(stage, credentialsOf('Reader', otherAccount), accessToken)
  const calls = [...stage.sandbox.cloud.calls.values()].filter((call) => call.accountId === otherAccount)
  assert.deepEqual(
    calls.map(({ operation }) => operation),
    ['GetRoleCredentials'],
  )
  const { secretAccessKey } = body.roleCredentials as { secretAccessKey: string }
  assert.ok(!JSON.stringify(calls).includes(secretAccessKey))
})
