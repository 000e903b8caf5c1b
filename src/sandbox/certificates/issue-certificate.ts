import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Cloud } from '../cloud.ts'
import { authorityOf, ecdsa, keyText, newSerial } from './authority.ts'
import { loadX509 } from './load-x509.ts'

/** What a certificate is to say. */
export interface CertificateRequest {
  readonly commonName: string
  readonly organization?: string
  readonly organizationalUnits: readonly string[]
  /** Subject alternative names. */
  readonly dns: readonly string[]
  readonly uris: readonly string[]
  readonly keyType: 'ec' | 'rsa'
  /** Seconds from now, by the sandbox's clock. */
  readonly lifetime: number
}

/** A certificate with its key. PEM texts; the key in PKCS#8. */
export interface IssuedCertificate {
  readonly certificate: string
  readonly privateKey: string
  /** Who issued it. */
  readonly authority: string
  /** In decimal, as it stands in the credential of a signature. */
  readonly serialNumber: string
  readonly notAfter: string
}

const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
} as const

/** Issues an end-entity certificate, fit for IAM Roles Anywhere and for TLS clients, from the sandbox's authority. */
export async function issueCertificate(cloud: Cloud, request: CertificateRequest): Promise<IssuedCertificate> {
  const keys = await crypto.subtle.generateKey(request.keyType === 'rsa' ? rsa : ecdsa, true, ['sign', 'verify'])
  const now = Math.floor(cloud.now().getTime() / 1000) * 1000
  const lifetime = { notBefore: new Date(now), notAfter: new Date(now + request.lifetime * 1000) }
  const certificate = await certify(cloud, { ...request, ...lifetime, publicKey: keys.publicKey })
  const { certificate: authority } = await authorityOf(cloud)
  return {
    certificate: certificate.toString(),
    privateKey: await keyText(keys.privateKey),
    authority,
    serialNumber: BigInt(`0x${certificate.serialNumber}`).toString(),
    notAfter: certificate.validToDate.toISOString(),
  }
}

/** What is certified of a key. */
export interface Certified extends Omit<CertificateRequest, 'keyType' | 'lifetime'> {
  readonly publicKey: CryptoKey
  readonly notBefore: Date
  readonly notAfter: Date
  /** For the other side of TLS. */
  readonly isServer?: boolean
}

/** An end-entity certificate of the sandbox's authority for a key that is there already. */
export async function certify(cloud: Cloud, request: Certified): Promise<X509Certificate> {
  const x509 = await loadX509()
  const authority = await authorityOf(cloud)
  const issuer = new x509.X509Certificate(authority.certificate)
  const names = [
    ...request.dns.map((value) => ({ type: 'dns', value }) as const),
    ...request.uris.map((value) => ({ type: 'url', value }) as const),
  ]
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(cloud),
    subject: [
      ...(request.organization === undefined ? [] : [{ O: [request.organization] }]),
      ...request.organizationalUnits.map((unit) => ({ OU: [unit] })),
      { CN: [request.commonName] },
    ],
    issuer: issuer.subjectName,
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    publicKey: request.publicKey,
    signingKey: await signingKey(authority.privateKey),
    signingAlgorithm: ecdsa,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([request.isServer ? serverAuth : clientAuth]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(request.publicKey),
    ],
  })
  return new X509Certificate(Buffer.from(made.rawData))
}

const signingKey = (pem: string) =>
  crypto.subtle.importKey('pkcs8', createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' }), ecdsa, false, [
    'sign',
  ])
