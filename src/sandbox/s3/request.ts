import { headerOf } from '../../wire/message.ts'
import { decodeUri } from '../../wire/uri.ts'
import { Fault } from '../fault.ts'
import type { Call } from '../service.ts'

/** A call as S3 reads it: which bucket, which key, which of the many things a query can ask for. */
export interface S3Request {
  readonly call: Call
  /** Empty when the request names none, as is `key`. */
  readonly bucketName: string
  readonly key: string
  /** Without what a presigned URL adds; the first value of each name. */
  readonly query: ReadonlyMap<string, string>
  /** By lower-case name; a presigned URL may carry `x-amz-…` headers in its query. */
  readonly header: (name: string) => string | undefined
  /** Lower case, each once. */
  readonly headerNames: readonly string[]
}

const longestKey = 1024
// A header's name, so that it can be written as one again.
const hoistable = /^x-amz-[!#$%&'*+\-.^_`|~0-9a-z]+$/i

const presigning =
  /^(?:x-amz-(?:algorithm|credential|date|expires|signedheaders|security-token|signature)|awsaccesskeyid|signature|expires)$/i

/**
 * Takes bucket and key from the path, or the bucket from a host name such as `bucket.localhost`. A key is any text of
 * 1 to 1024 bytes; `..`, `//` and their like mean nothing in it.
 */
export function readS3Request(call: Call): S3Request {
  const query = new Map<string, string>()
  const hoisted = new Map<string, string>()
  for (const [name, value] of call.query) {
    if (presigning.test(name)) continue
    const kind = call.authentication?.form === 'query' && hoistable.test(name) ? hoisted : query
    const key = kind === hoisted ? name.toLowerCase() : name
    if (!kind.has(key)) kind.set(key, value)
  }
  const header = (name: string): string | undefined => headerOf(call.request, name) ?? hoisted.get(name)
  const headerNames = new Set([...call.request.headers.map(([name]) => name.toLowerCase()), ...hoisted.keys()])
  const host = (header('host') ?? '').replace(/:\d+$/, '')
  const [, hosted] = /^(.+?)(?:\.s3(?:[.-][\w-]+)?)?\.localhost$/.exec(host) ?? []
  const path = call.path.slice(1)
  const slash = path.indexOf('/')
  const bucketPart = hosted ?? (slash < 0 ? path : path.slice(0, slash))
  const keyPart = hosted === undefined ? (slash < 0 ? '' : path.slice(slash + 1)) : path
  const bucketName = decodeUri(bucketPart)
  const key = decodeUri(keyPart)
  if (bucketName === undefined || key === undefined)
    throw new Fault('InvalidURI', 400, "Couldn't parse the specified URI.", { URI: call.path })
  checkKey(key)
  return { call, bucketName, key, query, header, headerNames: [...headerNames] }
}

/** Refuses a key longer than 1024 bytes. */
export function checkKey(key: string): void {
  const size = Buffer.byteLength(key)
  if (size > longestKey)
    throw new Fault('KeyTooLongError', 400, 'Your key is too long', {
      Size: String(size),
      MaxSizeAllowed: String(longestKey),
    })
}

/** A header's or parameter's whole number from 0 to `most`; undefined when there is none. */
export function wholeNumber(text: string | undefined, refusal: () => Fault): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^\d{1,15}$/.test(text)) throw refusal()
  return Number(text)
}
