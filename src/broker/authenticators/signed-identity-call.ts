import { deny } from '../../model/decision.ts'
import type { ProofDenialCode } from './authenticator.ts'

/** A signed call of GetCallerIdentity, fit to be sent on. Header names are lower case. */
export interface SignedIdentityCall {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signedAt: number
  readonly signature: string
}

export interface Expected {
  /** What `x-mayfly-audience` must hold. */
  readonly audience: string
  /** The one place besides AWS's own that it may go to. */
  readonly endpoint?: string
  /** Milliseconds since 1970. */
  readonly now: number
}

const audienceHeader = 'x-mayfly-audience'
const identityBody = 'Action=GetCallerIdentity&Version=2011-06-15'
/** Milliseconds for which a signature counts. AWS itself takes it for fifteen minutes. */
export const longestAge = 5 * 60_000
const longestHeader = 8192

/** What is sent on. Anything else that was signed is not understood here, so the call is not taken. */
const understood = new Set([
  'host',
  'content-type',
  'content-length',
  'accept',
  'user-agent',
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-user-agent',
  audienceHeader,
])
const mustBeSigned = ['host', 'x-amz-date', audienceHeader]

/** STS of one region, or the global one, and of the other partitions; FIPS endpoints too. */
const stsHost = /^sts(?:-fips)?(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?$/

/**
 * Reads what a client sent as its proof: a call that would do nothing at AWS but tell who signed it, signed for this
 * broker (else a call made for another program would open it), a short while ago, and bound for STS and nowhere else.
 */
export function signedIdentityCall(
  proof: unknown,
  { audience, endpoint, now }: Expected,
):
  | { readonly allowed: true; readonly call: SignedIdentityCall }
  | ReturnType<typeof deny<Extract<ProofDenialCode, 'proof-malformed' | 'proof-invalid' | 'proof-expired'>>> {
  if (typeof proof !== 'object' || proof === null) return deny('proof-malformed', 'The proof is no object.')
  const { method, url: address, headers: sent, body }: Readonly<Record<string, unknown>> = { ...proof }
  const headers = headersIn(sent)
  if (typeof address !== 'string' || headers === undefined)
    return deny('proof-malformed', 'The proof has no url, or no headers that are texts, each once.')
  if (method !== 'POST' || body !== identityBody)
    return deny('proof-invalid', `The call is not a POST of ${identityBody}.`)
  const url = URL.parse(address)
  if (url === null || !isSts(url, endpoint)) return deny('proof-invalid', 'The call does not go to STS.')
  if (headers.host !== url.host) return deny('proof-invalid', 'The call was signed for another host.')
  if (headers[audienceHeader] !== audience)
    return deny('proof-invalid', `The call was signed for another program: ${audienceHeader} is not ${audience}.`)
  const authorization = readAuthorization(headers.authorization ?? '')
  if (authorization === undefined)
    return deny('proof-malformed', 'The Authorization header is none of Signature Version 4 for STS.')
  const { signed, signature, date } = authorization
  const unsigned = mustBeSigned.find((name) => !signed.includes(name))
  if (unsigned !== undefined) return deny('proof-invalid', `The header ${unsigned} is not signed.`)
  const foreign = signed.find((name) => !understood.has(name) || headers[name] === undefined)
  if (foreign !== undefined) return deny('proof-invalid', 'The call has signed headers that are not taken.')
  const signedAt = instantIn(headers['x-amz-date'] ?? '')
  if (signedAt === undefined || headers['x-amz-date']?.slice(0, 8) !== date)
    return deny('proof-malformed', 'x-amz-date is no date, or not that of the signature.')
  if (Math.abs(now - signedAt) > longestAge)
    return deny('proof-expired', 'The call was signed more than 5 minutes ago.')
  // The session token is one of the caller's own, whether it was signed or not.
  const passed = new Set([...signed, 'authorization', 'content-type', 'x-amz-security-token'])
  const kept = Object.entries(headers).filter(
    ([name]) => passed.has(name) && name !== 'host' && name !== 'content-length',
  )
  return { allowed: true, call: { url, headers: Object.fromEntries(kept), body, signedAt, signature } }
}

function headersIn(sent: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return undefined
  const headers: Record<string, string> = Object.create(null)
  for (const [key, value] of Object.entries(sent)) {
    const name = key.toLowerCase()
    if (typeof value !== 'string' || value.length > longestHeader || !/^[!-~\t ]*$/.test(value)) return undefined
    if (!/^[a-z0-9-]{1,64}$/.test(name) || headers[name] !== undefined) return undefined
    headers[name] = value
  }
  return headers
}

function isSts(url: URL, endpoint: string | undefined): boolean {
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    return false
  if (endpoint !== undefined) return url.origin === new URL(endpoint).origin
  return url.protocol === 'https:' && url.port === '' && stsHost.test(url.hostname)
}

function readAuthorization(
  text: string,
): { readonly signed: readonly string[]; readonly signature: string; readonly date: string } | undefined {
  const found =
    /^AWS4-HMAC-SHA256 Credential=[A-Za-z0-9]{16,128}\/(\d{8})\/[a-z0-9-]{2,32}\/sts\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      text,
    )
  if (!found) return undefined
  const [, date = '', names = '', signature = ''] = found
  return { date, signed: names.split(';'), signature }
}

function instantIn(text: string): number | undefined {
  const [, year, month, day, hours, minutes, seconds] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
  const instant = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`)
  return Number.isNaN(instant) ? undefined : instant
}
