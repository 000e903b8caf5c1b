import type { OpenAPIHono } from '@hono/zod-openapi'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { LedgerRow } from '../../model/ledger-event.ts'
import type { CallerEnv } from '../logins/index.ts'
import type { ApiParts } from './api-parts.ts'
import { told } from './instants.ts'
import { Problem } from './problem.ts'
import { visibility } from './visible.ts'

/** Milliseconds between two signs of life. */
const heartbeat = 10_000
/** Rows that wait for a slow reader before it is cut off, to begin again where it was. */
const mostWaiting = 5000
/** Streams of one principal: a fleet of machines may be one, each with its agent. */
const mostHeld = 500

type StreamParts = Pick<ApiParts, 'ledger' | 'hub' | 'config' | 'now'>

/**
 * `GET /v1/stream`: server-sent events. `row` is a row of the ledger that the caller may see, with its number as id;
 * `revoked` names sessions whose copies are to be dropped. `Last-Event-ID` begins behind that row. It ends when the
 * login ends or is revoked.
 */
export function streamRoute(app: OpenAPIHono<CallerEnv>, parts: StreamParts): void {
  app.get('/v1/stream', async (c) => {
    const { principal, isStillIn } = c.var
    const { ledger, hub, config, now } = parts
    const agent = c.req.header('x-mayfly-agent')?.slice(0, 200)
    const last = Number(c.req.header('last-event-id') ?? c.req.query('after') ?? Number.NaN)
    // Before the answer begins: whoever has it can rely on hearing of all that comes after.
    const from = Number.isFinite(last) ? last : (await ledger.head()).seq
    if (hub.heldBy(principal.id) >= mostHeld)
      throw new Problem('rate-limited', `There are ${mostHeld} streams of yours that are open already.`)
    c.header('Cache-Control', 'no-store')
    c.header('X-Accel-Buffering', 'no')
    return streamSSE(c, async (stream) => {
      const waiting: LedgerRow[] = []
      let wake: (() => void) | undefined
      let over = false
      const leave = hub.join({
        principal,
        ...(agent === undefined ? {} : { agent }),
        tell: (row) => {
          if (waiting.length >= mostWaiting) over = true
          else waiting.push(row)
          wake?.()
        },
        end: () => {
          over = true
          wake?.()
        },
      })
      stream.onAbort(() => {
        over = true
        wake?.()
      })
      let sent = from
      try {
        const seen = visibility(principal, config, await liveOf(principal.id, parts))
        await stream.writeSSE({ event: 'hello', id: String(sent), data: JSON.stringify({ seq: sent }) })
        for await (const row of ledger.events({ after: from })) {
          if (over) break
          await send(stream, row, seen)
          sent = row.seq
        }
        const ends = principal.expiresAt.getTime()
        let asked = performance.now()
        for (;;) {
          // Who signed out listens no longer, nor who was revoked by a broker that is not heard.
          if (performance.now() - asked >= heartbeat) {
            if (!(await isStillIn())) break
            asked = performance.now()
          }
          const rows = waiting.splice(0)
          for (const row of rows)
            if (row.seq > sent) {
              sent = row.seq
              await send(stream, row, seen)
            }
          if (waiting.length > 0) continue
          if (over || now().getTime() >= ends) break
          let timer: NodeJS.Timeout | undefined
          const isQuiet = await new Promise<boolean>((resolve) => {
            wake = () => resolve(false)
            timer = setTimeout(() => resolve(true), heartbeat)
          })
          clearTimeout(timer)
          wake = undefined
          if (isQuiet) await stream.write(': still here\n\n')
        }
        if (!stream.aborted) await stream.writeSSE({ event: 'end', data: '{}' })
      } finally {
        leave()
      }
    })
  })
}

/** The sessions of somebody that were issued before they listened, and whose end concerns them. */
async function liveOf(principalId: string, { ledger, now }: StreamParts): Promise<readonly string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const query = { principalId, liveAt: now().getTime(), limit: 1000 }
    const page = await ledger.sessions({ ...query, ...(cursor === undefined ? {} : { cursor }) })
    for (const { id } of page.items) ids.push(id)
    cursor = page.cursor
  } while (cursor !== undefined)
  return ids
}

async function send(
  stream: SSEStreamingApi,
  row: LedgerRow,
  seen: (event: LedgerRow['event']) => LedgerRow['event'] | undefined,
): Promise<void> {
  const { seq } = row
  const event = seen(row.event)
  if (!event) return
  if (event.kind === 'revoked') {
    const { revocationId, sessions, target, at } = event
    const data = { revocationId, sessions, target, at: new Date(at).toISOString() }
    await stream.writeSSE({ event: 'revoked', data: JSON.stringify(told(data)) })
  }
  await stream.writeSSE({ event: 'row', id: String(seq), data: JSON.stringify({ seq, event: told(event) }) })
}
