import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BrokerStage, brokerStage, person, whoIs } from '../../../test/contracts/broker-stage.ts'
import { openIssuer } from '../issue/issue.ts'
import { openRevoker } from './revoke.ts'

const ann = person('ann', ['developers'])
const eve = person('eve', ['security'])

/** A session of ann's, and a revocation of her that a crash kept from AWS. */
async function crashed(stage: BrokerStage) {
  const issued = await openIssuer(stage.parts, { alone: true }).issue(ann, { role: 'reader', sourceIp: '192.0.2.1' })
  assert.ok(issued.allowed)
  const target = { kind: 'principal', principalId: ann.id } as const
  const at = stage.now.getTime()
  const by = { by: eve.id, byName: eve.name, reason: 'left', sessions: [] }
  await stage.ledger.append([{ kind: 'revoked', at, revocationId: 'vaaaaaaaaaaaaaaaaaa', target, ...by }])
  return issued
}

const revokerOf = ({ parts }: BrokerStage, alone: boolean) =>
  openRevoker(parts, { tellAgents: async () => [], patience: 2000, alone })

test('a revocation that a crash kept from AWS is carried there at the next start, once, and its reach is told', async (t) => {
  const stage = await brokerStage(t)
  const { credentials } = await crashed(stage)
  assert.match(await whoIs(stage, credentials), /assumed-role\/reader/)
  const revoker = revokerOf(stage, true)
  assert.equal(await revoker.recover(), 1)
  const told = await stage.ledger.revocation('vaaaaaaaaaaaaaaaaaa')
  assert.deepEqual(
    told?.reach.map(({ place, effect, took }) => [place, effect, took]),
    [
      ['broker', 'refused', undefined],
      ['aws', 'denied', undefined],
    ],
  )
  assert.equal(await revoker.recover(), 0)
  assert.equal(await revokerOf(stage, true).recover(), 0)
})

test('of several brokers none carries on what another may be about to tell', async (t) => {
  const stage = await brokerStage(t)
  await crashed(stage)
  const revoker = revokerOf(stage, false)
  assert.equal(await revoker.recover(), 0)
  stage.later(121)
  assert.equal(await revoker.recover(), 1)
})

test('what is over when the broker comes back is not denied any more', async (t) => {
  const stage = await brokerStage(t)
  await crashed(stage)
  stage.later(4 * 3600)
  assert.equal(await revokerOf(stage, true).recover(), 1)
  const told = await stage.ledger.revocation('vaaaaaaaaaaaaaaaaaa')
  assert.deepEqual(
    told?.reach.map(({ place }) => place),
    ['broker'],
  )
})

test('an open intent of a broker at work is closed once its outcome must have been lost, and not before', async (t) => {
  const stage = await brokerStage(t)
  const issuer = openIssuer(stage.parts, { alone: true })
  assert.equal(await issuer.recover(), 0)
  const issued = issuer.issue(ann, { role: 'reader', sourceIp: '192.0.2.1' })
  stage.between = async (request, next) => {
    assert.equal(await issuer.recover(), 0, 'its outcome is on its way')
    stage.later(91)
    assert.equal(await issuer.recover(), 1)
    return next(request)
  }
  const outcome = await issued
  assert.equal(outcome.allowed, false, 'what was given up is not handed out')
})
