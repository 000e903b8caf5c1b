import { setTimeout as wait } from 'node:timers/promises'
import type { OpenedStream, OpenStream } from '../host/open-stream.ts'
import { readEvents, type StreamEvent } from './event-stream.ts'

export interface FollowOptions {
  /** The broker's address. */
  readonly broker: string
  /** What to call it with, asked anew at each connection. */
  readonly token: () => Promise<string>
  readonly open: OpenStream
  /** What this agent is called; absent: it only watches. */
  readonly agent?: string
  /** The stream is open: what happens from now on is told. */
  readonly onOpen?: () => void | Promise<void>
  /** Something came: an event, or a sign of life. */
  readonly onHeard?: () => void
  readonly onEvent: (event: StreamEvent) => void | Promise<void>
  /** The broker said no (its HTTP status), or there was no token to ask with. */
  readonly onRefused?: (why: unknown) => void | Promise<void>
  /** Milliseconds without a sign of life after which the connection is given up; default 25 s. */
  readonly silence?: number
  readonly pause?: (milliseconds: number) => Promise<unknown>
}

export interface Following {
  readonly stop: () => void
  /** Ends when it was stopped. */
  readonly ended: Promise<void>
}

const firstPause = 250
const longestPause = 10_000

/**
 * Follows a broker's stream of events (`GET /v1/stream`) until it is stopped: connects again when it is cut, from the
 * event it saw last, with longer and longer pauses while it is not reached.
 */
export function follow(options: FollowOptions): Following {
  const { silence = 25_000, pause = wait } = options
  let last: string | undefined
  let stopped = false
  let current: OpenedStream | undefined
  const rest = new AbortController()

  async function connection(): Promise<boolean> {
    let token: string
    try {
      token = await options.token()
    } catch (error) {
      await options.onRefused?.(error)
      return false
    }
    const stream = await options.open({
      url: `${options.broker}/v1/stream`,
      headers: {
        Accept: 'text/event-stream',
        Authorization: `Bearer ${token}`,
        'User-Agent': 'mayfly',
        ...(last === undefined ? {} : { 'Last-Event-ID': last }),
        ...(options.agent === undefined ? {} : { 'X-Mayfly-Agent': options.agent }),
      },
    })
    current = stream
    if (stopped || stream.status !== 200) {
      stream.close()
      if (!stopped) await options.onRefused?.(stream.status)
      return false
    }
    const watchdog = setTimeout(() => stream.close(), silence)
    const heard = (): void => {
      watchdog.refresh()
      options.onHeard?.()
    }
    try {
      heard()
      await options.onOpen?.()
      for await (const event of readEvents(noting(stream.chunks, heard))) {
        await options.onEvent(event)
        last = event.id ?? last
      }
    } finally {
      clearTimeout(watchdog)
      stream.close()
    }
    return true
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopped; ) {
      let worked = false
      const before = last
      try {
        worked = await connection()
      } catch {
        // Cut, or not reached: the next attempt will tell.
      }
      failures = worked || last !== before ? 0 : failures + 1
      if (stopped) return
      const longest = Math.min(longestPause, firstPause * 2 ** Math.min(failures, 10))
      await Promise.race([pause(longest * (0.5 + Math.random() / 2)), aborted(rest.signal)])
    }
  }
  return {
    ended: run(),
    stop: () => {
      stopped = true
      current?.close()
      rest.abort()
    },
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

async function* noting(chunks: AsyncIterable<Uint8Array>, heard: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    heard()
    yield chunk
  }
}
