import { X509Certificate } from 'node:crypto'
import { loadX509 } from './load-x509.ts'

/** What is looked at in a certificate. */
export interface CertificateFacts {
  readonly certificate: X509Certificate
  /** CA:true, and where a key usage is stated, one for signing certificates. */
  readonly isCa: boolean
  /** How many more authorities may stand below it. */
  readonly pathLength: number | undefined
  readonly signsLists: boolean
  /** Whether it says that its holder may be a client of TLS. */
  readonly isForClients: boolean
  /** Of an authority: whether it may issue such ones. One that names purposes is for those alone, down the chain. */
  readonly issuesForClients: boolean
  /** Whether the hash of its own signature is SHA-256 or better, or it is Ed25519's. */
  readonly isHashedWell: boolean
  /** Whether all its critical extensions are understood here. Name constraints, among others, are not. */
  readonly isUnderstood: boolean
  /** `CN=web-1,O=Example`, most specific last as it stands in the certificate, escaped as RFC 4514 has it. */
  readonly subject: string
  readonly commonName: string | undefined
  readonly dns: readonly string[]
  readonly uris: readonly string[]
  readonly organizations: readonly string[]
  readonly units: readonly string[]
}

/** Basic constraints, key usage, extended key usage, alternative names, certificate policies. */
const understood = new Set(['2.5.29.19', '2.5.29.15', '2.5.29.37', '2.5.29.17', '2.5.29.18', '2.5.29.32'])
/** anyExtendedKeyUsage (RFC 5280, section 4.2.1.12). */
const anyPurpose = '2.5.29.37.0'
const goodHashes = new Set(['SHA-256', 'SHA-384', 'SHA-512'])

/** Reads a certificate. Undefined when it cannot be read to the end: such a one is not trusted. */
export async function certificateFacts(der: Uint8Array): Promise<CertificateFacts | undefined> {
  const x509 = await loadX509()
  try {
    const certificate = new X509Certificate(Buffer.from(der))
    const read = new x509.X509Certificate(new Uint8Array(certificate.raw))
    const constraints = read.getExtension(x509.BasicConstraintsExtension)
    const usage = read.getExtension(x509.KeyUsagesExtension)?.usages
    const may = (flag: number): boolean => usage === undefined || (usage & flag) !== 0
    const stated = read.getExtension(x509.ExtendedKeyUsageExtension)?.usages
    const purposes = stated ?? []
    const alternatives = read.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? []
    const named = (type: string): string[] => alternatives.flatMap((one) => (one.type === type ? one.value : []))
    const attributes = attributesOf(read.subjectName.toJSON())
    const all = (type: string): string[] => attributes.flatMap(([name, value]) => (name === type ? value : []))
    const { name, hash } = read.signatureAlgorithm
    return {
      certificate,
      isCa: constraints?.ca === true && may(x509.KeyUsageFlags.keyCertSign),
      pathLength: constraints?.pathLength,
      signsLists: may(x509.KeyUsageFlags.cRLSign),
      isForClients: purposes.includes(x509.ExtendedKeyUsage.clientAuth) && may(x509.KeyUsageFlags.digitalSignature),
      issuesForClients:
        stated === undefined || purposes.includes(x509.ExtendedKeyUsage.clientAuth) || purposes.includes(anyPurpose),
      isHashedWell: name === 'Ed25519' || (hash !== undefined && goodHashes.has(hash.name)),
      isUnderstood: read.extensions.every(({ critical, type }) => !critical || understood.has(type)),
      subject: attributes.map(([type, value]) => `${type}=${escaped(value)}`).join(','),
      commonName: all('CN').at(-1),
      dns: named('dns'),
      uris: named('url'),
      organizations: all('O'),
      units: all('OU'),
    }
  } catch {
    return undefined
  }
}

/** The certificates in a PEM text as DER, in order. */
export const certificatesIn = (pem: string): readonly Uint8Array[] =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)].map(([, base64 = '']) =>
    Buffer.from(base64, 'base64'),
  )

function attributesOf(
  name: readonly Readonly<Record<string, readonly unknown[]>>[],
): readonly (readonly [type: string, value: string])[] {
  return name.flatMap((part) =>
    Object.entries(part).flatMap(([type, values]) => values.map((value) => [type, textIn(value)] as const)),
  )
}

/** Text the library has no name for is marked as what it is (`{ utf8String: … }`). */
function textIn(value: unknown): string {
  if (typeof value === 'string') return value
  const [text] = typeof value === 'object' && value !== null ? Object.values(value) : []
  return typeof text === 'string' ? text : ''
}

/** So that no value can look like another attribute. */
const escaped = (value: string): string => value.replace(/[,+"\\<>;=#]|^ | $/g, (symbol) => `\\${symbol}`)
