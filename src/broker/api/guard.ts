import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { BrokerConfig } from '../config/broker-config.ts'

/**
 * What every answer carries. Nothing of the page comes from elsewhere, nothing is framed, nothing is sniffed. An answer
 * that says itself what it may load and tell, as the pages of logins do, keeps its word: with `no-referrer` browsers
 * would send their forms with the Origin `null`, which is nobody's.
 */
export const safeHeaders = (): MiddlewareHandler =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      // The page's styles are files; what it sets on elements it sets by script, which this does not concern.
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
    },
    xFrameOptions: 'DENY',
    referrerPolicy: 'no-referrer',
    crossOriginOpenerPolicy: 'same-origin',
    crossOriginResourcePolicy: 'same-origin',
    overwrite: false,
  })

type Named = Pick<BrokerConfig, 'publicUrl' | 'listenMutualTls'>

/** Whether a `Host` names this broker. */
export function ourHost(config: () => Named, port: () => number): (host: string) => boolean {
  return (host) => {
    const { host: own, hostname } = new URL(config().publicUrl)
    const mutual = config().listenMutualTls
    const here = [own, `127.0.0.1:${port()}`, `localhost:${port()}`, `[::1]:${port()}`]
    return here.includes(host) || (mutual !== undefined && host === `${hostname}:${mutual.port}`)
  }
}

/** Refuses requests for another host: a name of somebody else's that points here (DNS rebinding). */
export const hostGuard = (isOurHost: (host: string) => boolean): MiddlewareHandler => {
  return async (c, next) => {
    if (isOurHost(c.req.header('host')?.toLowerCase() ?? '')) return next()
    return c.json({ error: { code: 'not-allowed', message: 'This broker has another name.' } }, 421)
  }
}
