import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import type { Kernel } from './kernel.ts'
import { type Mount, mountOf, serveMount } from './mount.ts'
import type { Answer } from './service.ts'

export interface ServerOptions {
  /** 0 or absent: a free one. */
  readonly port?: number
  /** Milliseconds until a connection that says nothing is closed; default 60 s, and 10 s for the headers. */
  readonly idle?: number
  /** What stands beside the kernel. */
  readonly mounts?: readonly Mount[]
  /** Told of faults of the mounts, a line each. */
  readonly log?: (line: string) => void
}

export interface Server {
  readonly port: number
  readonly close: () => Promise<void>
}

/** After an answer, this much of a body nobody read is let through so that the client sees the answer; then it is cut. */
const mostDrained = 16 * 1024 * 1024

/** Listens on 127.0.0.1 and hands requests to the kernel as they stood on the wire. */
export function serve(kernel: Kernel, options: ServerOptions = {}): Promise<Server> {
  const idle = options.idle ?? 60_000
  const server = createServer({
    maxHeaderSize: 32 * 1024,
    headersTimeout: Math.min(10_000, idle),
    // Bodies may be of any size; one that stands still is ended by the idle timeout.
    requestTimeout: 0,
    keepAliveTimeout: Math.max(65_000, idle),
    connectionsCheckingInterval: Math.min(2000, idle),
  })
  server.maxHeadersCount = 0
  server.setTimeout(idle, (socket) => socket.destroy())
  server.on('request', (request, response) => {
    const mount = mountOf(options.mounts ?? [], request)
    if (mount) void serveMount(mount, request, response, options.log ?? (() => undefined))
    else void exchange(kernel, request, response, undefined)
  })
  server.on(
    'checkContinue',
    (request, response) => void exchange(kernel, request, response, () => response.writeContinue()),
  )
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      server.off('error', reject)
      resolve({ port: portOf(server.address()), close: () => close() })
    })
  })
  function close(): Promise<void> {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(() => resolve()))
  }
}

const portOf = (address: string | AddressInfo | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0

async function exchange(
  kernel: Kernel,
  request: IncomingMessage,
  response: ServerResponse,
  sayContinue: (() => void) | undefined,
): Promise<void> {
  const headers: (readonly [string, string])[] = []
  const raw = request.rawHeaders
  for (let place = 0; place + 1 < raw.length; place += 2) headers.push([raw[place] ?? '', raw[place + 1] ?? ''])
  const answer = await kernel({
    request: { method: request.method ?? '', target: request.url ?? '', headers },
    source: bodyOf(request, sayContinue),
    sourceIp: request.socket.remoteAddress ?? '',
  })
  write(response, answer)
  if (!request.complete) drain(request)
}

/**
 * The body. `100 Continue` is said only once somebody wants it, so that refused uploads are never sent; and who stops
 * reading does not end the connection, over which the refusal has yet to go.
 */
async function* bodyOf(request: IncomingMessage, sayContinue: (() => void) | undefined): AsyncGenerator<Uint8Array> {
  sayContinue?.()
  yield* request.iterator({ destroyOnReturn: false })
}

function write(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) {
    if (body instanceof Readable) body.destroy()
    return
  }
  if (body instanceof Readable) {
    response.writeHead(status, headers)
    pipeline(body, response, () => undefined)
    return
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const hasLength = Object.keys(headers).some((name) => name.toLowerCase() === 'content-length')
  const length = hasLength || status === 204 || status === 304 ? {} : { 'Content-Length': String(bytes?.length ?? 0) }
  response.writeHead(status, { ...headers, ...length })
  response.end(bytes)
}

function drain(request: IncomingMessage): void {
  let drained = 0
  request.on('data', (piece: Buffer) => {
    drained += piece.length
    if (drained > mostDrained) request.socket.destroy()
  })
  request.on('error', () => undefined)
}
