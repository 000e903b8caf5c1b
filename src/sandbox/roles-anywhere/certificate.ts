import { X509Certificate } from 'node:crypto'
import { derElement } from '../certificates/der.ts'
import { loadX509 } from '../certificates/load-x509.ts'

/** A distinguished name: its attributes in order, `['CN', 'web-1']`. */
export type Attributes = readonly (readonly [name: string, value: string])[]

/** What Roles Anywhere looks at in a certificate. */
export interface CertificateFacts {
  readonly certificate: X509Certificate
  /** 1, 2 or 3. */
  readonly version: number
  /** CA:true, and where a key usage is stated, one for signing certificates. */
  readonly isCa: boolean
  /** How many more authorities may stand below it. */
  readonly pathLength: number | undefined
  readonly signsDigitally: boolean
  readonly signsLists: boolean
  /** Whether the hash of its own signature is SHA-256 or better. */
  readonly isHashedWell: boolean
  /** A critical extension that is not understood here, by its OID. */
  readonly unknown: string | undefined
  readonly subject: Attributes
  readonly issuer: Attributes
  readonly dns: readonly string[]
  readonly uris: readonly string[]
  readonly names: readonly Attributes[]
}

/** Basic constraints, key usage, extended key usage, alternative names, certificate policies. */
const understood = new Set(['2.5.29.19', '2.5.29.15', '2.5.29.37', '2.5.29.17', '2.5.29.18', '2.5.29.32'])
const goodHashes = new Set(['SHA-256', 'SHA-384', 'SHA-512'])

/** Reads a certificate. Undefined when it cannot be read to the end: such a one is not trusted. */
export async function certificateFacts(certificate: X509Certificate): Promise<CertificateFacts | undefined> {
  const x509 = await loadX509()
  try {
    const read = new x509.X509Certificate(certificate.raw)
    const constraints = read.getExtension(x509.BasicConstraintsExtension)
    const usage = read.getExtension(x509.KeyUsagesExtension)?.usages
    const may = (flag: number): boolean => usage !== undefined && (usage & flag) !== 0
    const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags
    const alternatives = read.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? []
    const named = (type: string): string[] => alternatives.flatMap((one) => (one.type === type ? one.value : []))
    const { hash } = read.signatureAlgorithm
    return {
      certificate,
      version: versionOf(certificate.raw),
      isCa: constraints?.ca === true && (usage === undefined || may(keyCertSign)),
      pathLength: constraints?.pathLength,
      signsDigitally: may(digitalSignature),
      signsLists: usage === undefined || may(cRLSign),
      isHashedWell: hash !== undefined && goodHashes.has(hash.name),
      unknown: read.extensions.find(({ critical, type }) => critical && !understood.has(type))?.type,
      subject: attributes(read.subjectName.toJSON()),
      issuer: attributes(read.issuerName.toJSON()),
      dns: named('dns'),
      uris: named('url'),
      names: named('dn').map((name) => attributes(new x509.Name(name).toJSON())),
    }
  } catch {
    return undefined
  }
}

const attributes = (name: readonly Readonly<Record<string, readonly unknown[]>>[]): Attributes =>
  name.flatMap((part) =>
    Object.entries(part).flatMap(([type, values]) => values.map((value) => [type, textOf(value)] as const)),
  )

/** Text the library has no name for is marked as what it is (`{ utf8String: … }`). */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  const [text] = typeof value === 'object' && value !== null ? Object.values(value) : []
  return typeof text === 'string' ? text : ''
}

/** Certificate → tbsCertificate → [0] version (RFC 5280, section 4.1); version 1 leaves it out. */
function versionOf(der: Uint8Array): number {
  const { content } = derElement(der, derElement(der, 0).content)
  return der[content] === 0xa0 && der[content + 1] === 3 ? (der[content + 4] ?? 0) + 1 : 1
}

/** The certificates in a PEM text, in order; empty when there are none or one cannot be read. */
export function anchorsIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    return []
  }
}

/** `CN=web-1,O=Example`: how a name is shown. */
export const shownName = (name: Attributes): string => name.map(([type, value]) => `${type}=${value}`).join(',')
