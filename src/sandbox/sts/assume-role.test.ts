import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { QueryInput } from '../../wire/query.ts'
import {
  account,
  addDevice,
  addRole,
  addRootKey,
  addUser,
  allow,
  ask,
  credentialsIn,
  otherAccount,
  type Reply,
  type Stage,
  setStage,
  trust,
} from '../stage.test.ts'

const ann = `arn:aws:iam::${account}:user/ann`

const assume = (stage: Stage, key: Parameters<typeof ask>[1], RoleArn: string, more: QueryInput = {}): Promise<Reply> =>
  ask(stage, key, { Action: 'AssumeRole', RoleArn, RoleSessionName: 'work', ...more })

const notAuthorized = (action: string, role: string): string =>
  `User: ${ann} is not authorized to perform: ${action} on resource: ${role}`

test('a role that trusts the user is assumed, and the answer tells the session', async (t) => {
  const stage = await setStage(t)
  const role = addRole(stage, 'dev', trust({ AWS: ann }), { path: '/team/' })
  const reply = await assume(stage, addUser(stage, 'ann'), role)
  assert.equal(reply.get('AssumedRoleUser', 'AssumedRoleId'), 'AROADEV:work')
  assert.equal(reply.get('AssumedRoleUser', 'Arn'), `arn:aws:sts::${account}:assumed-role/dev/work`)
  assert.equal(reply.get('Credentials', 'Expiration'), '2026-11-21T10:00:00Z')
  assert.equal(reply.get('PackedPolicySize'), undefined)
  assert.equal(reply.get('SourceIdentity'), undefined)
})

test('trust in the account asks for an identity policy as well', async (t) => {
  const stage = await setStage(t)
  const role = addRole(stage, 'dev', trust({ AWS: account }))
  const refused = await assume(stage, addUser(stage, 'ann'), role)
  assert.deepEqual([refused.status, refused.code], [403, 'AccessDenied'])
  assert.equal(refused.message, notAuthorized('sts:AssumeRole', role))
  assert.equal((await assume(stage, addUser(stage, 'ann', allow('sts:AssumeRole', role)), role)).status, 200)
})

test('a role that is not there is refused in the same words as one that does not trust', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann', allow('*', '*'))
  const closed = addRole(stage, 'closed', trust({ AWS: otherAccount }))
  const missing = `arn:aws:iam::${account}:role/missing`
  for (const role of [closed, missing, `arn:aws:iam::${account}:role/wrong/path/closed`]) {
    const reply = await assume(stage, key, role)
    assert.deepEqual([reply.code, reply.message], ['AccessDenied', notAuthorized('sts:AssumeRole', role)])
  }
})

test('a role is named by its whole ARN, path included', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann')
  const role = addRole(stage, 'dev', trust({ AWS: ann }), { path: '/team/' })
  for (const wrong of [`arn:aws:iam::${account}:role/dev`, role.replace('team', 'other'), role.replace('dev', 'DEV')])
    assert.equal((await assume(stage, key, wrong)).code, 'AccessDenied', wrong)
  assert.equal((await assume(stage, key, 'not-an-arn-of-any-role')).code, 'ValidationError')
  assert.equal((await assume(stage, key, role)).status, 200)
})

test('across accounts both sides must allow', async (t) => {
  const stage = await setStage(t)
  const there = addRole(stage, 'there', trust({ AWS: ann }), { accountId: otherAccount })
  assert.equal((await assume(stage, addUser(stage, 'ann'), there)).code, 'AccessDenied')
  const reply = await assume(stage, addUser(stage, 'ann', allow('sts:AssumeRole', there)), there)
  assert.equal(reply.get('AssumedRoleUser', 'Arn'), `arn:aws:sts::${otherAccount}:assumed-role/there/work`)
  const identity = await ask(stage, credentialsIn(reply), { Action: 'GetCallerIdentity' })
  assert.equal(identity.get('Account'), otherAccount)
})

test('root assumes no role', async (t) => {
  const stage = await setStage(t)
  const role = addRole(stage, 'dev', trust({ AWS: account }))
  const reply = await assume(stage, addRootKey(stage), role)
  assert.deepEqual([reply.code, reply.message], ['AccessDenied', 'Roles may not be assumed by root accounts.'])
})

test('an external id is asked for by the trust policy and by nothing else', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann')
  const guarded = addRole(stage, 'guarded', trust({ AWS: ann }, { StringEquals: { 'sts:ExternalId': 'x-1' } }))
  const open = addRole(stage, 'open', trust({ AWS: ann }))
  assert.equal((await assume(stage, key, guarded)).code, 'AccessDenied')
  assert.equal((await assume(stage, key, guarded, { ExternalId: 'x-2' })).code, 'AccessDenied')
  assert.equal((await assume(stage, key, guarded, { ExternalId: 'x-1' })).status, 200)
  assert.equal((await assume(stage, key, open, { ExternalId: 'x-2' })).status, 200)
})

test('a role lasts an hour unless told, whatever its longest session', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann')
  const role = addRole(stage, 'dev', trust({ AWS: ann }), { maxSessionDuration: 7200 })
  const expiry = async (DurationSeconds?: number) =>
    (await assume(stage, key, role, { DurationSeconds })).get('Credentials', 'Expiration')
  assert.equal(await expiry(), '2026-11-21T10:00:00Z')
  assert.equal(await expiry(7200), '2026-11-21T11:00:00Z')
  const long = await assume(stage, key, role, { DurationSeconds: 7201 })
  assert.deepEqual([long.status, long.code], [400, 'ValidationError'])
  assert.equal(long.message, 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
})

test('a session of any kind assumes roles for an hour at most', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann', allow('sts:AssumeRole', '*'))
  const role = addRole(stage, 'dev', trust({ AWS: account }), {
    maxSessionDuration: 43_200,
    inline: { all: allow('*', '*') },
  })
  const session = credentialsIn(await ask(stage, key, { Action: 'GetSessionToken' }))
  const assumed = credentialsIn(await assume(stage, key, role, { DurationSeconds: 7200 }))
  for (const parent of [session, assumed]) {
    const long = await assume(stage, parent, role, { DurationSeconds: 3601 })
    assert.equal(
      long.message,
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
    assert.equal((await assume(stage, parent, role, { DurationSeconds: 3600 })).status, 200)
  }
})

test('MFA is read from the call or from the session, and is gone in the session of the role', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann', allow('sts:AssumeRole', '*'))
  const { serial, code } = addDevice(stage, 'ann')
  const withMfa = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }
  const role = addRole(stage, 'dev', trust({ AWS: account }, withMfa), {
    inline: { all: allow('iam:*', '*', withMfa) },
  })
  assert.equal((await assume(stage, key, role)).code, 'AccessDenied')
  const assumed = await assume(stage, key, role, { SerialNumber: serial, TokenCode: code() })
  assert.equal(assumed.status, 200)
  assert.equal(
    (await ask(stage, credentialsIn(assumed), { Action: 'ListUsers' }, { service: 'iam' })).code,
    'AccessDenied',
  )
  stage.later(60)
  const session = await ask(stage, key, { Action: 'GetSessionToken', SerialNumber: serial, TokenCode: code() })
  assert.equal((await assume(stage, credentialsIn(session), role)).status, 200)
})

test('tags need permission to tag, override those of the role, and count in policies', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann')
  const condition = { StringEquals: { 'aws:PrincipalTag/Team': 'blue' } }
  const inline = { all: allow('iam:ListUsers', '*', condition) }
  const Tags = [{ Key: 'Team', Value: 'blue' }]
  const untagged = addRole(stage, 'untagged', trust({ AWS: ann }))
  const refused = await assume(stage, key, untagged, { Tags })
  assert.deepEqual([refused.code, refused.message], ['AccessDenied', notAuthorized('sts:TagSession', untagged)])
  const role = addRole(stage, 'dev', trust({ AWS: ann }, undefined, ['sts:AssumeRole', 'sts:TagSession']), {
    inline,
    tags: { team: 'red' },
  })
  const listWith = async (more: QueryInput) =>
    (await ask(stage, credentialsIn(await assume(stage, key, role, more)), { Action: 'ListUsers' }, { service: 'iam' }))
      .status
  assert.equal(await listWith({}), 403)
  assert.equal(await listWith({ Tags }), 200)
})

test('transitive tags go down the chain and cannot be set again; others stay behind', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann')
  const actions = ['sts:AssumeRole', 'sts:TagSession']
  const first = addRole(stage, 'first', trust({ AWS: ann }, undefined, actions))
  const second = addRole(stage, 'second', trust({ AWS: first }, undefined, actions))
  const Tags = [
    { Key: 'Project', Value: 'x' },
    { Key: 'Stage', Value: 'test' },
  ]
  const parent = credentialsIn(await assume(stage, key, first, { Tags, TransitiveTagKeys: ['project'] }))
  const child = credentialsIn(await assume(stage, parent, second))
  assert.deepEqual(stage.sandbox.cloud.sessions.get(child.accessKeyId)?.tags, { Project: 'x' })
  const again = await assume(stage, parent, second, { Tags: [{ Key: 'PROJECT', Value: 'y' }] })
  assert.equal(again.code, 'ValidationError')
  const other = await assume(stage, parent, second, { Tags: [{ Key: 'Stage', Value: 'y' }] })
  assert.equal(other.status, 200)
})

test('tag keys are one key whatever their case, and only keys that were passed can be transitive', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann')
  const role = addRole(stage, 'dev', trust({ AWS: ann }, undefined, 'sts:*'))
  const twice = [
    { Key: 'a', Value: '1' },
    { Key: 'A', Value: '2' },
  ]
  assert.equal((await assume(stage, key, role, { Tags: twice })).code, 'ValidationError')
  assert.equal((await assume(stage, key, role, { TransitiveTagKeys: ['a'] })).code, 'ValidationError')
  const one = { Tags: [{ Key: 'a', Value: '' }], TransitiveTagKeys: ['A'] }
  assert.equal((await assume(stage, key, role, one)).status, 200)
})

test('a source identity needs permission, is handed down, and cannot change', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann')
  const actions = ['sts:AssumeRole', 'sts:SetSourceIdentity']
  const first = addRole(stage, 'first', trust({ AWS: ann }, undefined, actions))
  const second = addRole(stage, 'second', trust({ AWS: first }, undefined, actions))
  const silent = addRole(stage, 'silent', trust({ AWS: ann }))
  assert.equal(
    (await assume(stage, key, silent, { SourceIdentity: 'ann' })).message,
    notAuthorized('sts:SetSourceIdentity', silent),
  )
  const reply = await assume(stage, key, first, { SourceIdentity: 'ann' })
  assert.equal(reply.get('SourceIdentity'), 'ann')
  const parent = credentialsIn(reply)
  assert.equal((await assume(stage, parent, second)).get('SourceIdentity'), 'ann')
  assert.equal((await assume(stage, parent, second, { SourceIdentity: 'eve' })).code, 'AccessDenied')
  assert.equal((await assume(stage, key, first, { SourceIdentity: 'aws:x' })).code, 'ValidationError')
})

test('a session policy narrows, and never widens', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann')
  const role = addRole(stage, 'dev', trust({ AWS: ann }), { inline: { some: allow('iam:List*', '*') } })
  const under = async (Policy: string) => {
    const session = credentialsIn(await assume(stage, key, role, { Policy }))
    const list = await ask(stage, session, { Action: 'ListUsers' }, { service: 'iam' })
    const create = await ask(stage, session, { Action: 'CreateUser', UserName: 'new' }, { service: 'iam' })
    return [list.status, create.status, list.message]
  }
  assert.deepEqual(await under(allow('*', '*')).then((all) => all.slice(0, 2)), [200, 403])
  const [list, , message] = await under(allow('s3:*', '*'))
  assert.equal(list, 403)
  assert.match(String(message), /because no session policy allows the iam:ListUsers action$/)
})

test('session policies must be policies, exist, and fit', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann')
  const role = addRole(stage, 'dev', trust({ AWS: ann }))
  assert.equal((await assume(stage, key, role, { Policy: '{' })).code, 'MalformedPolicyDocument')
  const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  assert.equal((await assume(stage, key, role, { PolicyArns: [{ arn: `${readOnly}x` }] })).code, 'ValidationError')
  const fits = await assume(stage, key, role, { PolicyArns: [{ arn: readOnly }], Policy: allow('s3:*', '*') })
  const size = Number(fits.get('PackedPolicySize'))
  assert.ok(size > 0 && size <= 100, fits.text)
  const large = await assume(stage, key, role, { Policy: allow('s3:*', `arn:aws:s3:::${'a'.repeat(2100)}`) })
  assert.deepEqual([large.status, large.code], [400, 'PackedPolicyTooLarge'])
  assert.match(large.message ?? '', /^Packed policy consumes 1\d\d% of allotted space, please use smaller policy\.$/)
})

test('revoking older sessions ends them at the next call, and not those issued after', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann')
  const inline = { all: allow('iam:ListUsers', '*') }
  const role = addRole(stage, 'dev', trust({ AWS: ann }), { inline })
  const list = async (session: Parameters<typeof ask>[1]) =>
    (await ask(stage, session, { Action: 'ListUsers' }, { service: 'iam' })).status
  const older = credentialsIn(await assume(stage, key, role))
  assert.equal(await list(older), 200)
  stage.later(60)
  const revoke = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: ['*'],
        Resource: ['*'],
        Condition: { DateLessThan: { 'aws:TokenIssueTime': stage.now.toISOString() } },
      },
    ],
  })
  const PolicyName = 'AWSRevokeOlderSessions'
  const put = { Action: 'PutRolePolicy', RoleName: 'dev', PolicyName, PolicyDocument: revoke }
  assert.equal((await ask(stage, stage.sandbox, put, { service: 'iam' })).status, 200)
  assert.equal(await list(older), 403)
  assert.equal(await list(credentialsIn(await assume(stage, key, role))), 200)
})

test('tags that pack too large, reserved tag keys and policies of another account are refused', async (t) => {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann')
  const role = addRole(stage, 'dev', trust({ AWS: ann }, undefined, 'sts:*'))
  const tags = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ Key: `k${n}`, Value: randomBytes(120).toString('hex') }))
  assert.equal((await assume(stage, key, role, { Tags: tags(2) })).status, 200)
  assert.equal((await assume(stage, key, role, { Tags: tags(50) })).code, 'PackedPolicyTooLarge')
  assert.equal((await assume(stage, key, role, { Tags: [{ Key: 'aws:x', Value: '1' }] })).code, 'ValidationError')
  const { policies } = stage.sandbox.cloud
  const known = policies.get('arn:aws:iam::aws:policy/ReadOnlyAccess')
  assert.ok(known)
  const status = async (accountId: string) => {
    const arn = `arn:aws:iam::${accountId}:policy/own`
    policies.put(arn, { ...known, arn, accountId })
    return (await assume(stage, key, role, { PolicyArns: [{ arn }] })).status
  }
  assert.deepEqual([await status(otherAccount), await status(account)], [400, 200])
})
