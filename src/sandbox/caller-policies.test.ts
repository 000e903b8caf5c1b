import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyOf } from './cloud.ts'
import {
  account,
  addRole,
  addUser,
  allow,
  ask,
  controlCall,
  credentialsIn,
  type Stage,
  setStage,
  start,
  trust,
} from './stage.test.ts'

const ann = `arn:aws:iam::${account}:user/ann`
const everything = 'arn:aws:iam::aws:policy/AdministratorAccess'
const readOnly = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'

const list = async (stage: Stage, key: Parameters<typeof ask>[1]) => {
  const reply = await ask(stage, key, { Action: 'ListUsers' }, { service: 'iam' })
  return reply.status === 200 ? 'listed' : (reply.message ?? '').replace(/^.* (?=because|with an explicit)/, '')
}

test('a user has what is attached to them and to their groups', async (t) => {
  const stage = await setStage(t)
  assert.equal(
    await list(stage, addUser(stage, 'ann')),
    'because no identity-based policy allows the iam:ListUsers action',
  )
  assert.equal(await list(stage, addUser(stage, 'ann', undefined, { attached: [everything] })), 'listed')
  stage.sandbox.cloud.groups.put(keyOf(account, 'admins'), {
    accountId: account,
    name: 'admins',
    path: '/',
    id: 'AGPA',
    arn: `arn:aws:iam::${account}:group/admins`,
    createdAt: start.toISOString(),
    inline: { list: allow('iam:ListUsers', '*') },
    attached: [],
  })
  assert.equal(await list(stage, addUser(stage, 'ann', undefined, { groups: ['Admins'] })), 'listed')
})

test('a boundary bounds users and roles, and one that is gone allows nothing', async (t) => {
  const stage = await setStage(t)
  const silent = 'because no permissions boundary allows the iam:ListUsers action'
  const all = allow('*', '*')
  assert.equal(await list(stage, addUser(stage, 'ann', all, { boundary: everything })), 'listed')
  assert.equal(await list(stage, addUser(stage, 'ann', all, { boundary: readOnly })), silent)
  assert.equal(await list(stage, addUser(stage, 'ann', all, { boundary: `${readOnly}-gone` })), silent)
  const key = addUser(stage, 'ann')
  const RoleArn = addRole(stage, 'dev', trust({ AWS: ann }), { inline: { all }, boundary: readOnly })
  const session = credentialsIn(await ask(stage, key, { Action: 'AssumeRole', RoleArn, RoleSessionName: 'me' }))
  assert.equal(await list(stage, session), silent)
})

test('a resource control policy binds those who come from elsewhere', async (t) => {
  const stage = await setStage(t)
  const RoleArn = addRole(stage, 'dev', trust({ AWS: ann }))
  const key = addUser(stage, 'ann')
  const assume = async () => (await ask(stage, key, { Action: 'AssumeRole', RoleArn, RoleSessionName: 'me' })).status
  const deny = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole', Resource: '*' }],
  }
  const full = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] }
  const put = (rcp: unknown) => controlCall(stage, 'PUT', 'organization', { accounts: { [account]: { rcp } } })
  assert.equal((await put([[full]])).status, 200)
  assert.equal(await assume(), 200)
  assert.equal((await put([[full, deny]])).status, 200)
  assert.equal(await assume(), 403)
})
