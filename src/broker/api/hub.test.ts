import assert from 'node:assert/strict'
import { test } from 'node:test'
import { person } from '../../../test/contracts/broker-stage.ts'
import { runningBroker } from '../../../test/contracts/running-broker.ts'

/** An agent of that login: gives the id of the next revocation it is told of. */
async function agentAt(url: string, token: string, name: string): Promise<() => Promise<string>> {
  const headers = { Authorization: `Bearer ${token}`, 'X-Mayfly-Agent': name }
  const { body } = await fetch(`${url}/v1/stream`, { headers })
  assert.ok(body)
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return async () => {
    for (;;) {
      const [, id] = /"revocationId":"(v[a-z2-7]{18})"/.exec(text) ?? []
      if (id !== undefined) return id
      const { value, done } = await reader.read()
      assert.ok(!done, 'the stream ended before it told')
      text += value
    }
  }
}

for (const whose of ['their own login, which was just revoked', "somebody else's login"])
  test(`an agent of a revoked person that answers with ${whose} ${whose.startsWith('their') ? 'is believed' : 'is not'}`, async (t) => {
    const { call, tokenOf, url } = await runningBroker(t)
    const [ann, eve] = [person('ann', ['developers']), person('eve', ['security'])]
    const [token, admin] = [await tokenOf(ann), await tokenOf(eve)]
    await call('/v1/sessions', { token, body: { role: 'reader' } })
    const told = await agentAt(url, token, 'laptop')
    const target = { kind: 'principal', principalId: ann.id }
    const revoking = call('/v1/revocations', { token: admin, body: { target, reason: 'left' } })
    const body = { revocationId: await told(), agent: 'laptop', sessions: [] }
    const by = whose.startsWith('their') ? token : admin
    assert.equal((await call('/v1/agents/acks', { token: by, body })).status, 200)
    const { reach } = (await revoking).body
    const agent = reach.find(({ place }: { place: string }) => place === 'agent')
    assert.equal(agent.where, 'laptop')
    assert.equal(agent.effect, whose.startsWith('their') ? 'dropped' : 'unknown')
  })

test('who has no login of this broker says nothing about agents', async (t) => {
  const { call, tokenOf, stage } = await runningBroker(t)
  const body = { revocationId: `v${'a'.repeat(18)}`, agent: 'laptop', sessions: [] }
  assert.equal((await call('/v1/agents/acks', { body })).status, 401)
  const token = await tokenOf(person('ann', ['developers']))
  assert.equal((await call('/v1/agents/acks', { token: `${token.slice(0, -4)}AAAA`, body })).status, 401)
  assert.equal((await call('/v1/agents/acks', { token, body })).status, 200)
  stage.later(9 * 3600)
  assert.equal((await call('/v1/agents/acks', { token, body })).status, 401)
})
