import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { Failure } from '../../model/failure.ts'

const patience = 60_000

/**
 * Takes a secret address to the browser that `openBrowser` starts. What the browser is started with, everybody on this
 * machine can read: so it gets an address on loopback that leads on, once. False where no browser starts. Throws a
 * `Failure` (`network`) when the browser does not come.
 */
export async function handOver(secret: string, openBrowser: (url: string) => Promise<boolean>): Promise<boolean> {
  const path = `/${randomBytes(32).toString('base64url')}`
  const fetched = Promise.withResolvers<void>()
  let isSpent = false
  const server = createServer((request, response) => {
    const isHere = /^127\.0\.0\.1:\d{1,5}$/.test(request.headers.host ?? '')
    if (isSpent || !isHere || request.method !== 'GET' || request.url !== path) {
      response.writeHead(404, { Connection: 'close' }).end()
      return
    }
    isSpent = true
    response.once('close', () => fetched.resolve())
    const headers = { Location: secret, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' }
    response.writeHead(303, { ...headers, Connection: 'close' }).end()
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(0, '127.0.0.1', listening)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const late = new Failure('network', 'The browser did not fetch the address.', {
    hint: 'mayfly console PROFILE --print prints it; it is a secret for 15 minutes.',
  })
  const timer = setTimeout(() => fetched.reject(late), patience)
  try {
    if (!(await openBrowser(`http://127.0.0.1:${port}${path}`))) return false
    await fetched.promise
    return true
  } finally {
    clearTimeout(timer)
    server.close()
    server.closeAllConnections()
  }
}
