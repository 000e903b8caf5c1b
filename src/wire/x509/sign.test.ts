import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import { type Holder, make } from '../../sandbox/roles-anywhere/stage.test.ts'
import type { WireRequest } from '../message.ts'
import { canonicalRequest, stringToSign } from '../sigv4/canonical.ts'
import { readX509Authentication } from './authentication.ts'
import { algorithmOf, certificateIn, decimalSerial } from './certificate.ts'
import { signX509, type X509Signer } from './sign.ts'
import { verifyX509Signature } from './verify.ts'

const now = new Date('2026-11-21T09:00:00.000Z')
const scope = { region: 'eu-central-1', service: 'rolesanywhere' }
const body = '{"durationSeconds":3600}'
const request: WireRequest = {
  method: 'POST',
  target: '/sessions?trustAnchorArn=arn%3Aaws%3Ata&profileArn=a%20b&roleArn=r',
  headers: [
    ['Host', 'rolesanywhere.eu-central-1.amazonaws.com'],
    ['Content-Type', 'application/json'],
  ],
}
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A serial number of 160 bits, the most there may be, and a short one. */
const serials = { rsa: '7b00000000000000000000000000000000000001', ec: '2fe3a1b05c77d9e1' } as const
const factsOf = ({ pem, keyPem }: Holder, serial: string) => ({ certificate: pem, privateKey: keyPem, serial })
const issuer = await make()
const certificates = {
  rsa: factsOf(
    await make({ issuer, type: 'rsa', serial: serials.rsa }),
    '702205864811332261480676696969151607100311339009',
  ),
  ec: factsOf(await make({ issuer, serial: serials.ec }), '3450779518333606369'),
} as const

const derOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
const signerOf = (type: 'rsa' | 'ec', chain: readonly Uint8Array[] = []): X509Signer => ({
  certificate: derOf(certificates[type].certificate),
  chain,
  sign: async (data) => sign('sha256', data, certificates[type].privateKey),
})
const header = (signed: WireRequest, name: string): string =>
  signed.headers.find(([key]) => key.toLowerCase() === name)?.[1] ?? ''
const withHeader = (signed: WireRequest, name: string, value: string): WireRequest => ({
  ...signed,
  headers: signed.headers.map(([key, before]) => [key, key.toLowerCase() === name ? value : before]),
})

for (const type of ['rsa', 'ec'] as const)
  test(`a request signed with an ${type} key is what AWS documents, line by line`, async () => {
    const chain = [derOf(certificates.ec.certificate)]
    const signed = await signX509(request, body, signerOf(type, chain), scope, now)
    const leaf = derOf(certificates[type].certificate).toString('base64')
    const canonical = [
      'POST',
      '/sessions',
      'profileArn=a%20b&roleArn=r&trustAnchorArn=arn%3Aaws%3Ata',
      'content-type:application/json',
      'host:rolesanywhere.eu-central-1.amazonaws.com',
      'x-amz-date:20261121T090000Z',
      `x-amz-x509:${leaf}`,
      `x-amz-x509-chain:${chain[0]?.toString('base64')}`,
      '',
      'content-type;host;x-amz-date;x-amz-x509;x-amz-x509-chain',
      sha256(body),
    ].join('\n')
    const algorithm = `AWS4-X509-${type === 'rsa' ? 'RSA' : 'ECDSA'}-SHA256`
    const day = '20261121/eu-central-1/rolesanywhere/aws4_request'
    const toSign = [algorithm, '20261121T090000Z', day, sha256(canonical)].join('\n')
    const parts = /^(\S+) Credential=(\d+)\/(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]+)$/.exec(
      header(signed, 'authorization'),
    )
    assert.deepEqual(parts?.slice(1, 5), [
      algorithm,
      certificates[type].serial,
      day,
      'content-type;host;x-amz-date;x-amz-x509;x-amz-x509-chain',
    ])
    const signature = Buffer.from(parts?.[5] ?? '', 'hex')
    assert.ok(verify('sha256', Buffer.from(toSign), certificates[type].certificate, signature))
    assert.equal(header(signed, 'x-amz-content-sha256'), '')
  })

test('what was signed is read back and verified, and nothing that was changed', async () => {
  for (const type of ['rsa', 'ec'] as const) {
    const signed = await signX509(request, body, signerOf(type), scope, now)
    const isGood = (changed: WireRequest, text = body): boolean => {
      const read = readX509Authentication(changed)
      return read.allowed && verifyX509Signature(changed, read.authentication, sha256(text))
    }
    assert.ok(isGood(signed))
    assert.ok(!isGood(signed, '{}'))
    assert.ok(!isGood({ ...signed, method: 'PUT' }))
    assert.ok(!isGood({ ...signed, target: signed.target.replace('roleArn=r', 'roleArn=s') }))
    assert.ok(!isGood(withHeader(signed, 'host', 'elsewhere')))
    assert.ok(!isGood(withHeader(signed, 'x-amz-date', '20261121T090001Z')))
    const { certificate } = certificates[type === 'rsa' ? 'ec' : 'rsa']
    assert.ok(!isGood(withHeader(signed, 'x-amz-x509', derOf(certificate).toString('base64'))))
    const authorization = header(signed, 'authorization')
    const other = type === 'rsa' ? ['RSA', 'ECDSA'] : ['ECDSA', 'RSA']
    assert.ok(!isGood(withHeader(signed, 'authorization', authorization.replace(other[0] ?? '', other[1] ?? ''))))
    const serial = authorization.replace(/Credential=\d+/, 'Credential=1')
    assert.ok(!isGood(withHeader(signed, 'authorization', serial)))
  }
})

test('the algorithm named must be the one of the key, though the signature is over that name', async () => {
  const signed = await signX509(request, body, signerOf('ec'), scope, now)
  const names = ['content-type', 'host', 'x-amz-date', 'x-amz-x509']
  const parts = { request: signed, service: scope.service, signedHeaders: names, payload: sha256(body) }
  const canonical = canonicalRequest({ ...parts, spelling: 'normalized' }) ?? ''
  for (const [algorithm, isTaken] of [
    ['AWS4-X509-ECDSA-SHA256', true],
    ['AWS4-X509-RSA-SHA256', false],
  ] as const) {
    const text = stringToSign('20261121T090000Z', { ...scope, date: '20261121' }, canonical, algorithm)
    const signature = sign('sha256', Buffer.from(text), certificates.ec.privateKey).toString('hex')
    const [, credential = ''] = /Credential=(\S+),/.exec(header(signed, 'authorization')) ?? []
    const value = `${algorithm} Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`
    const changed = withHeader(signed, 'authorization', value)
    const read = readX509Authentication(changed)
    assert.equal(read.allowed && verifyX509Signature(changed, read.authentication, sha256(body)), isTaken)
  }
})

test('an EC signature as r and s side by side is none', async () => {
  const raw = async (data: Uint8Array) =>
    sign('sha256', data, { key: certificates.ec.privateKey, dsaEncoding: 'ieee-p1363' })
  const signed = await signX509(request, body, { ...signerOf('ec'), sign: raw }, scope, now)
  const read = readX509Authentication(signed)
  assert.ok(read.allowed && !verifyX509Signature(signed, read.authentication, sha256(body)))
})

test('what is malformed, missing, said twice or not signed is refused with the reason', async () => {
  const signed = await signX509(request, body, signerOf('ec', [derOf(certificates.rsa.certificate)]), scope, now)
  const why = (changed: WireRequest): string => {
    const read = readX509Authentication(changed)
    return read.allowed ? 'allowed' : `${read.code}: ${read.because}`
  }
  assert.equal(why(signed), 'allowed')
  const authorization = (from: string | RegExp, to: string): string =>
    why(withHeader(signed, 'authorization', header(signed, 'authorization').replace(from, to)))
  assert.match(why({ ...signed, headers: request.headers }), /^missing-authentication/)
  assert.match(authorization('AWS4-X509-ECDSA-SHA256', 'AWS4-HMAC-SHA256'), /Unsupported/)
  assert.match(authorization(/Credential=\d+/, 'Credential=0c3f5e'), /in decimal/)
  assert.match(authorization('aws4_request', 'aws4'), /^wrong-scope/)
  assert.match(authorization('/20261121/', '/20261120/'), /^wrong-scope/)
  assert.match(authorization('Signature=', 'Signature=zz'), /each once/)
  assert.match(authorization(/, Signature=\w+/, ''), /each once/)
  assert.match(authorization('host;', ''), /^unsigned-header: 'host'/)
  assert.match(authorization('x-amz-date;', ''), /^unsigned-header: 'x-amz-date'/)
  assert.match(authorization('x-amz-x509;', ''), /^unsigned-header: 'x-amz-x509'/)
  assert.match(authorization(';x-amz-x509-chain', ''), /^unsigned-header: 'x-amz-x509-chain'/)
  const leaf = (value: string): string => why(withHeader(signed, 'x-amz-x509', value))
  const chain = (value: string): string => why(withHeader(signed, 'x-amz-x509-chain', value))
  const der = derOf(certificates.ec.certificate).toString('base64')
  const oneLine = certificates.ec.certificate.replaceAll('\n', '')
  for (const wrong of ['', 'x', oneLine, `${der},${der}`, `${der.slice(0, -8)}`, `${der}AAAA`, der.replace(/=*$/, '!')])
    assert.match(leaf(wrong), /X-Amz-X509 must hold one certificate/, wrong)
  for (const wrong of ['', oneLine, `${der},`, Array.from({ length: 11 }, () => der).join(',')])
    assert.match(chain(wrong), /X-Amz-X509-Chain must hold certificates/)
  assert.equal(chain(`${der}, ${der}`), 'allowed')
  const twice = signed.headers.flatMap((one) => (one[0] === 'X-Amz-X509' ? [one, one] : [one]))
  assert.match(why({ ...signed, headers: twice }), /must stand once/)
})

test('a request is signed only with a certificate of a kind of key that is taken', async () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  assert.equal(algorithmOf(privateKey), undefined)
  const wrong = { ...signerOf('ec'), certificate: new Uint8Array([1, 2, 3]) }
  await assert.rejects(signX509(request, body, wrong, scope, now), TypeError)
  assert.equal(certificateIn(Buffer.concat([derOf(certificates.ec.certificate), Buffer.from('x')])), undefined)
})

test('serial numbers are decimal, however large, and negative where they are', () => {
  const serial = (serialNumber: string) => decimalSerial({ serialNumber })
  assert.equal(serial('0C3F5E'), '802654')
  assert.equal(serial('FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF'), String(2n ** 160n - 1n))
  assert.equal(serial('-01'), '-1')
  assert.equal(serial('00'), '0')
})
