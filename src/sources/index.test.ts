import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closedHost } from '../../test/contracts/closed-host.ts'
import { queues } from '../../test/contracts/sts-stage.ts'
import type { Host } from '../host/host.ts'
import { memoryVault } from '../host/vaults/memory.ts'
import { Failure } from '../model/failure.ts'
import type { MfaSessionSpec, SourceSpec } from '../model/source-spec.ts'
import { open } from './index.ts'

const host: Host = {
  ...closedHost,
  vault: memoryVault(),
  exclusively: queues(),
}
const key = { kind: 'stored-key', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } as const
const session: MfaSessionSpec = { kind: 'mfa-session', base: key, duration: 900, sts: { region: 'us-east-1' } }

test('a permanent key is never handed out; a session of it is', () => {
  assert.throws(
    () => open(key, host),
    (error) => error instanceof Failure && error.code === 'profile-incomplete' && /mfa_serial/.test(error.hint ?? ''),
  )
  assert.equal(open(session, host).spec, session)
})

test('durations and devices AWS would refuse are refused when opening, the nearest legal ones are not', () => {
  const refused: readonly SourceSpec[] = [
    { ...session, duration: 899 },
    { ...session, duration: 129_601 },
    { ...session, duration: Number.NaN },
    { ...session, mfa: { serial: 'ann' } },
  ]
  for (const spec of refused)
    assert.throws(
      () => open(spec, host),
      (error) => error instanceof Failure && error.code === 'config-invalid',
    )
  for (const duration of [900, 129_600]) assert.ok(open({ ...session, duration }, host))
})
