import { readFileSync } from 'node:fs'
import { type AgentOptions, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https'
import type { LookupFunction } from 'node:net'
import { rootCertificates } from 'node:tls'
import { Failure } from '../model/failure.ts'
import type { ClientCertificate, Fetch } from './host.ts'

type Environment = Readonly<Record<string, string | undefined>>

const patience = 30_000
const largest = 8 * 1024 * 1024

/**
 * Sends requests over node:http and node:https, with a client certificate when given one. Follows no redirect: what
 * was signed for one address is not sent to another. Obeys HTTPS_PROXY, HTTP_PROXY, NO_PROXY and AWS_CA_BUNDLE of
 * `env`; this machine is asked without a proxy. Rejects with a `Failure` of code `network` when no answer comes within 30 seconds, or one above 8 MiB.
 */
export function nodeFetch(env: Environment): Fetch {
  const connecting = connector(env)
  return async (request, as) => {
    const url = new URL(request.url)
    const body = Buffer.from(await request.arrayBuffer())
    const options: RequestOptions = {
      method: request.method,
      headers: { ...Object.fromEntries(request.headers), 'content-length': String(body.length) },
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(patience)]),
      ...connecting(url, as),
    }
    try {
      return await exchange(url, options, body)
    } catch (error) {
      throw explained(error, url)
    }
  }
}

/** How to reach an address: which proxy, whom to trust, what to present. Connections are kept where that is asked. */
export function connector(
  env: Environment,
  { keepAlive = false }: { readonly keepAlive?: boolean } = {},
): (url: URL, as?: ClientCertificate) => RequestOptions {
  let authorities: readonly string[] | undefined
  const kept = new Map<string, HttpAgent | HttpsAgent>()
  const agentOf = (url: URL): HttpAgent | HttpsAgent => {
    if (!keepAlive) return agentFor(url, env, {})
    const name = `${url.protocol}${isNear(url)}`
    const agent = kept.get(name) ?? agentFor(url, env, { keepAlive })
    kept.set(name, agent)
    return agent
  }
  return (url, as) => {
    authorities ??= authoritiesFrom(env.AWS_CA_BUNDLE)
    return {
      agent: agentOf(url),
      ...(isHere(url) ? { lookup: thisMachine } : {}),
      ...presenting(as, authorities),
    }
  }
}

/** Names under `localhost` are this machine's (RFC 6761, section 6.3); not every resolver knows. */
const isHere = ({ hostname }: URL): boolean => hostname.endsWith('.localhost')

const thisMachine: LookupFunction = (_, { all }, done) =>
  all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)

/**
 * This machine, and what hands out its credentials or its container's, are never asked through a proxy: it would see
 * them, and could not reach what is meant.
 */
const isNear = ({ hostname }: URL): boolean =>
  /^(?:127\.\d+|169\.254)\.\d+\.\d+$|^\[(?:::1|fd00:ec2:[\da-f:]+)\]$|^(?:.+\.)?localhost$/.test(hostname)

function agentFor(url: URL, env: Environment, keeping: AgentOptions): HttpAgent | HttpsAgent {
  const options = isNear(url) ? keeping : { ...keeping, proxyEnv: { ...env } }
  return url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options)
}

const presenting = (as: ClientCertificate | undefined, authorities: readonly string[]): RequestOptions => ({
  ...(as ? { cert: as.certificate, key: as.privateKey } : {}),
  ...(as?.authorities ? { ca: as.authorities } : authorities.length > 0 ? { ca: [...authorities] } : {}),
})

function authoritiesFrom(path: string | undefined): readonly string[] {
  if (!path) return []
  try {
    return [...rootCertificates, readFileSync(path, 'utf8')]
  } catch (cause) {
    throw new Failure('config-invalid', `AWS_CA_BUNDLE names ${path}, which cannot be read.`, {
      hint: 'Correct it or unset AWS_CA_BUNDLE.',
      cause,
    })
  }
}

function exchange(url: URL, options: RequestOptions, body: Buffer): Promise<Response> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = send(url, options, (incoming) => {
      read(incoming).then((bytes) => resolve(responseOf(incoming, bytes)), reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function read(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    size += chunk.length
    if (size > largest) throw new Error(`an answer of more than ${largest} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function responseOf(incoming: IncomingMessage, bytes: Buffer<ArrayBuffer>): Response {
  const headers = new Headers()
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2)
    headers.append(incoming.rawHeaders[i] ?? '', incoming.rawHeaders[i + 1] ?? '')
  const status = incoming.statusCode ?? 0
  const bodiless = status === 204 || status === 205 || status === 304
  return new Response(bodiless ? null : bytes, { status, headers })
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name could not be looked up',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'no connection came about',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  EPROTO: 'what listens there does not speak TLS',
}

/** What to tell of an address that was not reached. */
export function explained(error: unknown, url: URL): unknown {
  if (error instanceof Failure || !(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  const late = error.name === 'AbortError' || error.name === 'TimeoutError'
  const reason = late ? `no answer came within ${patience / 1000} seconds` : (reasons[code] ?? error.message)
  const certificate = /CERT|TLS|SSL|SELF_SIGNED|ALTNAME/.test(code)
  return new Failure('network', `${url.origin} was not reached: ${reason}.`, {
    hint: certificate
      ? 'If a proxy of your company answers in its place, name its certificates in AWS_CA_BUNDLE.'
      : code === 'ECONNREFUSED'
        ? 'Check the profile’s endpoint_url and AWS_ENDPOINT_URL; a sandbox must be running.'
        : 'Check the network, HTTPS_PROXY and the region.',
    cause: error,
  })
}
