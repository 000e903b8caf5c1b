import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type StsStage, stsStage } from '../../test/contracts/sts-stage.ts'
import { Failure } from '../model/failure.ts'
import type { AssumeRoleSpec, MfaSessionSpec } from '../model/source-spec.ts'
import { open } from './index.ts'

let stage: StsStage
let role: AssumeRoleSpec
let session: MfaSessionSpec
before(async () => {
  stage = await stsStage()
  const { key, mfa, sts } = stage
  role = { kind: 'assume-role', base: key, roleArn: stage.role('reader'), sts }
  session = { kind: 'mfa-session', base: key, mfa, duration: 3600, sts }
})
beforeEach(() => {
  stage.advance(7200)
  stage.calls.length = 0
})
after(() => stage.sandbox.close())
const sent = (): Record<string, string> => Object.fromEntries(stage.calls.at(-1) ?? [])

test('every field of the spec goes to AWS by its name', async () => {
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
  })
  const spec: AssumeRoleSpec = {
    ...role,
    ...{ sessionName: 'ann@laptop', externalId: 'ex:1', duration: 7200, sourceIdentity: 'ann', policy },
    tags: { team: 'blue', empty: '' },
    transitiveTagKeys: ['team'],
    policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  }
  await open(spec, stage.process())()
  assert.deepEqual(sent(), {
    ...{ Action: 'AssumeRole', Version: '2011-06-15', RoleArn: role.roleArn, RoleSessionName: 'ann@laptop' },
    ...{ DurationSeconds: '7200', ExternalId: 'ex:1', SourceIdentity: 'ann', Policy: policy },
    'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    'Tags.member.1.Key': 'team',
    'Tags.member.1.Value': 'blue',
    'Tags.member.2.Key': 'empty',
    'Tags.member.2.Value': '',
    'TransitiveTagKeys.member.1': 'team',
  })
})

test('what the spec leaves out is left out; empty lists are, too', async () => {
  await open({ ...role, tags: {}, transitiveTagKeys: [], policyArns: [] }, stage.process())()
  const { RoleSessionName, ...others } = sent()
  assert.deepEqual(others, { Action: 'AssumeRole', Version: '2011-06-15', RoleArn: role.roleArn })
  assert.match(RoleSessionName ?? '', /^mayfly-AKIA[A-Z0-9]{16}-\d{10}$/)
})

test('a session name that Mayfly chooses says who: the source identity, else the MFA device', async () => {
  const second = Math.floor(stage.process().now().getTime() / 1000)
  await open({ ...role, base: session }, stage.process())()
  assert.equal(sent().RoleSessionName, `mayfly-ann-${second}`)
  stage.advance(60)
  await open({ ...role, mfa: stage.mfa, sourceIdentity: 'ann.b@c'.padEnd(64, 'd') }, stage.process())()
  assert.match(sent().RoleSessionName ?? '', /^mayfly-ann\.b@cd{33}-\d{10}$/)
})

test('a long role with MFA is assumed by the permanent key itself, for twelve hours', async () => {
  const { expiration } = await open({ ...role, mfa: stage.mfa, duration: 43_200 }, stage.process())()
  assert.equal(expiration.getTime() - stage.process().now().getTime(), 43_200_000)
  assert.equal(sent().SerialNumber, stage.mfa.serial)
  assert.match(sent().TokenCode ?? '', /^\d{6}$/)
})

test('a role never outlives the session it was assumed from, here or at AWS', async () => {
  const host = stage.process()
  const parent = await open(session, host)()
  stage.advance(40 * 60)
  const child = await open({ ...role, base: session }, host)()
  assert.equal(sent().DurationSeconds, '1200')
  assert.ok(child.expiration <= parent.expiration)
  stage.advance(11 * 60)
  const late = await open({ ...role, base: session, sessionName: 'late' }, host)()
  assert.equal(sent().DurationSeconds, '900', 'AWS gives no less')
  assert.deepEqual(late.expiration, parent.expiration)
})

test("AWS's refusal of a trust policy is told, and nothing is kept", async () => {
  await assert.rejects(
    open({ ...role, roleArn: stage.role('reader').replace('reader', 'nobody') }, stage.process())(),
    (error) => error instanceof Failure && error.code === 'access-denied' && /sts:AssumeRole/.test(error.message),
  )
})

test('a code is spent once: the second session in half a minute is refused with what to do', async () => {
  await open({ ...session, duration: 1800 }, stage.process())()
  await assert.rejects(
    open({ ...session, duration: 1801 }, stage.process())(),
    (error) => error instanceof Failure && error.code === 'mfa-rejected' && /next one/.test(error.hint ?? ''),
  )
  stage.advance(30)
  assert.ok(await open({ ...session, duration: 1801 }, stage.process())())
})
