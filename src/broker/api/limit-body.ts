import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { Problem } from './problem.ts'

/** Refuses bodies of more than `most` bytes: by the length that was told, or as they come where none was. */
export function limitBody(most: number): MiddlewareHandler {
  const onError = (c: Context): never => {
    // The rest of it stands in the way of whatever would follow on this connection.
    c.header('Connection', 'close')
    throw new Problem('malformed', 'The body is too large.')
  }
  const asItComes = bodyLimit({ maxSize: most, onError })
  return async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
    const length = c.req.header('content-length')
    // To look at the body itself would make a stream of it, and of the request an object of the web's.
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) return asItComes(c, next)
    return Number(length) > most ? onError(c) : next()
  }
}
