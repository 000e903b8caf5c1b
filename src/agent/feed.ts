import type { Host } from '../host/host.ts'
import type { OpenStream } from '../host/open-stream.ts'
import { Failure } from '../model/failure.ts'
import type { BrokeredSpec } from '../model/source-spec.ts'
import { askBroker, brokerFailure, callBroker, membersOf } from '../sources/broker/call.ts'
import { dropKept, keptOf } from '../sources/broker/kept.ts'
import { loginNeeded } from '../sources/broker/login.ts'
import type { KeyBehind } from '../sources/broker/prove.ts'
import { type BrokerToken, brokerToken, forgetToken } from '../sources/broker/token.ts'
import type { StreamEvent } from './event-stream.ts'
import { follow } from './follow.ts'

/** What an agent knows of one broker at every moment. */
export interface Feed {
  /** Why nothing of this broker may be handed out now; undefined when it may. */
  readonly obstacle: () => Failure | undefined
  readonly isRevoked: (sessionId: string) => boolean
  /** How often something kept here was dropped: what stood on it was taken in vain. */
  readonly drops: () => number
  /** Resolves when the broker has been heard for the first time, or has refused. */
  readonly ready: Promise<void>
  readonly close: () => Promise<void>
}

export interface FeedParts {
  readonly host: Host
  readonly open: OpenStream
  readonly keyBehind: KeyBehind
  /** What this agent is called. */
  readonly agent: string
  /** Milliseconds since some instant; never goes back. */
  readonly elapsed: () => number
  readonly silence?: number
  /** Waits between two attempts to connect; milliseconds. */
  readonly pause?: (milliseconds: number) => Promise<unknown>
}

/** Milliseconds without a word from the broker after which nothing of it is handed out. */
const stale = 30_000

/**
 * Stays connected to a broker, and drops what it revokes from the vault at once, and says so to the broker. What was
 * revoked while nobody listened is asked about at each connection.
 */
export function openFeed(spec: BrokeredSpec, parts: FeedParts): Feed {
  const { host, elapsed } = parts
  const { broker } = spec
  const revoked = new Set<string>()
  const ready = Promise.withResolvers<void>()
  let heard: { readonly elapsed: number; readonly at: number } | undefined
  let drops = 0
  let refusal: Failure | undefined
  let caller: BrokerToken | undefined

  function hear(): void {
    heard = { elapsed: elapsed(), at: host.now().getTime() }
  }

  /** Milliseconds. A machine that slept has missed what was said, and some clocks of elapsed time sleep with it. */
  const silentFor = (since: NonNullable<typeof heard>): number =>
    Math.max(elapsed() - since.elapsed, host.now().getTime() - since.at)

  async function drop(ids?: ReadonlySet<string>): Promise<readonly string[]> {
    const dropped = await dropKept(host.vault, broker, ids)
    if (dropped.length > 0) drops += 1
    return dropped
  }

  async function token(): Promise<string> {
    caller = await brokerToken(spec, host, parts.keyBehind)
    return caller.token
  }

  /** What is kept here may have been revoked while this was not connected. */
  async function askAfterKept(): Promise<void> {
    const by = caller
    if (!by) return
    const ids = [...(await keptOf(host.vault, broker)).values()].flatMap(({ sessionId }) => sessionId ?? [])
    for (const id of new Set(ids)) {
      const answer = await askBroker(host, { broker, path: `/v1/sessions/${encodeURIComponent(id)}`, token: by.token })
      // Whoever is not told whether it was revoked must not take it for good: the next connection asks again.
      if (!answer.ok && answer.status !== 404) throw brokerFailure(broker, answer)
      const { session } = answer.ok ? membersOf(answer.value) : {}
      if (!answer.ok || membersOf(session).state === 'revoked') revoked.add(id)
    }
    if (revoked.size > 0) await drop(revoked)
  }

  async function onEvent({ event, data }: StreamEvent): Promise<void> {
    if (event !== 'revoked') return
    const begun = elapsed()
    const { revocationId, sessions } = membersOf(parsed(data))
    const ids = new Set(textsIn(sessions))
    for (const id of ids) revoked.add(id)
    const by = caller
    const dropped = await drop(ids)
    if (typeof revocationId !== 'string' || !by) return
    const body = { revocationId, agent: parts.agent, sessions: dropped, took: Math.round(elapsed() - begun) }
    // Not waited for: the next event must not stand behind it.
    callBroker(host, { broker, method: 'POST', path: '/v1/agents/acks', token: by.token, body }).catch(() => undefined)
  }

  async function onRefused(why: unknown): Promise<void> {
    if (why === 401) {
      refusal = spec.proof
        ? new Failure('broker-refused', `${broker} takes the proof no more.`)
        : loginNeeded(broker, 'the sign-in is over or was revoked')
      await forgetToken(spec, host)
      await drop()
    } else if (why instanceof Failure && why.code !== 'network') refusal = why
    ready.resolve()
  }

  const following = follow({
    ...{ broker, token, open: parts.open, agent: parts.agent, onEvent, onRefused },
    ...(parts.silence === undefined ? {} : { silence: parts.silence }),
    ...(parts.pause === undefined ? {} : { pause: parts.pause }),
    onHeard: () => {
      if (heard) hear()
    },
    onOpen: async () => {
      await askAfterKept()
      refusal = undefined
      hear()
      ready.resolve()
    },
  })
  return {
    ready: ready.promise,
    isRevoked: (sessionId) => revoked.has(sessionId),
    drops: () => drops,
    obstacle: () => {
      if (refusal) return refusal
      if (heard && silentFor(heard) <= stale) return undefined
      const since = heard ? `for ${Math.round(silentFor(heard) / 1000)} s` : 'yet'
      return new Failure('network', `${broker} has not been heard ${since}: nothing of it is handed out.`, {
        hint: 'What was revoked in the meantime would not be known here. It goes on when the broker is reached.',
      })
    },
    close: async () => {
      following.stop()
      await following.ended
    },
  }
}

const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
