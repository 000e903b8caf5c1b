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
  const x509 = await loadX509()
  const authority = await authorityOf(cloud)
  const issuer = new x509.X509Certificate(authority.certificate)
  const keys = await crypto.subtle.generateKey(request.keyType === 'rsa' ? rsa : ecdsa, true, ['sign', 'verify'])
  const now = Math.floor(cloud.now().getTime() / 1000) * 1000
  const names = [
    ...request.dns.map((value) => ({ type: 'dns', value }) as const),
    ...request.uris.map((value) => ({ type: 'url', value }) as const),
  ]
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(cloud),
    subject: [
      ...(request.organization === undefined ? [] : [{ O: [request.organization] }]),
      ...request.organizationalUnits.map((unit) => ({ OU: [unit] })),
      { CN: [request.commonName] },
    ],
    issuer: issuer.subjectName,
    notBefore: new Date(now),
    notAfter: new Date(now + request.lifetime * 1000),
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority.privateKey),
    signingAlgorithm: ecdsa,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const certificate = new X509Certificate(Buffer.from(made.rawData))
  return {
    certificate: certificate.toString(),
    privateKey: await keyText(keys.privateKey),
    authority: authority.certificate,
    serialNumber: BigInt(`0x${certificate.serialNumber}`).toString(),
    notAfter: certificate.validToDate.toISOString(),
  }
}

const signingKey = (pem: string) =>
  crypto.subtle.importKey('pkcs8', createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' }), ecdsa, false, [
    'sign',
  ])
