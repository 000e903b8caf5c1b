import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuthenticatorConfig } from '../config/broker-config.ts'
import { openAuthenticators } from './index.ts'

const ci = (more: object = {}): AuthenticatorConfig => ({
  ...{
    name: 'ci',
    line: 3,
    kind: 'jwt',
    issuer: 'https://ci.example.com',
    audience: 'x',
    idClaim: 'sub',
    lifetime: 60,
  },
  ...more,
})
const cloud: AuthenticatorConfig = { name: 'cloud', line: 9, kind: 'aws', accounts: ['111122223333'], lifetime: 60 }

function stage(first: readonly AuthenticatorConfig[]) {
  const held = { authenticators: first, now: new Date('2026-11-21T12:00:00Z'), asked: 0, isUp: false }
  const opened = openAuthenticators({
    config: () => ({ publicUrl: 'https://broker.example.com', authenticators: held.authenticators }),
    ledger: { spend: async () => true },
    now: () => held.now,
    fetch: async ({ url }) => {
      held.asked += 1
      if (!held.isUp) throw new TypeError('fetch failed')
      return Response.json(
        url.endsWith('/keys')
          ? { keys: [] }
          : { issuer: 'https://ci.example.com', jwks_uri: 'https://ci.example.com/keys' },
      )
    },
  })
  return { held, opened }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

test('a broken way stays listed with its reason, is tried again, and leaves the others alone', async () => {
  const { held, opened } = stage([ci(), cloud])
  assert.deepEqual(
    opened.list().map(({ name }) => name),
    ['ci', 'cloud'],
  )
  await settled()
  const [first, second] = opened.list()
  assert.match(first?.broken ?? '', /ci\.example\.com.*cannot be reached/)
  assert.equal(second?.broken, undefined)
  const { asked } = held
  opened.list()
  await settled()
  assert.equal(held.asked, asked, 'not at every look')
  held.isUp = true
  held.now = new Date(held.now.getTime() + 10_000)
  opened.list()
  await settled()
  assert.equal(opened.list()[0]?.broken, undefined)
})

test('the ways follow the configuration, and one that did not change keeps what it fetched', async () => {
  const { held, opened } = stage([ci()])
  const before = opened.proof('ci')
  assert.equal(opened.proof('cloud'), undefined)
  assert.equal(opened.login('ci'), undefined, 'no way for people')
  held.authenticators = [cloud, ci({ line: 40 })]
  assert.equal(opened.proof('ci'), before)
  assert.equal(opened.proof('cloud')?.kind, 'aws')
  held.authenticators = [ci({ audience: 'y' })]
  assert.notEqual(opened.proof('ci'), before)
  assert.equal(opened.proof('cloud'), undefined)
  assert.equal(opened.proof('__proto__'), undefined)
})
