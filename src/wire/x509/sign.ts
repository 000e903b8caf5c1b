import type { Scope } from '../../model/signing-key.ts'
import type { WireRequest } from '../message.ts'
import { basicDate, canonicalRequest, type DatedScope, scopeText, sha256, stringToSign } from '../sigv4/canonical.ts'
import { assertSignable, signableHeaders } from '../sigv4/sign.ts'
import { algorithmOf, certificateIn, decimalSerial } from './certificate.ts'

/** A certificate and what signs with its private key, wherever that key is. */
export interface X509Signer {
  /** DER. */
  readonly certificate: Uint8Array
  /** DER, from the issuer of the certificate upwards; the root need not be there. */
  readonly chain: readonly Uint8Array[]
  /** Signs with SHA-256: RSA by PKCS#1 v1.5, ECDSA as ASN.1 DER. */
  readonly sign: (data: Uint8Array) => Promise<Uint8Array>
}

/**
 * The request with `X-Amz-Date`, `X-Amz-X509`, `X-Amz-X509-Chain` (when there is a chain) and `Authorization` added:
 * signed by the private key of a certificate itself, without any shared secret. Earlier ones are replaced. See "The
 * signing process for IAM Roles Anywhere" in the IAM Roles Anywhere User Guide.
 *
 * Throws a TypeError when the request cannot be signed, or the certificate is none or of a kind of key that is not taken.
 */
export async function signX509(
  request: WireRequest,
  body: string | Uint8Array,
  signer: X509Signer,
  scope: Scope,
  now: Date,
): Promise<WireRequest> {
  assertSignable(request)
  const certificate = certificateIn(signer.certificate)
  const algorithm = certificate && algorithmOf(certificate.publicKey)
  if (!certificate || !algorithm) throw new TypeError('a request is signed with an RSA or EC certificate in DER')
  const at = basicDate(now)
  const dated: DatedScope = { ...scope, date: at.slice(0, 8) }
  const headers: (readonly [string, string])[] = [
    ...request.headers.filter(([name]) => !replaced.has(name.toLowerCase())),
    ['X-Amz-Date', at],
    ['X-Amz-X509', base64(signer.certificate)],
  ]
  if (signer.chain.length > 0) headers.push(['X-Amz-X509-Chain', signer.chain.map(base64).join(',')])
  const unsigned = { ...request, headers }
  const signedHeaders = signableHeaders(unsigned)
  const parts = { request: unsigned, service: scope.service, signedHeaders, payload: sha256(body) }
  const canonical = canonicalRequest({ ...parts, spelling: 'normalized' })
  if (canonical === undefined) throw new TypeError('a header to sign is not in the request')
  const signature = await signer.sign(Buffer.from(stringToSign(at, dated, canonical, algorithm)))
  const credential = `${decimalSerial(certificate)}/${scopeText(dated)}`
  const authorization = `${algorithm} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${Buffer.from(signature).toString('hex')}`
  return { ...unsigned, headers: [...headers, ['Authorization', authorization]] }
}

const replaced = new Set(['authorization', 'x-amz-date', 'x-amz-x509', 'x-amz-x509-chain'])

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
