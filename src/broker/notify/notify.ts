import { setTimeout } from 'node:timers/promises'
import type { Ledger } from '../../ledger/ledger.ts'
import type { LedgerRow } from '../../model/ledger-event.ts'
import type { BrokerParts } from '../broker.ts'
import type { Notify } from '../config/broker-config.ts'
import { noticeKindOf, noticeOf } from './notice.ts'
import { sendNotice } from './send-notice.ts'

export interface NotifyParts extends Pick<BrokerParts, 'config' | 'now' | 'randomBytes' | 'log'> {
  readonly fetch: (request: Request) => Promise<Response>
  /** Milliseconds between attempts; there is one attempt more than pauses. */
  readonly pauses?: readonly number[]
  /** Milliseconds for one attempt. */
  readonly patience?: number
  /** Told of what became of each. */
  readonly onSent?: (outcome: 'delivered' | 'failed' | 'dropped') => void
  /** How many notices wait for one receiver at most. */
  readonly most?: number
}

/** Milliseconds that closing waits for what is under way. */
const lastMoments = 2000

/**
 * The ledger, but whoever the configuration names hears of what is appended through it, once it is durable. Telling
 * neither delays nor fails an append: what cannot be delivered in a few attempts, or finds no room to wait, is logged
 * and let go. The ledger has it.
 */
export function announcing(ledger: Ledger, parts: NotifyParts): Ledger {
  const { config, log } = parts
  const ending = new AbortController()
  const lines = new Map<string, Line>()
  const announce = (row: LedgerRow): void => {
    const kind = noticeKindOf(row.event)
    if (kind === undefined) return
    // Of an emergency everybody hears, whatever else they want to hear of.
    for (const to of config().notify.filter(({ events }) => kind === 'break-glass' || events.includes(kind))) {
      const place = `${to.kind} ${to.url}`
      const line = lines.get(place) ?? openLine(ledger, parts, ending.signal, () => lines.delete(place))
      lines.set(place, line)
      line.add(row, to)
    }
  }
  return {
    ...ledger,
    append: async (events) => {
      const rows = await ledger.append(events)
      try {
        for (const row of rows) announce(row)
      } catch (error) {
        log('error', 'a notice could not be made', { error: String(error) })
      }
      return rows
    },
    close: async () => {
      const done = new AbortController()
      const patience = setTimeout(lastMoments, undefined, { signal: done.signal }).catch(() => undefined)
      await Promise.race([Promise.all([...lines.values()].map(({ idle }) => idle())), patience])
      done.abort()
      ending.abort()
      await ledger.close()
    },
  }
}

/** What waits to be told to one receiver, one after the other. */
interface Line {
  readonly add: (row: LedgerRow, to: Notify) => void
  readonly idle: () => Promise<void>
}

function openLine(ledger: Ledger, parts: NotifyParts, signal: AbortSignal, whenIdle: () => void): Line {
  const { log, most = 1000 } = parts
  const waiting: { readonly row: LedgerRow; readonly to: Notify }[] = []
  let working: Promise<void> | undefined
  let lost = 0
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      await deliver(ledger, parts, next, signal).catch((error) =>
        log('error', 'a notice could not be made', { error: String(error) }),
      )
      if (lost === 0) continue
      log('warn', 'notices were dropped: too many wait', { to: hostOf(next.to), dropped: lost })
      lost = 0
    }
    working = undefined
    whenIdle()
  }
  return {
    add: (row, to) => {
      if (waiting.length < most) waiting.push({ row, to })
      else {
        lost++
        parts.onSent?.('dropped')
      }
      working ??= work()
    },
    idle: async () => working,
  }
}

/** Tries a few times, waiting longer each time. */
async function deliver(
  ledger: Ledger,
  { fetch, now, log, randomBytes, onSent, pauses = [1000, 5000, 25_000], patience = 10_000 }: NotifyParts,
  { row, to }: { readonly row: LedgerRow; readonly to: Notify },
  signal: AbortSignal,
): Promise<void> {
  const notice = await noticeOf(row, ledger)
  if (!notice) return
  for (let attempt = 0; ; attempt++) {
    const outcome = await sendNotice(to, notice, { fetch, now, patience, signal })
    if (outcome === 'arrived') return onSent?.('delivered')
    const pause = pauses[attempt]
    if (!outcome.again || pause === undefined || signal.aborted) {
      log('warn', 'a notice was not delivered', { to: hostOf(to), notice: notice.id, because: outcome.because })
      return onSent?.('failed')
    }
    // Not all at once when a receiver comes back.
    const jitter = 0.75 + (randomBytes(1)[0] ?? 0) / 510
    await setTimeout(pause * jitter, undefined, { signal }).catch(() => undefined)
  }
}

/** Not the path: that of a Slack hook is its secret. */
const hostOf = ({ url }: Notify): string => new URL(url).host
