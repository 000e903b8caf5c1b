import type { OpenAPIHono } from '@hono/zod-openapi'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { LedgerRow } from '../../model/ledger-event.ts'
import type { CallerEnv } from '../logins/index.ts'
import type { ApiParts } from './api-parts.ts'
import { told } from './instants.ts'
import { visibility } from './visible.ts'

/** Milliseconds between two signs of life. */
const heartbeat = 10_000
/** Rows that wait for a slow reader before it is cut off, to begin again where it was. */
const mostWaiting = 5000

/**
 * `GET /v1/stream`: server-sent events. `row` is a row of the ledger that the caller may see, with its number as id;
 * `revoked` names sessions whose copies are to be dropped. `Last-Event-ID` begins behind that row. It ends when the
 * login ends or is revoked.
 */
export function streamRoute(app: OpenAPIHono<CallerEnv>, parts: ApiParts): void {
  app.get('/v1/stream', (c) => {
    const { principal } = c.var
    const { ledger, hub, config, now } = parts
    const agent = c.req.header('x-mayfly-agent')?.slice(0, 200)
    const last = Number(c.req.header('last-event-id') ?? c.req.query('after') ?? Number.NaN)
    c.header('Cache-Control', 'no-store')
    c.header('X-Accel-Buffering', 'no')
    return streamSSE(c, async (stream) => {
      const own = await ledger.sessions({ principalId: principal.id, liveAt: now().getTime(), limit: 1000 })
      const isVisible = visibility(
        principal,
        config,
        own.items.map(({ id }) => id),
      )
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
      let sent = Number.isFinite(last) ? last : (await ledger.head()).seq
      try {
        await stream.writeSSE({ event: 'hello', id: String(sent), data: JSON.stringify({ seq: sent }) })
        if (Number.isFinite(last))
          for await (const row of ledger.events({ after: last })) {
            if (over) break
            await send(stream, row, isVisible)
            sent = row.seq
          }
        const ends = principal.expiresAt.getTime()
        for (;;) {
          const rows = waiting.splice(0)
          for (const row of rows)
            if (row.seq > sent) {
              sent = row.seq
              await send(stream, row, isVisible)
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

async function send(
  stream: SSEStreamingApi,
  row: LedgerRow,
  isVisible: (event: LedgerRow['event']) => boolean,
): Promise<void> {
  const { seq, event } = row
  if (!isVisible(event)) return
  if (event.kind === 'revoked') {
    const { revocationId, sessions, target, at } = event
    const data = { revocationId, sessions, target, at: new Date(at).toISOString() }
    await stream.writeSSE({ event: 'revoked', data: JSON.stringify(told(data)) })
  }
  await stream.writeSSE({ event: 'row', id: String(seq), data: JSON.stringify({ seq, event: told(event) }) })
}
