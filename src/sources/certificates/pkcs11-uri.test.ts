import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../model/failure.ts'
import { readPkcs11Uri } from './pkcs11-uri.ts'

test('a URI says which object of which token, where the library is and where the PIN is', () => {
  assert.deepEqual(
    readPkcs11Uri(
      'pkcs11:token=My%20token;object=tls;id=%01%ff;type=private?module-path=/a/b.so&pin-source=file:/etc/pin',
    ),
    { token: 'My token', object: 'tls', id: Buffer.from([1, 255]), modulePath: '/a/b.so', pinFile: '/etc/pin' },
  )
  assert.deepEqual(readPkcs11Uri('pkcs11:serial=12;slot-id=3;manufacturer=A;model=B'), {
    ...{ serial: '12', slot: 3, manufacturer: 'A', model: 'B' },
  })
  assert.deepEqual(readPkcs11Uri('pkcs11:'), {})
  assert.equal(readPkcs11Uri('pkcs11:?pin-source=file:///etc/pin').pinFile, '/etc/pin')
})

test('a URI with the PIN in it is refused without repeating it, as is one that cannot be read', () => {
  const refusal = (text: string): Failure => {
    try {
      readPkcs11Uri(text)
    } catch (error) {
      if (error instanceof Failure) return error
    }
    return assert.fail(`${text} was to be refused`)
  }
  const { message, hint } = refusal('pkcs11:token=a?pin-value=1234')
  assert.match(message, /must not hold the PIN/)
  assert.ok(!`${message}${hint}`.includes('1234'))
  for (const text of [
    'pkcs11:token',
    'pkcs11:token=%zz',
    'pkcs11:token=a;token=b',
    'pkcs11:?pin-source=|rm',
    'pkcs11:=a',
  ])
    assert.match(refusal(text).message, /cannot be read/, text)
})
