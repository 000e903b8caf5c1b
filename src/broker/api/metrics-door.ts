import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { Context, MiddlewareHandler } from 'hono'
import type { BrokerParts } from '../broker.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { isInNetworks } from '../decide/networks.ts'
import type { LoginParts } from '../logins/index.ts'
import { nodePeer, sourceIp } from '../logins/source-ip.ts'
import { readSecret } from '../read-secret.ts'

const loopback = ['127.0.0.0/8', '::1']
/** A token that is shorter can be guessed. */
const shortestToken = 16

export interface MetricsDoorParts extends Pick<LoginParts, 'peer'> {
  readonly config: () => Pick<BrokerConfig, 'metrics' | 'publicUrl' | 'trustedProxies'>
  readonly log: BrokerParts['log']
}

/**
 * Lets in who may read the figures: whoever shows the token, comes from the networks that the configuration names, or
 * both where it says both; where it says nothing, this machine. Scrapers call a broker by whatever address they found it
 * under, so the host counts where no token does: an address, or a name of ours, for a name of somebody else's that points
 * here is how a page in a browser would come by (DNS rebinding).
 */
export function metricsDoor(parts: MetricsDoorParts, isOurHost: (host: string) => boolean): MiddlewareHandler {
  return async (c, next) => {
    const { tokenFile, from } = parts.config().metrics
    const refuse = (status: 401 | 403 | 421, message: string): Response => {
      c.header('Cache-Control', 'no-store')
      if (status === 401) c.header('WWW-Authenticate', 'Bearer')
      return c.json({ error: { code: 'not-allowed', message } }, status)
    }
    if (tokenFile !== undefined && !showsToken(c, tokenFile, parts.log))
      return refuse(401, 'The figures are for who shows the token of `metrics.tokenFile`.')
    if (tokenFile === undefined && !isOurHost(hostOf(c)) && !isAddress(hostOf(c)))
      return refuse(421, 'This broker has another name.')
    const networks = from ?? (tokenFile === undefined ? loopback : undefined)
    if (networks !== undefined && !(cameStraight(c, parts) && isInNetworks(networks, sourceIp(c, parts))))
      return refuse(
        403,
        'The figures are for the networks of `metrics.from`, which is this machine where nothing is said; a proxy between must be one of `trustedProxies`.',
      )
    return next()
  }
}

const hostOf = (c: Context): string => c.req.header('host')?.toLowerCase() ?? ''

const isAddress = (host: string): boolean =>
  isIP(URL.parse(`http://${host}`)?.hostname.replace(/^\[|\]$/g, '') ?? '') !== 0

/** Else a proxy beside us, of which we were told nothing, would make everybody a neighbour. */
function cameStraight(c: Context, parts: MetricsDoorParts): boolean {
  const isForwarded = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'].some(
    (name) => c.req.header(name) !== undefined,
  )
  return !isForwarded || isInNetworks(parts.config().trustedProxies, (parts.peer ?? nodePeer)(c).address)
}

function showsToken(c: Context, tokenFile: string, log: BrokerParts['log']): boolean {
  const shown = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (shown === undefined) return false
  try {
    const tokens = readSecret(tokenFile, 'the file')
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '')
    if (tokens.length === 0 || tokens.some(({ length }) => length < shortestToken))
      throw new TypeError(`a token has ${shortestToken} characters at least`)
    return tokens.some((token) => timingSafeEqual(digest(token), digest(shown)))
  } catch (error) {
    log('warn', 'nobody can read the metrics', { tokenFile, because: error instanceof Error ? error.message : '' })
    return false
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
