import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A call on its way to AWS, or its answer on the way back. */
export interface Passing {
  readonly action: string
  readonly params: URLSearchParams
  readonly when: 'before' | 'after'
}

export interface HeldAws {
  readonly endpoint: string
  /** Told of every call twice; what it answers with false goes no further. */
  onPassing: (passing: Passing) => boolean
  readonly close: () => void
}

/** Stands between a broker and AWS, and can hold what passes. */
export async function holdAws(endpoint: string): Promise<HeldAws> {
  const { port: behind } = new URL(endpoint)
  const server = createServer(async (incoming, answer) => {
    const pieces: Buffer[] = []
    for await (const piece of incoming) pieces.push(piece)
    const body = Buffer.concat(pieces)
    const params = new URLSearchParams(body.toString())
    const action = params.get('Action') ?? ''
    if (!held.onPassing({ action, params, when: 'before' })) return
    const { status, headers, text } = await forward(
      incoming.method ?? 'POST',
      incoming.url ?? '/',
      incoming.headers,
      body,
    )
    if (!held.onPassing({ action, params, when: 'after' })) return
    answer.writeHead(status, headers).end(text)
  })
  server.on('clientError', (_, socket) => socket.destroy())

  function forward(method: string, path: string, headers: IncomingHttpHeaders, body: Buffer) {
    return new Promise<{ status: number; headers: IncomingHttpHeaders; text: Buffer }>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port: behind, method, path, headers }, async (got) => {
        const pieces: Buffer[] = []
        for await (const piece of got) pieces.push(piece)
        resolve({ status: got.statusCode ?? 500, headers: got.headers, text: Buffer.concat(pieces) })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const held: HeldAws = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onPassing: () => true,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return held
}
