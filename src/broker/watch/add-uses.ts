import { isIP } from 'node:net'
import type { SessionUse } from '../../model/session.ts'
import type { Use } from './read-record.ts'

const mostAddresses = 20
const mostCalls = 100

const unused: SessionUse = { lastAt: 0, lastFrom: '', addresses: [], calls: {}, denied: 0 }

/** What is known of a session's use with these calls added to it. */
export function addUses(known: SessionUse | undefined, uses: readonly Use[]): SessionUse {
  let { lastAt, lastFrom, addresses, denied } = known ?? unused
  const calls = new Map(Object.entries(known?.calls ?? {}))
  for (const { at, from, call, outcome } of uses) {
    const isAddress = isIP(from) !== 0
    // Where a service calls from says nothing of where the session is.
    if (at >= lastAt && (isAddress || isIP(lastFrom) === 0)) lastFrom = from
    lastAt = Math.max(lastAt, at)
    if (isAddress && !addresses.includes(from) && addresses.length < mostAddresses) addresses = [...addresses, from]
    const counted = calls.get(call)
    if (counted !== undefined || calls.size < mostCalls) calls.set(call, (counted ?? 0) + 1)
    if (outcome === 'denied') denied++
  }
  return { lastAt, lastFrom, addresses, calls: Object.fromEntries(calls), denied }
}
