import type { Cloud } from '../cloud.ts'
import type { Table } from '../store.ts'
import { loadX509 } from './load-x509.ts'

/** The certificate authority of a sandbox, as its state keeps it. PEM texts. */
export interface Authority {
  readonly certificate: string
  /** PKCS#8. */
  readonly privateKey: string
}

/** Long enough for whatever the sandbox's clock is set to. */
export const authorityLifetime = {
  notBefore: new Date('2000-01-01T00:00:00Z'),
  notAfter: new Date('2049-12-31T23:59:59Z'),
}

export const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** The sandbox's own certificate authority, made when it is first asked for and kept with the state. */
export async function authorityOf(cloud: Pick<Cloud, 'store' | 'randomBytes'>): Promise<Authority> {
  const table: Table<Authority> = cloud.store.table('certificate-authority')
  const known = table.get('authority')
  if (known) return known
  const made = await newAuthority(cloud)
  // Two may have been made at once: the first one counts for both.
  const first = table.get('authority') ?? made
  table.put('authority', first)
  return first
}

async function newAuthority(cloud: Pick<Cloud, 'randomBytes'>): Promise<Authority> {
  const x509 = await loadX509()
  const keys = await crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])
  const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(cloud),
    name: 'CN=Mayfly sandbox authority, O=Mayfly sandbox',
    ...authorityLifetime,
    signingAlgorithm: ecdsa,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign | digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: `${certificate.toString('pem')}\n`, privateKey: await keyText(keys.privateKey) }
}

/** Sixteen random bytes in hex, of a positive number. */
export function newSerial({ randomBytes }: Pick<Cloud, 'randomBytes'>): string {
  const bytes = Buffer.from(randomBytes(16))
  bytes.writeUInt8((bytes.readUInt8() & 0x7f) | 0x40)
  return bytes.toString('hex')
}

/** A private key in PEM, PKCS#8. */
export async function keyText(key: CryptoKey): Promise<string> {
  const { PemConverter } = await loadX509()
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}
