import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, brokerStage, person, whoIs } from '../../../test/contracts/broker-stage.ts'
import { askedSession, intent, issued } from '../../../test/contracts/ledger.ts'
import type { LedgerEvent } from '../../model/ledger-event.ts'
import { openIssuer } from '../issue/issue.ts'
import { openRevoker } from './revoke.ts'

const [ann, mallory, eve] = [
  person('ann', ['developers']),
  person('mallory', ['developers']),
  person('eve', ['security']),
]

/** A session of ann's on the role `reader`, a revoker, and what mallory can add with nothing but her own sessions. */
async function crowded(t: Parameters<typeof brokerStage>[0]) {
  const stage = await brokerStage(t)
  const { ledger, parts } = stage
  const taken = await openIssuer(parts, { alone: true }).issue(ann, { role: 'reader', sourceIp: '192.0.2.1' })
  assert.ok(taken.allowed)
  const revoker = openRevoker(parts, { tellAgents: async () => [], patience: 2000 })
  const revocation = (sessionId: string, number: number): LedgerEvent => ({
    ...{ kind: 'revoked', at: stage.now.getTime(), revocationId: `v${number}`, reason: 'mine', sessions: [] },
    ...{ target: { kind: 'session', sessionId }, by: mallory.id, byName: mallory.name },
  })
  const add = async (sessions: number, revocations: number): Promise<void> => {
    stage.later(1)
    const own = Array.from({ length: sessions }, (_, place) =>
      askedSession(`sm${place}`, {
        ...{ principalId: mallory.id, principalName: mallory.name, sourceIdentity: mallory.name },
        ...{ askedAt: stage.now.getTime(), expiresAt: stage.now.getTime() + 3_600_000 },
        roleArn: `arn:aws:iam::${account}:role/reader`,
        sessionName: `mallory@example.com-sm${String(place).padStart(17, 'x')}`,
      }),
    )
    await ledger.append(own.map((session) => intent(session, stage.now.getTime())))
    await ledger.append(own.map(issued))
    const last = own.length - 1
    await ledger.append(
      Array.from({ length: revocations }, (_, place) => revocation(`sm${Math.min(place, last)}`, place)),
    )
    await revoker.tidy()
  }
  return { stage, revoker, add, ...taken }
}

test('a session that is denied stays so, however many of their own somebody has revoked after it', async (t) => {
  const { stage, revoker, session, credentials, add } = await crowded(t)
  await revoker.revoke({ kind: 'session', sessionId: session.id }, eve, 'stolen')
  assert.match(await whoIs(stage, credentials), /assumed-role/, 'nobody is refused this call')
  const isDenied = async (): Promise<boolean> => {
    const asked = { Action: 'GetRolePolicy', RoleName: 'reader', PolicyName: 'MayflyRevoked' }
    return decodeURIComponent(await stage.iam(asked)).includes(session.id)
  }
  assert.ok(await isDenied())
  await add(200, 200)
  assert.ok(await isDenied())
})

test('a role that was revoked stays so, however many revocations come after it', async (t) => {
  const { stage, revoker, add } = await crowded(t)
  await revoker.revoke({ kind: 'role', role: 'reader' }, eve, 'stolen')
  await add(1, 1001)
  const asked = { Action: 'GetRolePolicy', RoleName: 'reader', PolicyName: 'MayflyRevoked' }
  assert.match(decodeURIComponent(await stage.iam(asked)), /"Sid":"All"/)
})

test('a session that is denied stays so, however many principals of theirs somebody has revoked after it', async (t) => {
  const { stage, revoker, session } = await crowded(t)
  await revoker.revoke({ kind: 'session', sessionId: session.id }, eve, 'stolen')
  stage.later(1)
  const at = stage.now.getTime()
  // Whoever may push to a repository is as many principals as they make branches.
  const branches = Array.from({ length: 400 }, (_, place) => {
    const name = `octo-app-${String(place).padStart(12, '0')}`
    return { ...mallory, id: `github:repo:octo/app:ref:refs/heads/${place}`, name, place }
  })
  const taken = branches.map(({ id, name, place }) =>
    askedSession(`sm${place}`, {
      ...{ principalId: id, principalName: name, sourceIdentity: name },
      ...{ askedAt: at, expiresAt: at + 3_600_000, roleArn: `arn:aws:iam::${account}:role/reader` },
      sessionName: `${name}-sm${place}`,
    }),
  )
  const { ledger } = stage.parts
  await ledger.append(taken.map((one) => intent(one, at)))
  await ledger.append(taken.map(issued))
  await ledger.append(
    branches.map(({ id, name, place }) => ({
      ...{ kind: 'revoked', at, revocationId: `v${place}`, reason: 'mine', sessions: [] },
      ...{ target: { kind: 'principal', principalId: id }, by: id, byName: name },
    })),
  )
  await revoker.tidy()
  const asked = { Action: 'GetRolePolicy', RoleName: 'reader', PolicyName: 'MayflyRevoked' }
  const policy = decodeURIComponent(await stage.iam(asked))
  assert.ok(policy.includes(session.id))
  assert.match(policy, /octo-app-0/, 'where there is room they are denied, too')
})
