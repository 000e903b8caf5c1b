import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Host } from '../../src/host/host.ts'
import { Failure } from '../../src/model/failure.ts'
import type { SourceSpec } from '../../src/model/source-spec.ts'
import { cachedSession } from '../../src/sources/cached-session.ts'
import { callerIdentity } from '../../src/sources/caller-identity.ts'
import { open } from '../../src/sources/index.ts'
import { type StsStage, stsStage } from './sts-stage.ts'

export interface SourceFacts {
  /** The spec on a stage. Contracts change nothing else of the stage but its clock. */
  readonly spec: (stage: StsStage) => SourceSpec | Promise<SourceSpec>
  /** What of the outside it uses beside the network and the vault. */
  readonly host?: Partial<Host>
  /** False for sources that stand on no key of the vault. */
  readonly hasKey?: false
  /** Calls and questions for one session from nothing. */
  readonly calls: number
  readonly questions: number
  /** Who AWS takes the session for. */
  readonly arn: RegExp
}

/** What every source of temporary credentials must do. */
export function sourceContract(kind: string, facts: SourceFacts): void {
  const { spec: specOn, host = {}, hasKey = true, calls, questions, arn } = facts
  let stage: StsStage
  let spec: SourceSpec
  before(async () => {
    const bare = await stsStage()
    stage = { ...bare, process: (change = {}) => bare.process({ ...host, ...change }) }
    spec = await specOn(stage)
  })
  after(() => stage.sandbox.close())
  /** Starts a test: nothing cached, a code that is not spent, nothing counted. */
  async function afresh(): Promise<void> {
    for (const prefix of ['session/', 'broker-token/'])
      for (const name of await stage.vault.list(prefix)) await stage.vault.delete(name)
    stage.advance(60)
    stage.calls.length = 0
    stage.asked.length = 0
  }
  const counted = () => [stage.calls.length, stage.asked.length]

  test(`${kind}: opening asks nothing and sends nothing`, async () => {
    await afresh()
    assert.deepEqual(open(spec, stage.process()).spec, spec)
    assert.deepEqual(counted(), [0, 0])
  })

  test(`${kind}: gives temporary credentials that AWS takes`, async () => {
    await afresh()
    const credentials = await open(spec, stage.process())()
    assert.match(credentials.accessKeyId, /^ASIA/)
    assert.ok(credentials.sessionToken && credentials.expiration > stage.process().now())
    assert.equal(credentials.accountId, stage.sandbox.accountId)
    assert.deepEqual(counted(), [calls, questions])
    assert.match((await callerIdentity(stage.process(), credentials, stage.sts)).arn, arn)
  })

  test(`${kind}: the next process gets the same session from the vault alone`, async () => {
    await afresh()
    const first = await open(spec, stage.process())()
    const offline = stage.process({
      fetch: () => assert.fail(),
      ask: () => assert.fail(),
      exclusively: () => assert.fail(),
    })
    assert.deepEqual(await open(spec, offline)(), first)
    assert.deepEqual(await cachedSession(spec, stage.vault, offline.now()), first)
  })

  test(`${kind}: twenty callers of one process cost one session`, async () => {
    await afresh()
    const host = stage.process()
    const source = open(spec, host)
    const got = await Promise.all(Array.from({ length: 20 }, (_, turn) => (turn % 2 ? source() : open(spec, host)())))
    assert.equal(new Set(got.map(({ accessKeyId }) => accessKeyId)).size, 1)
    assert.deepEqual(counted(), [calls, questions])
  })

  test(`${kind}: twenty processes cost one session`, async () => {
    await afresh()
    const got = await Promise.all(Array.from({ length: 20 }, () => open(spec, stage.process())()))
    assert.equal(new Set(got.map(({ accessKeyId }) => accessKeyId)).size, 1)
    assert.deepEqual(counted(), [calls, questions])
  })

  test(`${kind}: a forced refresh gets another session, and many at once get one`, async () => {
    await afresh()
    const first = await open(spec, stage.process())()
    stage.advance(60)
    const forced = () => open(spec, stage.process())({ forceRefresh: true })
    const got = await Promise.all([forced(), forced(), forced()])
    assert.equal(new Set(got.map(({ accessKeyId }) => accessKeyId)).size, 1)
    assert.notEqual(got[0]?.accessKeyId, first.accessKeyId)
    assert.deepEqual(await open(spec, stage.process())(), got[0])
  })

  test(`${kind}: a session is kept to five minutes before its end, and then replaced`, async () => {
    await afresh()
    const first = await open(spec, stage.process())()
    const left = (first.expiration.getTime() - stage.process().now().getTime()) / 1000
    stage.advance(left - 302)
    assert.deepEqual(await open(spec, stage.process())(), first)
    stage.advance(3)
    assert.equal(await cachedSession(spec, stage.vault, stage.process().now()), undefined)
    assert.notEqual((await open(spec, stage.process())()).accessKeyId, first.accessKeyId)
  })

  test(`${kind}: a vault that cannot be written is found before anything is asked or sent`, async () => {
    await afresh()
    const full = { ...stage.vault, put: () => Promise.reject(new Error('ENOSPC: no space left on device')) }
    await assert.rejects(
      open(spec, stage.process({ vault: full }))(),
      (error) => error instanceof Failure && error.code === 'vault-locked' && error.hint !== undefined,
    )
    assert.deepEqual(counted(), [0, 0])
  })

  test(`${kind}: without its key nothing is asked or sent, and the error says how to get it there`, {
    skip: !hasKey && 'it stands on no key',
  }, async () => {
    await afresh()
    const name = `key/${stage.key.accessKeyId}`
    const kept = (await stage.vault.get(name)) ?? ''
    await stage.vault.delete(name)
    await assert.rejects(
      open(spec, stage.process())(),
      (error) => error instanceof Failure && error.code === 'key-not-found' && /keys import/.test(error.hint ?? ''),
    )
    await stage.vault.put(name, kept)
    assert.deepEqual(counted(), [0, 0])
  })

  test(`${kind}: the permanent secret is in no session, no call and no answer`, async () => {
    await afresh()
    const credentials = await open(spec, stage.process())()
    const kept = await Promise.all((await stage.vault.list('session/')).map((name) => stage.vault.get(name)))
    assert.ok(!JSON.stringify([credentials, kept, stage.calls.map(String)]).includes(stage.secret))
  })
}
