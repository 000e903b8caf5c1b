import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sourceContract } from '../../test/contracts/source.ts'
import { type StsStage, stsStage } from '../../test/contracts/sts-stage.ts'
import { Failure } from '../model/failure.ts'
import type { FederationTokenSpec } from '../model/source-spec.ts'
import { callerIdentity } from './caller-identity.ts'
import { open } from './index.ts'
import { callSts } from './sts-call.ts'

const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
const spec = ({ key, sts }: StsStage): FederationTokenSpec => ({
  ...{ kind: 'federation-token', base: key, name: 'guest', duration: 3600, policyArns: [readOnly], sts },
})

describe('federation-token', () =>
  sourceContract('federation-token', { spec, calls: 1, questions: 0, arn: /:federated-user\/guest$/ }))

test('a federated session goes to AWS with name, duration and policy, and assumes no role', async (t) => {
  const stage = await stsStage()
  t.after(() => stage.sandbox.close())
  const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
  const host = stage.process()
  const credentials = await open({ ...spec(stage), duration: 900, policy }, host)()
  assert.deepEqual(Object.fromEntries(stage.calls[0] ?? []), {
    ...{ Action: 'GetFederationToken', Version: '2011-06-15', Name: 'guest', DurationSeconds: '900', Policy: policy },
    'PolicyArns.member.1.arn': readOnly,
  })
  assert.match((await callerIdentity(host, credentials, stage.sts)).arn, /:federated-user\/guest$/)
  const params = { RoleArn: stage.role('reader'), RoleSessionName: 'guest' }
  await assert.rejects(
    callSts(host, { action: 'AssumeRole', params, key: credentials, target: stage.sts }),
    (error) => error instanceof Failure && error.code === 'access-denied',
  )
})

test('a federated session without a policy, or beyond the limits, is refused before anything is sent', async (t) => {
  const stage = await stsStage()
  t.after(() => stage.sandbox.close())
  const { policyArns: _, ...bare } = spec(stage)
  const host = stage.process({ fetch: () => assert.fail() })
  const cases: readonly (readonly [FederationTokenSpec, RegExp])[] = [
    [bare, /without a session policy it would be allowed nothing/],
    [{ ...spec(stage), policyArns: [] }, /allowed nothing/],
    [{ ...spec(stage), name: 'x' }, /2 to 32/],
    [{ ...spec(stage), name: 'x'.repeat(33) }, /2 to 32/],
    [{ ...spec(stage), duration: 899 }, /900 to 129600/],
    [{ ...spec(stage), duration: 129_601 }, /900 to 129600/],
  ]
  for (const [one, because] of cases)
    assert.throws(
      () => open(one, host),
      (error) => error instanceof Failure && error.code === 'config-invalid' && because.test(error.message),
    )
  assert.ok(open({ ...spec(stage), name: 'xy', duration: 129_600 }, host))
})
