import { setTimeout } from 'node:timers/promises'
import type { KeyOf } from '../aws/administer.ts'
import { lookUpEvents } from '../aws/call-cloudtrail.ts'
import type { BrokerParts } from '../broker.ts'
import type { Batch, ReadTrail } from './trail-source.ts'
import { textAt } from './trail-values.ts'

/** Milliseconds: what is delivered late is still read. Most events come within a quarter of an hour. */
const overlap = 15 * 60_000
/** At the start: no session of a role lives longer. */
const lookBack = 12 * 3_600_000
/** AWS takes two a second for each account and region. */
const pace = 510

/** Told of each account and region whose events were read and taken in. */
export type OnRead = (accountId: string, region: string) => void

/** Reads the event history of the accounts that are watched, each in each of its regions. */
export function lookupSource(
  parts: BrokerParts & { readonly onRead?: OnRead },
  keyOf: KeyOf,
  paceOf = pace,
): ReadTrail {
  const newest = new Map<string, number>()
  return async function* (signal) {
    const { watch } = parts.config()
    if (!watch.lookupEvents) return
    for (const accountId of watchedAccounts(parts))
      for (const region of watch.regions) {
        const place = `${accountId} ${region}`
        try {
          const { records, settle } = await history(parts, { keyOf, accountId, region, paceOf, place, newest, signal })
          const settled = (): void => {
            settle()
            parts.onRead?.(accountId, region)
          }
          yield { records, settle: settled }
        } catch (error) {
          if (signal.aborted) return
          parts.log('warn', 'CloudTrail could not be read', { account: accountId, region, error: plainly(error) })
        }
      }
  }
}

/** The accounts that are named, or else those of the roles. */
export function watchedAccounts({ config }: Pick<BrokerParts, 'config'>): readonly string[] {
  const { watch, roles } = config()
  return [
    ...new Set(watch.accounts.length > 0 ? watch.accounts : Object.values(roles).map(({ accountId }) => accountId)),
  ]
}

interface Place {
  readonly keyOf: KeyOf
  readonly accountId: string
  readonly region: string
  readonly paceOf: number
  readonly place: string
  /** The newest event that was read, by place. */
  readonly newest: Map<string, number>
  readonly signal: AbortSignal
}

async function history(parts: BrokerParts, at: Place): Promise<Batch> {
  const { keyOf, accountId, region, paceOf, place, newest, signal } = at
  const { aws, now, config, log } = parts
  const until = now()
  const from = new Date((newest.get(place) ?? until.getTime() - lookBack + overlap) - overlap)
  const most = Math.max(20, Math.floor((config().watch.everySeconds * 1000) / pace))
  const records: unknown[] = []
  let nextToken: string | undefined
  for (let page = 0; page === 0 || nextToken !== undefined; page++) {
    if (page === most) {
      log('warn', 'more events than LookupEvents gives in time: some were not read, deliveries would bring all', {
        account: accountId,
        region,
      })
      break
    }
    if (page > 0) await setTimeout(paceOf, undefined, { signal })
    const key = await keyOf(accountId)
    const more = nextToken === undefined ? {} : { nextToken }
    const found = await lookUpEvents(aws, { key, now: now(), region, from, until, signal, ...more })
    records.push(...found.records)
    nextToken = found.nextToken
  }
  if (records.length > 0 && !records.some((record) => textAt(record, 'recipientAccountId') === accountId))
    log('warn', 'the events read are of another account: name the administrator of a role in this one', {
      account: accountId,
    })
  return { records, settle: () => newest.set(place, until.getTime()) }
}

const plainly = (error: unknown): string => (error instanceof Error ? error.message : String(error))
