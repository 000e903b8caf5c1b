import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { X509Certificate as PeculiarCertificate } from '@peculiar/x509'
import { proofAuthenticatorContract, proven, refused, type Shown } from '../../../test/contracts/authenticator.ts'
import type { ProofAuthenticator } from './authenticator.ts'
import { loadX509 } from './load-x509.ts'
import { type AuthenticatorStage, authenticatorStage } from './stage.test.ts'

const directory = mkdtempSync(join(tmpdir(), 'mayfly-x509-'))
let stage: AuthenticatorStage
let authorities = ''
before(async () => {
  stage = await authenticatorStage()
  authorities = String((await stage.control('POST', 'certificates', { commonName: 'any' })).authority)
})
after(async () => {
  await stage.close()
  rmSync(directory, { recursive: true, force: true })
})

const open = (more: object = {}): ProofAuthenticator =>
  stage.proof({ kind: 'x509', authorities, lifetime: 3600, ...more })

const der = (pem: unknown): Uint8Array => new X509Certificate(String(pem)).raw

async function issued(order: object = {}): Promise<Shown> {
  const { certificate } = await stage.control('POST', 'certificates', {
    commonName: 'web-1',
    organization: 'Example',
    ...order,
  })
  return { proof: {}, certificates: [der(certificate)] }
}

interface Made {
  readonly certificate: PeculiarCertificate
  readonly keys: CryptoKeyPair
  readonly der: Uint8Array
  readonly pem: string
}

/** An authority of our own, with what it issues. */
async function ownAuthority() {
  const x509 = await loadX509()
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const makeKeys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const notBefore = new Date(stage.now().getTime() - 3_600_000)
  const notAfter = new Date(stage.now().getTime() + 36_000_000)
  const { BasicConstraintsExtension, ExtendedKeyUsageExtension, ExtendedKeyUsage, Extension } = x509
  let serial = 16
  async function issue(
    subject: string,
    issuer: Made | undefined,
    {
      ca = false,
      length = undefined as number | undefined,
      purposes = [ExtendedKeyUsage.clientAuth] as string[],
      from = notBefore,
      to = notAfter,
      /** Of an authority. */
      issues = [] as string[],
      extra = [] as InstanceType<typeof Extension>[],
    } = {},
  ): Promise<Made> {
    const keys = await makeKeys()
    const made = await x509.X509CertificateGenerator.create({
      serialNumber: (serial++).toString(16),
      subject,
      issuer: issuer?.certificate.subject ?? subject,
      notBefore: from,
      notAfter: to,
      publicKey: keys.publicKey,
      signingKey: (issuer?.keys ?? keys).privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(ca, length, true),
        ...((ca ? issues : purposes).length === 0 ? [] : [new ExtendedKeyUsageExtension(ca ? issues : purposes)]),
        ...extra,
      ],
    })
    return { certificate: made, keys, der: new Uint8Array(made.rawData), pem: made.toString('pem') }
  }
  const root = await issue('CN=Root', undefined, { ca: true })
  return { x509, issue, root, algorithm }
}

describe('certificates of workloads', () => {
  proofAuthenticatorContract('x509', async () => ({
    ...stage,
    authenticator: open(),
    prove: () => issued({ lifetime: 600 }),
    proofEnds: 600,
    once: false,
  }))

  test('a subject is who it is, whichever of its certificates it shows, and no longer than that one lasts', async () => {
    const principal = await proven(
      open(),
      await issued({ lifetime: 120, organizationalUnits: ['admins'], dns: ['web-1.example.com'] }),
    )
    assert.equal(principal.id, 'way:O=Example,OU=admins,CN=web-1')
    assert.equal(principal.name, 'web-1')
    assert.deepEqual(principal.groups, [], 'a unit is no group')
    assert.deepEqual([principal.claims.units, principal.claims.dns], [['admins'], ['web-1.example.com']])
    const left = (principal.expiresAt.getTime() - stage.now().getTime()) / 1000
    assert.ok(left > 115 && left <= 120, String(left))
  })

  test('a name that is written like another one’s attributes is not that one', async () => {
    const { id } = await proven(open(), await issued({ organization: undefined, commonName: 'web-1,O=Example' }))
    assert.equal(id, 'way:CN=web-1\\,O\\=Example')
  })

  test('a certificate of another authority, a server’s and an authority’s own are refused', async () => {
    const { issue, root, x509 } = await ownAuthority()
    const shown = (one: { readonly der: Uint8Array }, ...more: readonly { readonly der: Uint8Array }[]): Shown => ({
      proof: {},
      certificates: [one, ...more].map((each) => each.der),
    })
    const own = { authorities: root.pem }
    await proven(open(own), shown(await issue('CN=web-1', root)))
    assert.equal(await refused(open(), shown(await issue('CN=web-1', root), root)), 'proof-invalid')
    const server = await issue('CN=web-1', root, { purposes: [x509.ExtendedKeyUsage.serverAuth] })
    assert.equal(await refused(open(own), shown(server)), 'proof-invalid')
    assert.equal(await refused(open(own), shown(await issue('CN=web-1', root, { purposes: [] }))), 'proof-invalid')
    assert.equal(await refused(open(own), shown(root)), 'proof-invalid')
    assert.equal(await refused(open(own), shown(await issue('CN=web-1', undefined))), 'proof-invalid', 'self-signed')
    assert.equal(await refused(open(own), shown(await issue('CN=\u0007', root))), 'not-known')
    const unknown = new x509.Extension('1.2.3.4', true, new Uint8Array([5, 0]))
    assert.equal(await refused(open(own), shown(await issue('CN=web-1', root, { extra: [unknown] }))), 'proof-invalid')
  })

  test('a chain holds link by link: authorities, the length of the path, the time', async () => {
    const { issue, root } = await ownAuthority()
    const own = open({ authorities: root.pem })
    const chain = async (
      middle: Awaited<ReturnType<typeof issue>>,
      more: readonly Awaited<ReturnType<typeof issue>>[] = [],
    ) => ({
      proof: {},
      certificates: [(await issue('CN=web-1', middle)).der, middle.der, ...more.map((each) => each.der)],
    })
    const middle = await issue('CN=Middle', root, { ca: true, length: 0 })
    await proven(own, await chain(middle))
    assert.equal(await refused(own, await chain(await issue('CN=None', root))), 'proof-invalid', 'no authority')
    const below = await issue('CN=Below', middle, { ca: true })
    assert.equal(await refused(own, await chain(below, [middle])), 'proof-invalid', 'too long')
    const long = await issue('CN=Long', root, { ca: true, length: 1 })
    await proven(own, await chain(await issue('CN=Under', long, { ca: true }), [long]))
    const from = new Date(stage.now().getTime() - 7_200_000)
    const over = await issue('CN=Over', root, { ca: true, from, to: new Date(from.getTime() + 1000) })
    assert.equal(await refused(own, await chain(over)), 'proof-invalid', 'the authority is over')
    const foreign = await ownAuthority()
    const lookalike = await foreign.issue('CN=Middle', foreign.root, { ca: true, length: 0 })
    assert.equal(await refused(own, await chain(lookalike, [middle, root])), 'proof-invalid', 'of the same name')
    const short = await issue('CN=Short', root, { ca: true, to: new Date(stage.now().getTime() + 60_000) })
    const principal = await proven(own, await chain(short))
    assert.ok(principal.expiresAt.getTime() <= stage.now().getTime() + 60_000, 'no longer than its authority')
  })

  test('an authority that is for servers issues no clients', async () => {
    const { issue, root, x509 } = await ownAuthority()
    const own = open({ authorities: root.pem })
    const { clientAuth, serverAuth } = x509.ExtendedKeyUsage
    const under = async (issues: readonly string[]): Promise<Shown> => {
      const middle = await issue('CN=Middle', root, { ca: true, issues: [...issues] })
      return { proof: {}, certificates: [(await issue('CN=web-1', middle)).der, middle.der] }
    }
    assert.equal(await refused(own, await under([serverAuth])), 'proof-invalid')
    await proven(own, await under([serverAuth, clientAuth]))
    await proven(own, await under(['2.5.29.37.0']))
    await proven(own, await under([]))
  })

  test('with lists of revocations each issuer of the chain must have one', async () => {
    const { issue, root, x509, algorithm } = await ownAuthority()
    const middle = await issue('CN=Middle', root, { ca: true })
    const leaf = await issue('CN=web-1', middle)
    const shown: Shown = { proof: {}, certificates: [leaf.der, middle.der] }
    const list = async (by: Made, extensions: InstanceType<typeof x509.Extension>[] = []): Promise<string> =>
      (
        await x509.X509CrlGenerator.create({
          issuer: by.certificate.subject,
          thisUpdate: new Date(stage.now().getTime() - 7_200_000),
          nextUpdate: new Date(stage.now().getTime() + 3_600_000),
          signingAlgorithm: algorithm,
          signingKey: by.keys.privateKey,
          extensions,
        })
      ).toString('pem')
    const crlFile = join(directory, 'lists.pem')
    const withLists = (...lists: readonly string[]) => {
      writeFileSync(crlFile, lists.join('\n'))
      return open({ authorities: root.pem, crlFile })
    }
    assert.equal(await refused(withLists(await list(root)), shown), 'unavailable')
    await proven(withLists(await list(root), await list(middle)), shown)
    // issuingDistributionPoint: onlyContainsCACerts
    const partial = new x509.Extension('2.5.29.28', true, new Uint8Array([0x30, 0x03, 0x82, 0x01, 0xff]))
    assert.equal(await refused(withLists(await list(root), await list(middle, [partial])), shown), 'unavailable')
  })

  test('a certificate that is not valid yet is refused', async () => {
    const { issue, root } = await ownAuthority()
    const from = new Date(stage.now().getTime() + 60_000)
    const early = await issue('CN=web-1', root, { from })
    const own = open({ authorities: root.pem })
    assert.equal(await refused(own, { proof: {}, certificates: [early.der] }), 'proof-invalid')
    assert.equal(await refused(own, { proof: {}, certificates: [new Uint8Array([1, 2, 3])] }), 'proof-malformed')
  })

  test('a revoked certificate is refused, by the list of who issued it; without a readable list everybody is', async () => {
    const { issue, root, x509, algorithm } = await ownAuthority()
    const foreign = await ownAuthority()
    const [good, bad] = [await issue('CN=good', root), await issue('CN=bad', root)]
    const crlFile = join(directory, 'list.pem')
    const list = async (signer: { readonly keys: CryptoKeyPair }, serials: readonly string[], lasts = 3600) =>
      (
        await x509.X509CrlGenerator.create({
          issuer: root.certificate.subject,
          thisUpdate: new Date(stage.now().getTime() - 7_200_000),
          nextUpdate: new Date(stage.now().getTime() + lasts * 1000),
          signingAlgorithm: algorithm,
          signingKey: signer.keys.privateKey,
          entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: new Date(stage.now()) })),
        })
      ).toString('pem')
    writeFileSync(crlFile, await list(root, [bad.certificate.serialNumber]))
    const own = open({ authorities: root.pem, crlFile })
    const show = (one: { readonly der: Uint8Array }): Shown => ({ proof: {}, certificates: [one.der] })
    await proven(own, show(good))
    assert.equal(await refused(own, show(bad)), 'proof-invalid')
    const foreigners = await list(foreign.root, [good.certificate.serialNumber])
    writeFileSync(crlFile, foreigners)
    stage.later(31)
    assert.equal(await refused(own, show(good)), 'unavailable', 'nobody said that it is good')
    writeFileSync(crlFile, `${foreigners}\n${await list(root, [])}`)
    stage.later(31)
    await proven(own, show(good))
    writeFileSync(crlFile, await list(root, [good.certificate.serialNumber]))
    stage.later(31)
    assert.equal(await refused(own, show(good)), 'proof-invalid', 'the list was read again')
    const over = await list(root, [bad.certificate.serialNumber], -3600)
    writeFileSync(crlFile, over)
    stage.later(31)
    assert.equal(await refused(own, show(good)), 'unavailable', 'what was revoked since is not in it')
    assert.match(own.broken() ?? '', /CN=Root in crlFile has run out/)
    assert.equal(await refused(own, show(bad)), 'proof-invalid', 'nothing it revoked has become good')
    writeFileSync(crlFile, `${over}\n${await list(root, [])}`)
    stage.later(31)
    await proven(own, show(good))
    assert.equal(own.broken(), undefined)
    writeFileSync(crlFile, 'nonsense')
    const broken = open({ authorities: root.pem, crlFile })
    assert.equal(await refused(broken, show(bad)), 'unavailable')
    assert.notEqual(broken.broken(), undefined)
    const missing = open({ authorities: root.pem, crlFile: join(directory, 'none') })
    assert.equal(await refused(missing, show(bad)), 'unavailable')
  })

  test('authorities that are none leave a reason', async () => {
    const { issue, root } = await ownAuthority()
    const leaf = await issue('CN=web-1', root)
    for (const text of ['', leaf.pem, `${root.pem}\n${leaf.pem}`]) {
      const own = open({ authorities: text })
      assert.equal(await refused(own, { proof: {}, certificates: [leaf.der] }), 'unavailable')
      assert.match(own.broken() ?? '', /authorities/)
    }
  })
})
