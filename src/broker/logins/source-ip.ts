import { isIP } from 'node:net'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { isInNetworks } from '../decide/networks.ts'
import type { LoginParts, Peer } from './login-parts.ts'

/**
 * Where a request comes from: the address of the connection, or, as long as that is a trusted proxy's, the one it says
 * in X-Forwarded-For: the right-most that is no trusted proxy's itself, for what stands left of it anybody can write.
 */
export function forwardedFrom(peer: string, forwardedFor: string | undefined, trusted: readonly string[]): string {
  let address = plainAddress(peer)
  if (forwardedFor === undefined || trusted.length === 0) return address
  for (const text of forwardedFor.split(',').reverse()) {
    if (!isInNetworks(trusted, address)) return address
    const next = plainAddress(text.trim())
    // What cannot be read is not believed, and neither is what stands before it.
    if (isIP(next) === 0) return address
    address = next
  }
  return address
}

/** Without IPv6's clothes for IPv4, brackets and a port. */
function plainAddress(text: string): string {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare
}

/** Where the request comes from; see `forwardedFrom`. */
export function sourceIp(c: Context, parts: Pick<LoginParts, 'config' | 'peer'>): string {
  const peer = (parts.peer ?? nodePeer)(c)
  return forwardedFrom(peer.address, c.req.header('x-forwarded-for'), parts.config().trustedProxies)
}

/** What limits are counted by: an IPv6 customer has at least a /64 of addresses to come from. */
export function addressBlock(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.toLowerCase().split('%')[0]?.split('::') ?? []
  const left = head.split(':').filter((group) => group !== '')
  const right = (tail ?? '').split(':').filter((group) => group !== '')
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

/** The other end as `@hono/node-server` knows it, with the client's certificates of a connection by mutual TLS. */
export function nodePeer(c: Context): Peer {
  const env: Partial<HttpBindings> = c.env ?? {}
  const socket = env.incoming?.socket
  const address = socket?.remoteAddress ?? ''
  if (!socket || !('getPeerCertificate' in socket) || typeof socket.getPeerCertificate !== 'function')
    return { address }
  const certificates: Uint8Array[] = []
  let next: unknown = socket.getPeerCertificate(true)
  while (certificates.length < mostCertificates && isCertificate(next)) {
    const { raw } = next
    if (certificates.some((one) => raw.equals(one))) break
    certificates.push(raw)
    next = next.issuerCertificate
  }
  return certificates.length > 0 ? { address, certificates } : { address }
}

const mostCertificates = 10

const isCertificate = (value: unknown): value is { readonly raw: Buffer; readonly issuerCertificate?: unknown } =>
  typeof value === 'object' && value !== null && 'raw' in value && value.raw instanceof Buffer
