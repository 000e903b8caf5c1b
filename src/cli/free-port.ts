import { createServer } from 'node:net'

/**
 * A port of 127.0.0.1 nobody listens on just now: the one that is liked, else any. For those who must be told of a port
 * before somebody listens on it.
 */
export async function freePort(liked = 0): Promise<number> {
  return (await tryPort(liked)) ?? (await tryPort(0)) ?? 0
}

const tryPort = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined))
    })
  })
