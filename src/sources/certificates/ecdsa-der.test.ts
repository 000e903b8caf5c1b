import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { ecdsaDer } from './ecdsa-der.ts'

test('signatures of tokens verify once they are in DER, whatever the curve', () => {
  for (const namedCurve of ['P-256', 'P-384', 'P-521']) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
    for (let turn = 0; turn < 20; turn++) {
      const data = Buffer.from(`message ${turn}`)
      const raw = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      assert.ok(verify('sha256', data, publicKey, ecdsaDer(raw)))
    }
  }
})

test('numbers keep their value and stay positive, with no more bytes than they need', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (half) => {
      const der = ecdsaDer(Buffer.concat([half, half]))
      const length = der[3] ?? 0
      const digits = Buffer.from(der.subarray(4, 4 + length)).toString('hex')
      assert.equal(BigInt(`0x${digits}`), BigInt(`0x${Buffer.from(half).toString('hex')}`))
      assert.ok((der[4] ?? 0) < 0x80 && !(length > 1 && der[4] === 0 && (der[5] ?? 0) < 0x80))
    }),
  )
})
