import { createServer, type Server as PlainServer } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { type Ledger, openLedger } from '../ledger/index.ts'
import { brokerApp } from './api/app.ts'
import { openHub } from './api/hub.ts'
import { openMetrics } from './api/metrics.ts'
import { openApprovals } from './approvals/approvals.ts'
import { openAuthenticators } from './authenticators/index.ts'
import { brokenTeller } from './authenticators/tell-broken.ts'
import type { BrokerAws, BrokerParts } from './broker.ts'
import type { HeldConfig } from './config/hold-config.ts'
import { openIssuer } from './issue/issue.ts'
import { loadOrMakeKey, openRateLimits, openTokens } from './logins/index.ts'
import { newId } from './new-id.ts'
import { announcing } from './notify/notify.ts'
import { openRevoker } from './revoke/revoke.ts'
import { keptChainFault } from './verify-ledger.ts'
import { openWatch } from './watch/watch.ts'

export interface BrokerOptions {
  readonly held: HeldConfig
  /** The broker's own key at AWS: it signs AssumeRole, and the calls that revoke and watch. */
  readonly key: BrokerAws['key']
  readonly fetch: BrokerAws['fetch']
  /** Posts to AWS; default by `fetch`. */
  readonly post?: BrokerAws['post']
  readonly now: () => Date
  readonly randomBytes: (length: number) => Uint8Array
  readonly log: BrokerParts['log']
  /** Where the page's files are; absent: no page. */
  readonly page?: string
  /** Milliseconds to wait for AWS to deny what was revoked; default 30 s. */
  readonly patience?: number
}

/** A broker that is at work. */
export interface Broker {
  /** Where it listens; people and machines know it by its public URL. */
  readonly port: number
  readonly mutualTlsPort?: number
  readonly ledger: Ledger
  /** Ends connections, finishes what is under way, closes the ledger. */
  readonly close: () => Promise<void>
}

const minute = 60_000

/**
 * Opens a broker: its ledger, what a crash left open closed, and its listeners. Rejects with a `Failure`
 * (`config-invalid`, `ledger-down`, `ledger-altered`) when it cannot be trusted to begin.
 */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { held, now, randomBytes, log, fetch } = options
  const config = held.current
  const { database, keyFile, publicUrl, upstream, listen, listenMutualTls } = config()
  const key = loadOrMakeKey(keyFile)
  const bare = await openLedger(database, (line) => log('warn', line))
  const metrics = openMetrics()
  const ledger = announcing(bare, { config, now, fetch, randomBytes, log, onSent: metrics.notified })
  ledger.watch(({ event }) => event.kind === 'alert' && metrics.alerted(event.alert))
  const { region, endpoint } = upstream
  const aws: BrokerAws = {
    ...{ key: options.key, fetch, region },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(options.post === undefined ? {} : { post: options.post }),
  }
  const parts: BrokerParts = { config, ledger, aws, now, randomBytes, log }
  const hub = openHub(ledger)
  const alone = !/^postgres/.test(database)
  const issuer = openIssuer(parts, { alone })
  const { patience } = options
  const revoker = openRevoker(parts, {
    tellAgents: hub.tellAgents,
    alone,
    ...(patience === undefined ? {} : { patience }),
  })
  let verifiedAt: number | undefined
  const verify = async (): Promise<void> => {
    const fault = await keptChainFault(ledger)
    if (fault === undefined) verifiedAt = now().getTime()
    else {
      log('error', 'the ledger was altered', { because: fault })
      const alertId = newId('a', randomBytes)
      await ledger.append([
        { kind: 'alert', at: now().getTime(), alertId, alert: 'ledger', text: `The ledger was altered: ${fault}.` },
      ])
    }
  }
  const logins = {
    ...{ config, ledger, key, now, randomBytes },
    authenticators: openAuthenticators({ config, ledger, fetch, now }),
    tokens: openTokens({
      ...{ key, publicUrl, ledger, now },
      knows: (authenticator) => config().authenticators.some(({ name }) => name === authenticator),
    }),
    limits: openRateLimits({ now }),
  }
  const approvals = openApprovals(parts)
  const api = {
    ...parts,
    logins,
    issuer,
    approvals,
    revoker,
    hub,
    metrics,
    verifiedAt: () => verifiedAt,
  }
  let port = listen.port
  const app = brokerApp({ ...api, ...(options.page === undefined ? {} : { page: options.page }) }, () => port)
  const listener = getRequestListener(app.fetch)
  const servers: (PlainServer | TlsServer)[] = []
  try {
    await ledger.append([{ kind: 'configured', at: now().getTime(), digest: config().digest, by: 'start' }])
    await issuer.recover()
    const { tls } = listen
    const plain = tls
      ? createTlsServer({ cert: tls.certificate, key: tls.privateKey, minVersion: 'TLSv1.2' }, listener)
      : createServer(listener)
    servers.push(plain)
    port = await listenOn(plain, listen.host, listen.port)
    let mutualTlsPort: number | undefined
    if (listenMutualTls) {
      const { certificate, privateKey, host } = listenMutualTls
      // Whose certificate it is, and whether it is good, is the authenticator's to say.
      const mutual = createTlsServer(
        { cert: certificate, key: privateKey, minVersion: 'TLSv1.2', requestCert: true, rejectUnauthorized: false },
        listener,
      )
      servers.push(mutual)
      mutualTlsPort = await listenOn(mutual, host, listenMutualTls.port)
    }
    const catchUp = (): void => {
      revoker
        .catchUp()
        .catch((error) => log('error', 'what was found after its revocation goes on', { error: String(error) }))
    }
    const onRead = (account: string, region: string): void => metrics.watched(account, region, now())
    const watch = openWatch({ ...parts, onFound: catchUp, onRead })
    if (config().watch.lookupEvents || config().watch.deliveries !== undefined) watch.start()
    const tellBroken = brokenTeller(logins.authenticators, log)
    const timers = [
      every(minute / 4, async () => tellBroken(), log),
      every(minute, () => revoker.tidy(), log),
      every(minute / 2, () => issuer.recover(), log),
      every(minute / 2, () => revoker.recover(), log),
      every(minute / 2, () => revoker.catchUp(), log),
      every(60 * minute, verify, log),
    ]
    // Not awaited: the broker refuses already, and AWS may be out of reach.
    void revoker.recover().catch((error) => log('error', 'revocations were not carried on', { error: String(error) }))
    void verify().catch((error) => log('error', 'the ledger could not be verified', { error: String(error) }))
    let closing: Promise<void> | undefined
    const close = (): Promise<void> => {
      closing ??= (async () => {
        for (const timer of timers) clearInterval(timer)
        hub.close()
        held.close()
        await watch.stop()
        await Promise.all(servers.map(end))
        await ledger.close()
      })()
      return closing
    }
    return { port, ledger, close, ...(mutualTlsPort === undefined ? {} : { mutualTlsPort }) }
  } catch (error) {
    hub.close()
    await Promise.all(servers.map(end))
    await ledger.close()
    throw error
  }
}

function listenOn(server: PlainServer | TlsServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Connections that are at work may finish; streams and idle ones are cut. */
function end(server: PlainServer | TlsServer): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve()
    server.close(() => resolve())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 2000).unref()
  })
}

function every(milliseconds: number, work: () => Promise<unknown>, log: BrokerParts['log']): NodeJS.Timeout {
  const timer = setInterval(() => {
    work().catch((error) => log('warn', 'what is done from time to time failed', { error: String(error) }))
  }, milliseconds)
  timer.unref()
  return timer
}
