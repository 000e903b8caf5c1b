import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connector } from './fetch.ts'
import type { Fetch } from './host.ts'

/** A text to post, with all its headers but those of the connection. */
export interface Post {
  readonly url: URL
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** Milliseconds to wait for the whole of the answer. */
  readonly patience: number
  readonly signal?: AbortSignal
  /** Bytes of an answer at most; default 8 MiB. */
  readonly longest?: number
}

/** What came of it, whole. */
export interface Posted {
  readonly status: number
  /** When it was answered, by the clock there. */
  readonly date: string | undefined
  readonly text: string
}

/**
 * Posts, and follows no redirect: what was signed for one address is not sent to another. Rejects with the system's
 * error, a `TimeoutError`, or for an answer that is too long.
 */
export type SendPost = (post: Post) => Promise<Posted>

const usualLongest = 8 * 1024 * 1024
const tooLong = (longest: number): Error => new Error(`an answer of more than ${longest} bytes`)

/** Posts by a fetch. */
export function postBy(fetch: Fetch): SendPost {
  return async ({ url, headers, body, patience, signal, longest = usualLongest }) => {
    const late = AbortSignal.timeout(patience)
    const answer = await fetch(
      new Request(url, {
        method: 'POST',
        headers: new Headers(headers.map(([name, value]) => [name, value])),
        body,
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, late]) : late,
      }),
    )
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of answer.body ?? []) {
      size += chunk.byteLength
      if (size > longest) throw tooLong(longest)
      chunks.push(chunk)
    }
    const text = Buffer.concat(chunks).toString('utf8')
    return { status: answer.status, date: answer.headers.get('date') ?? undefined, text }
  }
}

/**
 * Posts over connections that are kept for the next, for who does so hundreds of times a second: a fetch makes five
 * objects of the web's for each. Obeys what `nodeFetch` obeys.
 */
export function nodePost(env: Readonly<Record<string, string | undefined>>): SendPost {
  const connecting = connector(env, { keepAlive: true })
  return ({ url, headers, body, patience, signal, longest = usualLongest }) =>
    new Promise((resolve, reject) => {
      const options = {
        method: 'POST',
        headers: { ...Object.fromEntries(headers), 'Content-Length': String(Buffer.byteLength(body)) },
        ...(signal ? { signal } : {}),
        ...connecting(url),
      }
      const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (incoming) => {
        readText(incoming, longest).then(
          (text) => resolve({ status: incoming.statusCode ?? 0, date: incoming.headers.date, text }),
          reject,
        )
      })
      const timer = setTimeout(
        () => outgoing.destroy(new DOMException(`no answer in ${patience / 1000} seconds`, 'TimeoutError')),
        patience,
      )
      outgoing.on('error', reject).on('close', () => clearTimeout(timer))
      outgoing.end(body)
    })
}

function readText(incoming: IncomingMessage, longest: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size > longest) incoming.destroy(tooLong(longest))
    })
    incoming.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    incoming.on('error', reject)
  })
}
