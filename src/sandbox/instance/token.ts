import { headerOf } from '../../wire/message.ts'
import { Fault } from '../fault.ts'
import type { Answer, Call } from '../service.ts'
import { instanceTables, tokenKey } from './state.ts'

const ttlHeader = 'x-aws-ec2-metadata-token-ttl-seconds'
/** Six hours, as AWS has it. */
const longest = 21_600
/** A machine that asks for a token at every call would fill the state otherwise. */
const mostKept = 1000

/**
 * A session token of IMDSv2. One that came through a proxy (X-Forwarded-For) is refused: a proxy that was left open is
 * what version 2 guards against. The hop limit, which AWS sets on the answer's packets, has no meaning on loopback.
 */
export function makeToken(call: Call): Answer {
  const { request, cloud, at } = call
  if (request.method !== 'PUT') throw new Fault('MethodNotAllowed', 405, 'Method Not Allowed')
  if (request.headers.some(([name]) => name.toLowerCase() === 'x-forwarded-for'))
    throw new Fault('Forbidden', 403, 'Forbidden')
  const given = headerOf(request, ttlHeader) ?? ''
  const ttl = /^\d{1,6}$/.test(given) ? Number(given) : Number.NaN
  if (!(ttl >= 1 && ttl <= longest)) throw new Fault('BadRequest', 400, 'Bad Request')
  const { tokens } = instanceTables(cloud)
  for (const { key, expiresAt } of [...tokens.values()])
    if (tokens.size >= mostKept || new Date(expiresAt) <= at) tokens.delete(key)
  const token = `AQAEA${Buffer.from(cloud.randomBytes(37)).toString('base64url')}==`
  const key = tokenKey(token)
  tokens.put(key, { key, expiresAt: new Date(at.getTime() + ttl * 1000).toISOString() })
  return {
    status: 200,
    headers: { 'Content-Type': 'text/plain', Server: 'EC2ws', [ttlHeader]: String(ttl) },
    body: token,
  }
}

/** Throws 401 for a token that is missing, unknown or over. */
export function admitToken({ cloud, at }: Call, token: string | undefined): void {
  const known = token === undefined ? undefined : instanceTables(cloud).tokens.get(tokenKey(token))
  if (!known || new Date(known.expiresAt) <= at) throw new Fault('Unauthorized', 401, 'Unauthorized')
}
