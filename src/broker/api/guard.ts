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

/** Refuses requests for another host: a name of somebody else's that points here (DNS rebinding). */
export const hostGuard = (
  config: () => Pick<BrokerConfig, 'publicUrl' | 'listenMutualTls'>,
  port: () => number,
): MiddlewareHandler => {
  return async (c, next) => {
    const host = c.req.header('host')?.toLowerCase() ?? ''
    const { host: own, hostname } = new URL(config().publicUrl)
    const here = [own, `127.0.0.1:${port()}`, `localhost:${port()}`, `[::1]:${port()}`]
    const mutual = config().listenMutualTls
    if (mutual) here.push(`${hostname}:${mutual.port}`)
    if (here.includes(host)) return next()
    return c.json({ error: { code: 'not-allowed', message: 'This broker has another name.' } }, 421)
  }
}
