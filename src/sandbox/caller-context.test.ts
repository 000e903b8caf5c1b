import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestContext } from './caller-context.ts'
import type { Session } from './cloud.ts'
import type { Caller } from './service.ts'
import { account, addRole, addUser, type Stage, setStage, start, trust } from './stage.test.ts'

const context = ({ sandbox: { cloud }, now }: Stage, caller: Caller, more: object = {}) =>
  requestContext(
    { at: now, caller, cloud, sourceIp: '127.0.0.1', region: 'eu-west-1', userAgent: 'test' },
    { action: 'iam:GetUser', resource: '*', ...more },
  )

const ann: Caller = {
  kind: 'user',
  accountId: account,
  arn: `arn:aws:iam::${account}:user/ann`,
  userId: 'AIDAANN',
  accessKeyId: 'AKIA',
  userName: 'ann',
}

const session = (kind: Session['kind'], more: Partial<Session> = {}): Session => ({
  accessKeyId: 'ASIA',
  secretAccessKey: '',
  sessionToken: '',
  kind,
  accountId: account,
  arn: ann.arn,
  userId: 'AIDAANN',
  principalArn: `arn:aws:iam::${account}:role/team/dev`,
  issuer: { name: kind === 'assumed-role' ? 'dev' : 'ann', id: 'AIDAANN', arn: ann.arn },
  issuedAt: '2026-11-21T08:59:00.000Z',
  expiresAt: '2026-11-21T10:00:00.000Z',
  tags: {},
  transitiveTagKeys: [],
  ...more,
})

test('a permanent key brings neither MFA nor the time of a token', async (t) => {
  const stage = await setStage(t)
  addUser(stage, 'ann', undefined, { tags: { team: 'blue' } })
  assert.deepEqual(context(stage, ann), {
    'aws:CurrentTime': '2026-11-21T09:00:00Z',
    'aws:EpochTime': String(start.getTime() / 1000),
    'aws:SecureTransport': 'true',
    'aws:SourceIp': '127.0.0.1',
    'aws:RequestedRegion': 'eu-west-1',
    'aws:ViaAWSService': 'false',
    'aws:PrincipalIsAWSService': 'false',
    'aws:PrincipalType': 'User',
    'aws:UserAgent': 'test',
    'aws:ResourceAccount': account,
    'aws:PrincipalArn': ann.arn,
    'aws:PrincipalAccount': account,
    'aws:userid': 'AIDAANN',
    'aws:username': 'ann',
    'aws:PrincipalTag/team': 'blue',
  })
})

test('MFA is true or false for sessions, and absent for a role that was assumed with it', async (t) => {
  const stage = await setStage(t)
  const mfaAt = '2026-11-21T08:58:30.000Z'
  const mfaOf = (kind: Caller['kind'], held: Session) => {
    const known = context(stage, { ...ann, kind, session: held })
    return [known['aws:MultiFactorAuthPresent'], known['aws:MultiFactorAuthAge']]
  }
  assert.deepEqual(mfaOf('user', session('session-token')), ['false', undefined])
  assert.deepEqual(mfaOf('user', session('session-token', { mfaAt })), ['true', '90'])
  assert.deepEqual(mfaOf('federated-user', session('federated-user')), ['false', undefined])
  assert.deepEqual(mfaOf('assumed-role', session('assumed-role')), ['false', undefined])
  assert.deepEqual(mfaOf('assumed-role', session('assumed-role', { mfaAt })), [undefined, undefined])
})

test('a role session is its role, with its path, and no user', async (t) => {
  const stage = await setStage(t)
  addRole(stage, 'dev', trust('*'), { tags: { Team: 'red', floor: '1' } })
  const { userName: _, ...nobody } = ann
  const held = session('assumed-role', { tags: { team: 'blue' }, sourceIdentity: 'ann', userId: 'AROA:me' })
  const known = context(stage, { ...nobody, kind: 'assumed-role', userId: 'AROA:me', session: held })
  assert.equal(known['aws:PrincipalArn'], `arn:aws:iam::${account}:role/team/dev`)
  assert.equal(known['aws:username'], undefined)
  assert.equal(known['aws:userid'], 'AROA:me')
  assert.equal(known['aws:SourceIdentity'], 'ann')
  assert.equal(known['aws:TokenIssueTime'], '2026-11-21T08:59:00Z')
  assert.equal(known['aws:PrincipalTag/team'], 'blue')
  assert.equal(known['aws:PrincipalTag/Team'], undefined)
  assert.equal(known['aws:PrincipalTag/floor'], '1')
})

test('what the permission brings is added: tags and account of the resource, keys of the action', async (t) => {
  const stage = await setStage(t)
  const more = { resourceTags: { env: 'test' }, resourceAccount: '9', context: { 'iam:PolicyARN': 'x' } }
  const known = context(stage, ann, more)
  assert.equal(known['aws:ResourceTag/env'], 'test')
  assert.equal(known['iam:ResourceTag/env'], 'test')
  assert.equal(known['aws:ResourceAccount'], '9')
  assert.equal(known['iam:PolicyARN'], 'x')
})

test('a role that was assumed with MFA keeps it when the sandbox is told so', async (t) => {
  const stage = await setStage(t, { mfaInRoleSessions: true })
  const held = session('assumed-role', { mfaAt: '2026-11-21T08:58:30.000Z' })
  assert.equal(context(stage, { ...ann, kind: 'assumed-role', session: held })['aws:MultiFactorAuthPresent'], 'true')
})
