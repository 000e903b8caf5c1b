import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hmacHex, signingSecret } from './signing-secret.ts'

const scope = { date: '20150830', region: 'us-east-1', service: 'iam' }
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'

test("a derived key is the one in AWS's documentation", () => {
  assert.equal(
    signingSecret(secret, scope).export().toString('hex'),
    'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
  )
})

test('a derived key is kept, and another secret, day, region or service has another', () => {
  const kept = signingSecret(secret, scope)
  assert.equal(signingSecret(secret, { ...scope }), kept)
  const others = [
    signingSecret('other', scope),
    signingSecret(secret, { ...scope, date: '20150831' }),
    signingSecret(secret, { ...scope, region: 'eu-west-1' }),
    signingSecret(secret, { ...scope, service: 'sts' }),
  ]
  assert.equal(new Set([kept, ...others].map((key) => hmacHex(key, 'text'))).size, 5)
})

test('a thousand keys are kept, and the one used longest ago goes first', () => {
  const [used, unused] = [signingSecret('used', scope), signingSecret('unused', scope)]
  for (let turn = 0; turn < 999; turn++) {
    signingSecret(`filler ${turn}`, scope)
    if (turn === 500) signingSecret('used', scope)
  }
  assert.equal(signingSecret('used', scope), used)
  assert.notEqual(signingSecret('unused', scope), unused)
})
