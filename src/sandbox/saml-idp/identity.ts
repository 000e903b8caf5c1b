import { loadX509 } from '../certificates/load-x509.ts'
import type { Cloud } from '../cloud.ts'
import type { Table } from '../store.ts'

/** The key the identity provider signs with, and the certificate that says so. */
export interface SamlIdentity {
  /** PKCS#8, PEM. */
  readonly privateKey: string
  readonly certificate: string
}

const making = new WeakMap<Cloud, Promise<SamlIdentity>>()
const day = 24 * 3600 * 1000

/** The provider's key; it is made when first asked for, because that takes a while, and kept with the state. */
export function samlIdentity(cloud: Cloud): Promise<SamlIdentity> {
  const known = making.get(cloud)
  if (known) return known
  const table: Table<SamlIdentity> = cloud.store.table('saml-idp-identity')
  const kept = table.get('identity')
  const made = kept
    ? Promise.resolve(kept)
    : makeIdentity(cloud.now()).then((identity) => {
        table.put('identity', identity)
        cloud.store.flush()
        return identity
      })
  making.set(cloud, made)
  return made
}

/** A fresh RSA key with a certificate of its own. */
export async function makeIdentity(now: Date): Promise<SamlIdentity> {
  const { PemConverter, X509CertificateGenerator } = await loadX509()
  const signingAlgorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  }
  const keys = await crypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Mayfly sandbox identity provider',
    notBefore: new Date(now.getTime() - day),
    notAfter: new Date(now.getTime() + 3650 * day),
    signingAlgorithm,
    keys,
  })
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { privateKey: PemConverter.encode(pkcs8, 'PRIVATE KEY'), certificate: certificate.toString('pem') }
}
