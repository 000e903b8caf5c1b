import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connector, explained } from './fetch.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** An answer that goes on and on. */
export interface OpenedStream {
  readonly status: number
  /** What comes, as it comes; rejects when the connection is cut. */
  readonly chunks: AsyncIterable<Uint8Array>
  readonly close: () => void
}

/** Asks for what does not end: a stream of events. Rejects with a `Failure` of code `network` when no answer begins in time. */
export type OpenStream = (request: {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}) => Promise<OpenedStream>

/** Milliseconds until the headers of the answer must be there. */
const patience = 15_000

/** Opens streams as `nodeFetch` sends requests: the same proxies, the same authorities, no redirect followed. */
export function nodeOpenStream(env: Environment): OpenStream {
  const connecting = connector(env)
  return ({ url: address, headers }) => {
    const url = new URL(address)
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest
      const outgoing = send(url, { headers, ...connecting(url) }, (incoming: IncomingMessage) => {
        clearTimeout(timer)
        resolve({ status: incoming.statusCode ?? 0, chunks: incoming, close: () => void outgoing.destroy() })
      })
      const timer = setTimeout(() => outgoing.destroy(new DOMException('late', 'TimeoutError')), patience)
      outgoing.on('error', (error) => {
        clearTimeout(timer)
        reject(explained(error, url))
      })
      outgoing.end()
    })
  }
}
