import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { person, start as stagedAt } from '../../test/contracts/broker-stage.ts'
import { closedHost } from '../../test/contracts/closed-host.ts'
import { runningBroker } from '../../test/contracts/running-broker.ts'
import { queues } from '../../test/contracts/sts-stage.ts'
import { until } from '../../test/contracts/until.ts'
import type { Host } from '../host/host.ts'
import { nodeOpenStream, type OpenStream } from '../host/open-stream.ts'
import { memoryVault } from '../host/vaults/memory.ts'
import { Failure } from '../model/failure.ts'
import type { BrokeredSpec, SessionSpec } from '../model/source-spec.ts'
import { keepLogin } from '../sources/broker/login.ts'
import { open } from '../sources/index.ts'
import { type Agent, openAgent } from './agent.ts'

const ann = person('ann', ['developers'])
const eve = person('eve', ['security'])
const failure = (code: string) => (error: unknown) => error instanceof Failure && error.code === code

/** Ann's machine beside a running broker, and an agent on it. Its clock of elapsed time is moved by the test. */
async function stageOf(t: TestContext) {
  const running = await runningBroker(t)
  const { url, call, tokenOf, stage } = running
  const vault = memoryVault()
  await keepLogin(vault, { broker: url, token: await tokenOf(ann), expiresAt: ann.expiresAt, principal: ann })
  const host: Host = {
    ...closedHost,
    now: () => stage.now,
    fetch: (request) => fetch(request),
    vault,
    exclusively: queues(),
  }
  const reader: BrokeredSpec = { kind: 'brokered', broker: url, role: 'reader' }
  const sts = { region: 'us-east-1', endpoint: stage.sandbox.endpoint }
  const above: SessionSpec = { kind: 'assume-role', base: reader, roleArn: `arn:aws:iam::111122223333:role/audit`, sts }
  const line = { isCut: false, passed: 0, close: (): void => undefined }
  const real = nodeOpenStream({})
  const openStream: OpenStream = async (request) => {
    if (line.isCut) throw new Failure('network', 'cut')
    const stream = await real(request)
    line.close = stream.close
    return stream
  }
  const start = (profiles: ReadonlyMap<string, SessionSpec> = new Map([['reader', reader]]), on = host): Agent => {
    const agent = openAgent(profiles, {
      host: on,
      open: openStream,
      agent: 'laptop',
      elapsed: () => line.passed,
      pause: () => setTimeout(5),
    })
    t.after(() => agent.close())
    return agent
  }
  const admin = await tokenOf(eve)
  const revoke = async (target: object) =>
    (await call('/v1/revocations', { token: admin, body: { target, reason: 'test' } })).body
  const sessions = async () => (await call('/v1/sessions', { token: admin })).body.items
  return { ...running, vault, host, reader, above, line, start, revoke, sessions }
}

test('a revoked session is dropped with what was taken with it, the broker hears so, and the next is another', async (t) => {
  const { start, revoke, sessions, vault, host, above, stage } = await stageOf(t)
  await stage.iam({
    ...{ Action: 'CreateRole', RoleName: 'audit' },
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: ['sts:AssumeRole', 'sts:Set*'] }],
    }),
  })
  const agent = start()
  const first = await agent.credentials('reader')
  const [session] = await sessions()
  assert.equal(session.accessKeyId, first.accessKeyId)
  assert.deepEqual(await agent.credentials('reader'), first, 'kept')
  await open(above, host)()
  assert.equal((await vault.list('session/')).length, 2)
  const begun = performance.now()
  const { reach } = await revoke({ kind: 'session', sessionId: session.id })
  const dropped = reach.find(({ place }: { place: string }) => place === 'agent')
  assert.deepEqual([dropped.where, dropped.effect], ['laptop', 'dropped'])
  assert.ok(dropped.took >= 0 && dropped.took <= performance.now() - begun)
  assert.deepEqual(await vault.list('session/'), [])
  const second = await agent.credentials('reader')
  assert.notEqual(second.accessKeyId, first.accessKeyId)
})

test('a revoked person gets nothing more, and nothing of theirs is left here', async (t) => {
  const { start, revoke, vault } = await stageOf(t)
  const agent = start()
  await agent.credentials('reader')
  const { reach } = await revoke({ kind: 'principal', principalId: ann.id })
  assert.equal(reach.find(({ place }: { place: string }) => place === 'agent').effect, 'dropped')
  assert.deepEqual(await vault.list('session/'), [])
  await assert.rejects(agent.credentials('reader'), failure('login-needed'))
  assert.deepEqual(await vault.list('broker-login/'), [])
})

test('while the broker is not heard for thirty seconds nothing of it is handed out, and then it goes on', async (t) => {
  const { start, line } = await stageOf(t)
  const agent = start()
  const first = await agent.credentials('reader')
  line.isCut = true
  line.close()
  line.passed = 30_000
  assert.deepEqual(await agent.credentials('reader'), first)
  line.passed = 30_001
  await assert.rejects(agent.credentials('reader'), failure('network'))
  line.isCut = false
  const given = await until(() => agent.credentials('reader').catch(() => undefined), 'credentials')
  assert.deepEqual(given, first)
})

test('what comes from a broker that fell silent in the meantime is not handed out', async (t) => {
  const { start, line, host, reader } = await stageOf(t)
  const slow: Host = {
    ...host,
    fetch: async (request) => {
      const answer = await fetch(request)
      if (request.url.endsWith('/v1/sessions')) line.passed += 30_001
      return answer
    },
  }
  await assert.rejects(start(new Map([['reader', reader]]), slow).credentials('reader'), failure('network'))
})

test('what was revoked while the agent was away is dropped before anything is handed out', async (t) => {
  const { start, revoke, sessions, host, reader } = await stageOf(t)
  const before = await open(reader, host)()
  const [session] = await sessions()
  await revoke({ kind: 'session', sessionId: session.id })
  assert.notEqual((await start().credentials('reader')).accessKeyId, before.accessKeyId)
})

test('a session that is revoked on its way here is not handed out', async (t) => {
  const { start, host, revoke, sessions, vault, reader } = await stageOf(t)
  let revoked: Promise<unknown> | undefined
  const slow: Host = {
    ...host,
    fetch: async (request) => {
      const answer = await fetch(request)
      if (!request.url.endsWith('/v1/sessions') || revoked) return answer
      const [session] = await sessions()
      revoked = revoke({ kind: 'session', sessionId: session.id })
      await revoked
      return answer
    },
  }
  const agent = start(new Map([['reader', reader]]), slow)
  await assert.rejects(agent.credentials('reader'), failure('credentials-expired'))
  assert.deepEqual(await vault.list('session/'), [])
  assert.ok(await agent.credentials('reader'))
})

test('a broker that does not say whether what is kept here was revoked is not taken to say no', async (t) => {
  const { start, revoke, sessions, host, reader, vault } = await stageOf(t)
  const before = await open(reader, host)()
  const [session] = await sessions()
  await revoke({ kind: 'session', sessionId: session.id })
  let isBusy = true
  let asked = 0
  const agent = start(new Map([['reader', reader]]), {
    ...host,
    fetch: async (request) => {
      if (!isBusy || !request.url.includes(`/v1/sessions/${session.id}`)) return fetch(request)
      asked += 1
      return Response.json({ error: { code: 'rate-limited', message: 'Wait.' } }, { status: 429 })
    },
  })
  const first = agent.credentials('reader').catch((error) => error)
  while (asked < 2) await setTimeout(5)
  assert.equal((await vault.list('session/')).length, 1, 'nothing is known of it')
  isBusy = false
  const given = await first
  assert.ok(!(given instanceof Failure), String(given))
  assert.notEqual(given.accessKeyId, before.accessKeyId)
})

test('a machine that slept hands nothing out until the broker is heard, though its clock of elapsed time slept too', async (t) => {
  const { start, line, stage } = await stageOf(t)
  const agent = start()
  const first = await agent.credentials('reader')
  line.isCut = true
  line.close()
  stage.now = new Date(stage.now.getTime() + 30_000)
  assert.deepEqual(await agent.credentials('reader'), first)
  stage.now = new Date(stage.now.getTime() + 1)
  await assert.rejects(agent.credentials('reader'), failure('network'))
})

test('what was taken with a session that is revoked at that moment is neither handed out nor kept', async (t) => {
  const { start, host, revoke, sessions, vault, above, stage } = await stageOf(t)
  await stage.iam({
    ...{ Action: 'CreateRole', RoleName: 'audit' },
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: ['sts:AssumeRole', 'sts:Set*'] }],
    }),
  })
  let vain = ''
  const slow: Host = {
    ...host,
    fetch: async (request) => {
      const answer = await fetch(request)
      if (request.url.includes('/v1/') || vain) return answer
      const text = await answer.text()
      vain = /<AccessKeyId>(\w+)</.exec(text)?.[1] ?? ''
      const [session] = await sessions()
      await revoke({ kind: 'session', sessionId: session.id })
      return new Response(text, answer)
    },
  }
  const agent = start(new Map([['above', above]]), slow)
  const { accessKeyId } = await agent.credentials('above')
  assert.match(vain, /^ASIA/)
  assert.notEqual(accessKeyId, vain)
  for (const name of await vault.list('session/')) assert.ok(!(await vault.get(name))?.includes(vain))
})

test('profiles that stand on no broker are served while it is away, and others not at all', async (t) => {
  const { start, line, reader, vault, host } = await stageOf(t)
  line.isCut = true
  const expiration = new Date(stagedAt.getTime() + 3_600_000)
  const spec: SessionSpec = { kind: 'environment', accessKeyId: 'ASIARTX3GSDSEXAMPLE1' }
  const variables: Readonly<Record<string, string>> = {
    AWS_ACCESS_KEY_ID: 'ASIARTX3GSDSEXAMPLE1',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_SESSION_TOKEN: 'y',
    AWS_CREDENTIAL_EXPIRATION: expiration.toISOString(),
  }
  const agent = start(
    new Map<string, SessionSpec>([
      ['here', spec],
      ['reader', reader],
    ]),
    { ...host, variable: (name) => variables[name] },
  )
  assert.equal((await agent.credentials('here')).accessKeyId, 'ASIARTX3GSDSEXAMPLE1')
  await assert.rejects(agent.credentials('other'), failure('profile-not-found'))
  assert.deepEqual(await vault.list('session/'), [])
})
