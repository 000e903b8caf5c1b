import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProofAuthenticator, ProofContext } from '../../src/broker/authenticators/authenticator.ts'
import type { Principal } from '../../src/model/principal.ts'

/** A proof as it comes, and the connection it comes by. */
export interface Shown {
  readonly proof: unknown
  readonly certificates?: ProofContext['certificates']
}

/** A proof authenticator on a stage of its own. */
export interface ProofStage {
  readonly authenticator: ProofAuthenticator
  /** A good proof of the same workload, a new one at each call. */
  readonly prove: () => Promise<Shown>
  /** Moves the time on. */
  readonly later: (seconds: number) => void
  readonly now: () => Date
  /** How long a proof of this stage counts at most, in seconds. */
  readonly proofEnds: number
  /** Whether one proof counts once. */
  readonly once: boolean
}

const context = { sourceIp: '192.0.2.1' }

/** Shows a proof. */
export const show = (authenticator: ProofAuthenticator, { proof, certificates }: Shown) =>
  authenticator.authenticate(proof, { ...context, ...(certificates ? { certificates } : {}) })

/** The principal of a proof that is taken. */
export async function proven(authenticator: ProofAuthenticator, shown: Shown): Promise<Principal> {
  const outcome = await show(authenticator, shown)
  assert.ok(outcome.allowed, outcome.allowed ? '' : `${outcome.code}: ${outcome.because}`)
  return outcome.principal
}

/** The code of the refusal of a proof that is not. */
export async function refused(authenticator: ProofAuthenticator, shown: Shown): Promise<string> {
  const outcome = await show(authenticator, shown)
  assert.equal(outcome.allowed, false, 'it was taken')
  return outcome.allowed ? '' : outcome.code
}

/** What every way to prove a workload must do. */
export function proofAuthenticatorContract(name: string, open: () => Promise<ProofStage>): void {
  test(`${name}: a good proof makes a workload with an id under the authenticator's name`, async () => {
    const stage = await open()
    const principal = await proven(stage.authenticator, await stage.prove())
    assert.equal(principal.kind, 'workload')
    assert.equal(principal.authenticator, stage.authenticator.name)
    assert.ok(principal.id.startsWith(`${stage.authenticator.name}:`) && principal.name !== '')
    assert.equal(stage.authenticator.broken(), undefined)
  })

  test(`${name}: the id is the same at each proof, and the proof is from no other time than its own`, async () => {
    const stage = await open()
    const first = await proven(stage.authenticator, await stage.prove())
    const second = await proven(stage.authenticator, await stage.prove())
    assert.equal(first.id, second.id)
    for (const { authenticatedAt, expiresAt } of [first, second]) {
      assert.ok(authenticatedAt.getTime() <= stage.now().getTime())
      assert.ok(expiresAt.getTime() > stage.now().getTime())
    }
  })

  test(`${name}: a proof counts as often as it may, and no longer than it lasts`, async () => {
    const stage = await open()
    const shown = await stage.prove()
    await proven(stage.authenticator, shown)
    if (stage.once) assert.equal(await refused(stage.authenticator, shown), 'proof-replayed')
    else await proven(stage.authenticator, shown)
    const other = await stage.prove()
    stage.later(stage.proofEnds + 61)
    assert.equal(await refused(stage.authenticator, other), 'proof-expired')
  })

  test(`${name}: what is no proof is refused as such, whatever it is`, async () => {
    const { authenticator } = await open()
    const cyclic: { self?: object } = {}
    cyclic.self = cyclic
    for (const proof of [
      undefined,
      null,
      '',
      'proof',
      7,
      [],
      {},
      { token: 7 },
      { token: '' },
      { headers: null },
      cyclic,
    ])
      assert.equal(await refused(authenticator, { proof }), 'proof-malformed')
  })
}
