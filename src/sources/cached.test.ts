import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closedHost } from '../../test/contracts/closed-host.ts'
import { queues } from '../../test/contracts/sts-stage.ts'
import type { Host } from '../host/host.ts'
import { memoryVault } from '../host/vaults/memory.ts'
import { Failure, type FailureCode } from '../model/failure.ts'
import type { MfaSessionSpec } from '../model/source-spec.ts'
import { cached } from './cached.ts'
import type { Issued } from './issued.ts'

const spec: MfaSessionSpec = {
  kind: 'mfa-session',
  base: { kind: 'stored-key', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
  duration: 3600,
  sts: { region: 'us-east-1' },
}

function stage(change: Partial<Host> = {}) {
  let at = Date.parse('2026-11-21T10:00:00Z')
  let count = 0
  let failure: unknown
  const host: Host = {
    ...closedHost,
    now: () => new Date(at),
    vault: memoryVault(),
    exclusively: queues(),
    ...change,
  }
  const issue = async (): Promise<Issued> => {
    count++
    if (failure) throw failure
    const expiration = new Date(at + 3_600_000)
    return { credentials: { accessKeyId: `ASIA${count}`, secretAccessKey: 's', sessionToken: 't', expiration } }
  }
  return {
    host,
    source: cached(spec, host, issue),
    issued: () => count,
    failWith: (error: unknown) => {
      failure = error
    },
    advance: (minutes: number) => {
      at += minutes * 60_000
    },
  }
}
const fails = (code: FailureCode) => (error: unknown) => error instanceof Failure && error.code === code

test('an ageing session outlasts a network that is down and a person who is away, and nothing else', async () => {
  const verdicts: readonly (readonly [FailureCode, boolean])[] = [
    ['network', true],
    ['input-needed', true],
    ['mfa-rejected', false],
    ['access-denied', false],
    ['aws-refused', false],
    ['key-not-found', false],
    ['interrupted', false],
  ]
  for (const [code, isKept] of verdicts) {
    const { source, failWith, advance, issued } = stage()
    const first = await source()
    failWith(new Failure(code, 'no'))
    advance(57)
    if (isKept) assert.deepEqual(await source(), first, code)
    else await assert.rejects(source(), fails(code))
    assert.equal(issued(), 2, 'a new one was tried for')
    advance(3)
    await assert.rejects(source(), fails(code), 'a dead session is never given')
  }
})

test('a forced refresh never falls back on the session it was to replace', async () => {
  const { source, failWith } = stage()
  await source()
  failWith(new Failure('network', 'down'))
  await assert.rejects(source({ forceRefresh: true }), fails('network'))
  assert.ok(await source())
})

test('callers that came together share a failure: one wrong code, not twenty questions', async () => {
  const { source, failWith, issued } = stage()
  failWith(new Failure('mfa-rejected', 'wrong'))
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => source()))
  assert.ok(outcomes.every(({ status }) => status === 'rejected'))
  assert.equal(issued(), 1)
  failWith(undefined)
  assert.ok(await source(), 'the next caller tries again')
})

test('a session that cannot be stored is not given: the error says what was spent and what to do', async () => {
  const kept = memoryVault()
  const put = (name: string, value: string) =>
    name.startsWith('session/') ? Promise.reject(new Error('no space left')) : kept.put(name, value)
  const { source } = stage({ vault: { ...kept, put } })
  await assert.rejects(source(), (error: unknown) => {
    assert.ok(error instanceof Failure && error.code === 'vault-locked')
    assert.match(error.message, /issued.*not be stored: no space left/)
    assert.match(error.hint ?? '', /next MFA code/)
    return true
  })
})

test("a vault's own failure is passed on as it is", async () => {
  const locked = new Failure('vault-locked', 'chmod', { hint: 'chmod 600 x' })
  const { source, issued } = stage({ vault: { ...memoryVault(), put: () => Promise.reject(locked) } })
  await assert.rejects(source(), (error) => error === locked)
  assert.equal(issued(), 0)
})

test('the probe leaves nothing behind', async () => {
  const { source, host } = stage()
  await source()
  assert.equal((await host.vault.list('')).length, 1)
})

test('what one caller writes on its credentials no other caller sees', async () => {
  const { source } = stage()
  const [one, other] = await Promise.all([source(), source()])
  assert.deepEqual(one, other)
  assert.notEqual(one, other)
})
