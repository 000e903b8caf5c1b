import { verify, type X509Certificate } from 'node:crypto'
import type { X509Crl } from '@peculiar/x509'
import type { Chain } from './certificate-chain.ts'
import { loadX509 } from './load-x509.ts'

/** Delta lists (RFC 5280, section 5.2.4) tell a part only; whoever took one for the whole would miss revocations. */
const deltaIndicator = '2.5.29.27'

/** The lists of revoked certificates in a file: PEM blocks, or one list in DER. Throws an Error for what is none. */
export async function revocationLists(bytes: Uint8Array): Promise<readonly X509Crl[]> {
  const x509 = await loadX509()
  const text = Buffer.from(bytes).toString('latin1')
  // RFC 7468 has `X509 CRL`; some tools leave the first word out.
  const blocks = [...text.matchAll(/-----BEGIN (?:X509 )?CRL-----([^-]+)-----END (?:X509 )?CRL-----/g)].map(
    ([, base64 = '']) => Buffer.from(base64, 'base64'),
  )
  const lists = (blocks.length > 0 ? blocks : [bytes]).map((der) => new x509.X509Crl(new Uint8Array(der)))
  for (const list of lists) {
    if (list.entries.length >= 0 && list.extensions.some(({ type }) => type === deltaIndicator))
      throw new Error('a list tells changes only (a delta CRL)')
    if (hashOf(list) === undefined) throw new Error('a list is signed by a way that is not taken')
  }
  return lists
}

/** `unknown`: not revoked by any list, but of one of the issuers there is no list that says so today. */
type Standing = 'good' | 'revoked' | 'unknown'

/**
 * What the lists say of a chain, the authority that is trusted by itself aside. A list counts when the issuer of the
 * certificate signed it; for revoking also once it has run out: nothing it revoked has become good. That a certificate is
 * good only a list says that is whole and has not run out. Without any list nobody wants to know.
 */
export async function standingOf(chain: Chain, lists: readonly X509Crl[], at: number): Promise<Standing> {
  if (lists.length === 0) return 'good'
  const x509 = await loadX509()
  let standing: Standing = 'good'
  for (const [place, { certificate }] of chain.slice(0, -1).entries()) {
    const issuer = chain[place + 1]
    const theirs = issuer?.signsLists ? lists.filter((list) => isOf(list, issuer.certificate)) : []
    const shown = new x509.X509Certificate(new Uint8Array(certificate.raw))
    if (theirs.some((list) => list.findRevoked(shown))) return 'revoked'
    if (!theirs.some((list) => isWhole(list) && isCurrent(list, at))) standing = 'unknown'
  }
  return standing
}

/** Whose lists have all run out: nobody of theirs is let in. */
export const issuersRunOut = (lists: readonly X509Crl[], at: number): readonly string[] =>
  [...Map.groupBy(lists, ({ issuer }) => issuer)].flatMap(([issuer, theirs]) =>
    theirs.some((list) => isCurrent(list, at)) ? [] : [issuer],
  )

/** Critical extensions narrow what a list is of (RFC 5280, section 5.2.5): not all that is revoked is in such a one. */
const isWhole = ({ extensions }: X509Crl): boolean => extensions.every(({ critical }) => !critical)

const isCurrent = ({ nextUpdate }: X509Crl, at: number): boolean =>
  nextUpdate === undefined || nextUpdate.getTime() > at

/** The hash of a list's signature by RSA (PKCS#1 v1.5) or ECDSA; undefined for other ones, and for SHA-1. */
function hashOf({ signatureAlgorithm: { name, hash } }: X509Crl): string | undefined {
  return /^(?:RSASSA-PKCS1-v1_5|ECDSA)$/.test(name) ? /^SHA-(?:256|384|512)$/.exec(hash?.name ?? '')?.[0] : undefined
}

/** By issuer, for lists may be long and the same ones are asked at each login. */
const signed = new WeakMap<X509Crl, Map<string, boolean>>()

function isOf(list: X509Crl, issuer: X509Certificate): boolean {
  const known = signed.get(list) ?? new Map<string, boolean>()
  signed.set(list, known)
  const answer = known.get(issuer.fingerprint256) ?? isSigned(list, issuer)
  known.set(issuer.fingerprint256, answer)
  return answer
}

/** CertificateList → tbsCertList (RFC 5280, section 5.1): what the issuer signed. */
function isSigned(list: X509Crl, issuer: X509Certificate): boolean {
  const der = new Uint8Array(list.rawData)
  const start = content(der, 0)
  const signed = der.subarray(start, end(der, start))
  const hash = hashOf(list)?.replace('-', '')
  return hash !== undefined && verify(hash, signed, issuer.publicKey, new Uint8Array(list.signature))
}

/** Where the content of the DER element at a place begins: definite lengths of four bytes at most (X.690, 8.1.3). */
function content(der: Uint8Array, place: number): number {
  const first = der[place + 1] ?? 0
  return place + 2 + (first < 0x80 ? 0 : Math.min(first & 0x7f, 4))
}

function end(der: Uint8Array, place: number): number {
  const first = der[place + 1] ?? 0
  const start = content(der, place)
  let length = first < 0x80 ? first : 0
  for (const byte of der.subarray(place + 2, start)) length = length * 256 + byte
  return start + length
}
