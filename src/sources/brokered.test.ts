import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { type SourceFacts, sourceContract } from '../../test/contracts/source.ts'
import { type StsStage, stsStage } from '../../test/contracts/sts-stage.ts'
import { Failure } from '../model/failure.ts'
import type { BrokeredSpec } from '../model/source-spec.ts'
import { readLogin } from './broker/login.ts'
import { broker, type ScriptedBroker, scriptedBroker, signIn } from './brokered-stage.test.ts'
import { open } from './index.ts'

const spec: BrokeredSpec = { kind: 'brokered', broker, role: 'reader' }
const sessionsCalled = 'POST /v1/sessions'

/** The contract's stage comes with its spec: the broker is put on it then. */
function facts(specOf: (stage: StsStage) => BrokeredSpec, calls: number): SourceFacts {
  let scripted: ScriptedBroker | undefined
  return {
    spec: async (stage) => {
      scripted = scriptedBroker(stage)
      await signIn(stage.vault)
      return specOf(stage)
    },
    host: {
      fetch: (request) => scripted?.fetch(request) ?? assert.fail('there is no broker yet'),
      run: async () => 'aGVhZA.eyJzdWIiOiJyZXBvIn0.c2lnbmF0dXJl',
    },
    hasKey: false,
    ...{ calls, questions: 0, arn: /:assumed-role\/reader\/ann-s/ },
  }
}
describe('brokered for a person', () =>
  sourceContract(
    'brokered',
    facts(() => spec, 1),
  ))

let stage: StsStage
let scripted: ScriptedBroker
const opened = () => open(spec, stage.process({ fetch: scripted.fetch }))
beforeEach(async () => {
  await stage?.sandbox.close()
  stage = await stsStage()
  scripted = scriptedBroker(stage)
  await signIn(stage.vault)
})
after(() => stage.sandbox.close())

const failsWith = (code: string, hint: RegExp) => (error: unknown) =>
  error instanceof Failure && error.code === code && hint.test(error.hint ?? '')

test('everything the spec says goes to the broker, as the person who signed in', async () => {
  const whole: BrokeredSpec = { ...spec, duration: 900, reason: 'a look', ticket: 'OPS-1', policy: '{}' }
  await open(whole, stage.process({ fetch: scripted.fetch }))()
  assert.deepEqual(scripted.asked, [
    {
      what: sessionsCalled,
      token: 'token-of-ann',
      body: { role: 'reader', duration: 900, policy: '{}', reason: 'a look', ticket: 'OPS-1' },
    },
  ])
})

test('without a sign-in, or with one that is over, nothing is sent and the hint says how to sign in', async () => {
  const login = /^mayfly login --broker https:\/\/mayfly\.example\.com$/
  stage.advance(60 * 86_400)
  await assert.rejects(opened()(), failsWith('login-needed', login))
  await stage.vault.delete((await stage.vault.list('broker-login/'))[0] ?? '')
  await assert.rejects(opened()(), failsWith('login-needed', login))
  assert.deepEqual(scripted.asked, [])
})

test('a sign-in that was revoked is forgotten, and with it every session of that broker that is kept', async () => {
  const first = await opened()()
  await open({ ...spec, reason: 'another' }, stage.process({ fetch: scripted.fetch }))()
  const above = { kind: 'assume-role', base: spec, roleArn: stage.role('deployer'), sts: stage.sts } as const
  await open(above, stage.process({ fetch: scripted.fetch }))()
  assert.equal((await stage.vault.list('session/')).length, 3)
  scripted.tokens.clear()
  // Old enough to be renewed, and young enough to be given where nothing new is learnt.
  stage.advance((first.expiration.getTime() - stage.process().now().getTime()) / 1000 - 120)
  await assert.rejects(opened()(), failsWith('login-needed', /mayfly login/))
  assert.deepEqual(await stage.vault.list('session/'), [])
  assert.equal(await readLogin(stage.vault, broker), undefined)
})

test('while the broker is not reached a session that still lives is given', async () => {
  const first = await opened()()
  stage.advance((first.expiration.getTime() - stage.process().now().getTime()) / 1000 - 120)
  const cut = stage.process({ fetch: () => Promise.reject(new Failure('network', 'cut')) })
  assert.deepEqual(await open(spec, cut)(), first)
})

test('a role that needs approval says how to ask; once approved the request is used, with its own reason', async () => {
  scripted.no = { status: 403, code: 'approval-needed', message: 'The grant admins needs 1 approval.' }
  await assert.rejects(opened()(), failsWith('approval-needed', /^mayfly request reader --reason/))
  const expiresAt = new Date(stage.process().now().getTime() + 60_000).toISOString()
  const request = { id: 'raaaaaaaaaaaaaaaaaa', role: 'reader', duration: 1800, reason: 'deploy', expiresAt }
  const mine = { ...request, principalId: 'corp:ann@example.com', state: 'approved' }
  const notMine = [
    { ...mine, principalId: 'corp:bob@example.com' },
    { ...mine, role: 'admin' },
    { ...mine, policy: '{"Version":"2012-10-17"}' },
    { ...mine, expiresAt: '2026-11-21T09:00:00Z' },
  ]
  scripted.requests = notMine
  await assert.rejects(opened()(), failsWith('approval-needed', /mayfly request/))
  scripted.requests = [...notMine, mine]
  assert.ok(await opened()())
  assert.deepEqual(scripted.asked.at(-1)?.body, {
    ...{ role: 'reader', requestId: 'raaaaaaaaaaaaaaaaaa', reason: 'deploy', duration: 1800 },
  })
})

test("a refusal is the broker's own words, and a server that is no broker is called that", async () => {
  scripted.no = { status: 403, code: 'outside-hours', message: 'The grant readers is not open at this hour.' }
  await assert.rejects(opened()(), (error) => {
    assert.ok(error instanceof Failure && error.code === 'broker-refused')
    assert.match(error.message, /not open at this hour/)
    return true
  })
  scripted.no = { status: 503, code: 'ledger-down', message: 'The ledger cannot be written.' }
  await assert.rejects(opened()(), failsWith('ledger-down', /again/))
  const page = stage.process({ fetch: async () => new Response('<html>Sign in to the network') })
  await assert.rejects(open(spec, page)(), failsWith('broker-refused', /proxy|login page/))
})

test('an answer with a permanent key in it is refused, and nothing is kept', async () => {
  const credentials = {
    ...{ accessKeyId: stage.key.accessKeyId, secretAccessKey: stage.secret, sessionToken: 'x' },
    expiration: '2026-11-22T00:00:00Z',
  }
  const planted = stage.process({ fetch: async () => Response.json({ session: {}, credentials }) })
  await assert.rejects(open(spec, planted)(), failsWith('aws-refused', /./))
  assert.deepEqual(await stage.vault.list('session/'), [])
})

test('a broker without TLS elsewhere than here is not opened', () => {
  for (const bad of ['http://mayfly.example.com', 'https://mayfly.example.com/', 'ftp://x', 'https://a:b@x', 'x'])
    assert.throws(() => open({ ...spec, broker: bad }, stage.process()), failsWith('config-invalid', /https/))
  for (const good of ['http://127.0.0.1:8484', 'https://mayfly.example.com/at'])
    assert.ok(open({ ...spec, broker: good }, stage.process()))
})

describe('brokered for a proof', () => {
  const proven = (proof: NonNullable<BrokeredSpec['proof']>) =>
    open({ ...spec, proof }, stage.process({ fetch: scripted.fetch, run: async () => token }))
  const token = 'aGVhZA.eyJzdWIiOiJyZXBvIn0.c2lnbmF0dXJl'
  const byToken = { by: 'token', token: { from: 'command', commandLine: 'mint' } } as const

  sourceContract(
    'brokered with AWS identity',
    facts(({ key, sts }) => {
      const base = { kind: 'mfa-session', base: key, duration: 900, sts } as const
      return { ...spec, proof: { by: 'aws', base, sts, authenticator: 'account' } }
    }, 2),
  )

  test('a token is shown once to the only authenticator of its kind, and what it earns is kept while it lives', async () => {
    await proven(byToken)()
    await proven(byToken)({ forceRefresh: true })
    assert.deepEqual(
      scripted.asked.map(({ what }) => what),
      ['GET /v1/authenticators', 'POST /v1/tokens', sessionsCalled, sessionsCalled],
    )
    assert.deepEqual(scripted.asked[1]?.body, { authenticator: 'ci', proof: { token } })
    assert.equal(scripted.asked[2]?.token, 'token-of-ci')
    stage.advance(560)
    await proven(byToken)({ forceRefresh: true })
    assert.equal(scripted.asked.filter(({ what }) => what === 'POST /v1/tokens').length, 2)
  })

  test('AWS identity is a GetCallerIdentity that is signed for this broker, and AWS takes it', async () => {
    const base = { kind: 'mfa-session', base: stage.key, duration: 900, sts: stage.sts } as const
    await proven({ by: 'aws', base, sts: stage.sts, authenticator: 'account' })()
    const shown = JSON.parse(JSON.stringify(scripted.asked[0]?.body))
    assert.equal(shown.authenticator, 'account')
    const { method, url, headers, body } = shown.proof
    assert.equal(headers['X-Mayfly-Audience'], broker)
    assert.match(headers.Authorization, /SignedHeaders=[^,]*x-mayfly-audience/)
    assert.ok(!JSON.stringify(shown).includes(stage.secret))
    const { Host: _, ...sent } = headers
    assert.equal((await fetch(url, { method, headers: sent, body })).status, 200)
    const other = { ...sent, 'X-Mayfly-Audience': 'https://other.example.com' }
    assert.equal((await fetch(url, { method, headers: other, body })).status, 403)
  })

  test('a token that the broker takes no more is replaced by a new proof, once', async () => {
    await proven(byToken)()
    scripted.tokens.clear()
    await proven(byToken)({ forceRefresh: true })
    const asked = scripted.asked.map(({ what }) => what)
    assert.deepEqual(asked.slice(-4), [
      ...[sessionsCalled, 'GET /v1/authenticators', 'POST /v1/tokens', sessionsCalled],
    ])
  })

  test('a kind of proof that no authenticator takes is told with the key that helps', async () => {
    const proof = { by: 'certificate', address: broker, certificate: '/none', privateKey: '/none' } as const
    await assert.rejects(proven(proof)(), failsWith('config-invalid', /mayfly_broker_authenticator/))
  })
})
