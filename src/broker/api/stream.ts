import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { LedgerRow } from '../../model/ledger-event.ts'
import type { CallerEnv } from '../logins/index.ts'
import type { ApiParts } from './api-parts.ts'
import { told } from './instants.ts'
import { Problem } from './problem.ts'
import { visibility } from './visible.ts'

/** Milliseconds between two signs of life. */
const heartbeat = 10_000
const follow = createRoute({
  method: 'get',
  path: '/v1/stream',
  summary: 'What happens, as server-sent events',
  description:
    'Events: `hello` with where it begins; `row` with a row of the ledger that the caller may see, numbered by its id; ' +
    '`revoked` with sessions whose copies are to be dropped; `more`, and then it ends, to be gone on with behind the id ' +
    'that came last; `end` when the login does not count any more.',
  request: {
    headers: z.object({ 'last-event-id': z.string().optional() }),
    query: z.object({ after: z.string().optional() }),
  },
  responses: { 200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } } },
})

interface Limits {
  /** Rows that wait for a slow reader before it is cut off, to begin again where it was. */
  readonly waiting: number
  /** Rows of the past that are read on one connection. */
  readonly replayed: number
}

const usual: Limits = { waiting: 5000, replayed: 10_000 }
/** Streams of one principal: a fleet of machines may be one, each with its agent. */
const mostHeld = 500

type StreamParts = Pick<ApiParts, 'ledger' | 'hub' | 'config' | 'now'>

/**
 * `GET /v1/stream`: server-sent events. `row` is a row of the ledger that the caller may see, with its number as id;
 * `revoked` names sessions whose copies are to be dropped. `Last-Event-ID` begins behind that row. It ends when the
 * login ends or is revoked (`end`), or after `more`, whose id is where to go on: so much of the past was read, or the
 * reader was too slow. Nothing is left out that way.
 */
export function streamRoute(app: OpenAPIHono<CallerEnv>, parts: StreamParts, most: Limits = usual): void {
  app.openAPIRegistry.registerPath(follow)
  app.get(follow.path, async (c) => {
    const { principal, isStillIn } = c.var
    const { ledger, hub, config, now } = parts
    const agent = c.req.header('x-mayfly-agent')?.slice(0, 200)
    const last = Number(c.req.header('last-event-id') || c.req.query('after') || Number.NaN)
    // Before the answer begins: whoever has it can rely on hearing of all that comes after.
    const { seq: head } = await ledger.head()
    // A ledger that was restored from a backup has gone back behind what somebody has seen.
    const from = Number.isSafeInteger(last) && last >= 0 ? Math.min(last, head) : head
    if (hub.heldBy(principal.id) >= mostHeld)
      throw new Problem('rate-limited', `There are ${mostHeld} streams of yours that are open already.`)
    c.header('Cache-Control', 'no-store')
    c.header('X-Accel-Buffering', 'no')
    return streamSSE(c, async (stream) => {
      const waiting: LedgerRow[] = []
      let wake: (() => void) | undefined
      let over = false
      /** Not all of what happened is in `waiting`: nothing from behind the gap may be told here. */
      let isCut = false
      const leave = hub.join({
        principal,
        ...(agent === undefined ? {} : { agent }),
        tell: (row) => {
          if (waiting.length >= most.waiting) isCut = true
          if (!isCut) waiting.push(row)
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
        let read = 0
        for await (const row of ledger.events({ after: from, limit: most.replayed })) {
          if (over || isCut) break
          await send(stream, row, seen)
          sent = row.seq
          read += 1
        }
        isCut ||= read === most.replayed
        const ends = principal.expiresAt.getTime()
        let asked = performance.now()
        for (;;) {
          // Who signed out listens no longer, nor who was revoked by a broker that is not heard.
          if (performance.now() - asked >= heartbeat) {
            if (!(await isStillIn())) break
            asked = performance.now()
          }
          if ((waiting[0]?.seq ?? 0) > sent + 1) break
          const rows = waiting.splice(0)
          for (const row of rows)
            if (row.seq > sent) {
              sent = row.seq
              await send(stream, row, seen)
            }
          if (waiting.length > 0) continue
          if (over || isCut || now().getTime() >= ends) break
          let timer: NodeJS.Timeout | undefined
          const isQuiet = await new Promise<boolean>((resolve) => {
            wake = () => resolve(false)
            timer = setTimeout(() => resolve(true), heartbeat)
          })
          clearTimeout(timer)
          wake = undefined
          if (isQuiet) await stream.write(': still here\n\n')
        }
        if (stream.aborted) return
        if (isCut && !over)
          await stream.writeSSE({ event: 'more', id: String(sent), data: JSON.stringify({ seq: sent }) })
        else await stream.writeSSE({ event: 'end', data: '{}' })
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
