import type { X509Certificate } from 'node:crypto'
import { type Decision, type Denial, deny } from '../../model/decision.ts'
import { headerOf, type WireRequest } from '../message.ts'
import { parseBasicDate } from '../sigv4/authentication.ts'
import type { DatedScope } from '../sigv4/canonical.ts'
import { isOneLine } from '../sigv4/sign.ts'
import { certificateIn, type X509Algorithm } from './certificate.ts'

/** What a request says of the certificate that signed it. Nothing in here is proven before it is verified. */
export interface X509Authentication {
  readonly algorithm: X509Algorithm
  /** Of the certificate, in decimal. */
  readonly serial: string
  readonly scope: DatedScope
  /** Lower case, in the order they were signed. */
  readonly signedHeaders: readonly string[]
  readonly signature: Uint8Array
  readonly at: Date
  readonly certificate: X509Certificate
  /** What was sent beside it, in the order sent. */
  readonly chain: readonly X509Certificate[]
}

/** More certificates between a leaf and its anchor than this are not read. */
const longestChain = 10

/** Whether a request says that a certificate signed it. */
export const isSignedByCertificate = (request: WireRequest): boolean =>
  /^\s*AWS4-X509-/.test(headerOf(request, 'authorization') ?? '')

/**
 * Reads the authentication of a request that a certificate signed. Refuses what is missing, malformed or said twice,
 * and headers that matter but are not signed: Host, X-Amz-Date, X-Amz-X509 and, when sent, X-Amz-X509-Chain.
 */
export function readX509Authentication(
  request: WireRequest,
): Decision<{ readonly authentication: X509Authentication }> {
  const headers = request.headers.filter(([name]) => name.toLowerCase() === 'authorization')
  const [header] = headers
  if (!header) return deny('missing-authentication', 'Request is missing Authentication Token')
  if (headers.length > 1 || !isOneLine(request)) return malformed('The request cannot be read in one way only.')
  const [, named = '', rest = ''] = /^\s*(\S+)\s+(.*)$/s.exec(header[1]) ?? []
  if (!isAlgorithm(named)) return malformed('Unsupported AWS algorithm')
  const fields = readFields(rest)
  if (!fields) return malformed('The Authorization header needs Credential, SignedHeaders and Signature, each once.')
  const at = parseBasicDate(headerOf(request, 'x-amz-date') ?? '')
  if (!at) return malformed("The X-Amz-Date header must be in ISO-8601 'basic format', as in 20150830T123600Z.")
  const credential = readCredential(fields.credential, at)
  if (!credential.allowed) return credential
  const signedHeaders = fields.signedHeaders.split(';')
  const unsigned = firstUnsigned(request, signedHeaders)
  if (unsigned) return unsigned
  const [certificate, ...more] = certificatesIn(headerOf(request, 'x-amz-x509') ?? '')
  if (!certificate || more.length > 0) return malformed('X-Amz-X509 must hold one certificate: DER, in base64.')
  const sent = headerOf(request, 'x-amz-x509-chain')
  const chain = sent === undefined ? [] : certificatesIn(sent)
  if (!complete(chain))
    return malformed('X-Amz-X509-Chain must hold certificates: DER, in base64, with commas between.')
  const { serial, scope } = credential
  const signature = Buffer.from(fields.signature, 'hex')
  return {
    allowed: true,
    authentication: { algorithm: named, serial, scope, signedHeaders, signature, at, certificate, chain },
  }
}

const malformed = (because: string): Denial => deny('malformed-authentication', because)

const isAlgorithm = (name: string): name is X509Algorithm =>
  name === 'AWS4-X509-RSA-SHA256' || name === 'AWS4-X509-ECDSA-SHA256'

interface Fields {
  readonly credential: string
  readonly signedHeaders: string
  readonly signature: string
}

function readFields(text: string): Fields | undefined {
  const parts = text.split(',').map((part) => /^\s*(Credential|SignedHeaders|Signature)=(\S+)\s*$/.exec(part))
  const found = new Map(parts.map((part) => [part?.[1], part?.[2] ?? '']))
  if (parts.length !== 3 || found.size !== 3 || found.has(undefined)) return undefined
  const signature = found.get('Signature') ?? ''
  if (!/^(?:[0-9a-f]{2}){8,1024}$/.test(signature)) return undefined
  return { signature, credential: found.get('Credential') ?? '', signedHeaders: found.get('SignedHeaders') ?? '' }
}

function readCredential(text: string, at: Date): Decision<{ readonly serial: string; readonly scope: DatedScope }> {
  const [serial = '', date = '', region = '', service = '', terminator, ...more] = text.split('/')
  if (more.length > 0 || !/^[\w.-]{1,64}$/.test(region) || !/^[\w.-]{1,64}$/.test(service))
    return malformed('Credential must be serial/date/region/service/aws4_request.')
  if (!/^-?\d{1,60}$/.test(serial))
    return malformed('Credential must begin with the serial number of the certificate, in decimal.')
  const day = at.toISOString().slice(0, 10).replaceAll('-', '')
  if (terminator !== 'aws4_request' || date !== day)
    return deny('wrong-scope', `Credential should be scoped to ${day} and end in aws4_request.`)
  return { allowed: true, serial, scope: { date, region, service } }
}

function firstUnsigned(request: WireRequest, names: readonly string[]): Denial | undefined {
  const signed = new Set(names)
  if (signed.size !== names.length || names.some((name) => !/^[!#-'*+\-.^_`|~0-9a-z]+$/.test(name)))
    return malformed('SignedHeaders must be lower-case names, each of them once.')
  const once = new Set<string>()
  for (const [name] of request.headers) {
    const key = name.toLowerCase()
    if (!must.includes(key) && !key.startsWith('x-amz-x509')) continue
    if (once.has(key)) return malformed(`The header ${key} must stand once.`)
    once.add(key)
  }
  const missing = [...must, ...once].find((name) => !signed.has(name))
  return missing === undefined
    ? undefined
    : deny('unsigned-header', `'${missing}' must be a 'SignedHeader' in the AWS Authorization.`)
}

const must = ['host', 'x-amz-date', 'x-amz-x509']

const complete = <T>(items: readonly (T | undefined)[]): items is readonly T[] => !items.includes(undefined)

/** Strict: armour, line breaks and other spellings of the same bytes are no certificate. */
function certificatesIn(text: string): readonly (X509Certificate | undefined)[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.length > longestChain) return [undefined]
  return parts.map((part) => {
    const der = Buffer.from(part, 'base64')
    return der.length > 0 && der.toString('base64') === part ? certificateIn(der) : undefined
  })
}
