import { batch, inFrame } from './batch.ts'
import type { LedgerRow } from './types.ts'

/** How often the page follows the stream at most: milliseconds. Ten times a second is as live as an eye can tell. */
const pause = 100

export interface StreamHandlers {
  /** Rows in their order, a batch in an animation frame. */
  readonly rows: (rows: readonly LedgerRow[]) => void
  /** Whether what is shown is live. */
  readonly live: (live: boolean) => void
  /** The broker ended the stream and does not take it up again: the login is over. */
  readonly over: () => void
}

/** Follows the ledger. The browser takes up where it was when the connection breaks (Last-Event-ID). Gives what ends it. */
export function followStream(handlers: StreamHandlers): () => void {
  let source: EventSource | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let ended = false
  let last = ''
  const take = batch<LedgerRow>(inFrame(pause), (rows) => {
    if (!ended) handlers.rows(rows)
  })
  const connect = (): void => {
    // A browser that gave up forgets where it was.
    source = new EventSource(last === '' ? '/v1/stream' : `/v1/stream?after=${encodeURIComponent(last)}`)
    // Said once the broker knows from which row on it tells.
    source.addEventListener('hello', (event) => {
      last = event.lastEventId
      handlers.live(true)
    })
    // The browser connects anew by itself and goes on there.
    source.addEventListener('more', (event) => {
      last = event.lastEventId
    })
    source.addEventListener('end', () => handlers.over())
    source.addEventListener('row', (event) => {
      last = event.lastEventId
      take(JSON.parse(event.data) as LedgerRow)
    })
    source.addEventListener('error', () => {
      handlers.live(false)
      if (source?.readyState !== EventSource.CLOSED) return
      handlers.over()
      retry = setTimeout(connect, 5000)
    })
  }
  connect()
  return () => {
    ended = true
    clearTimeout(retry)
    source?.close()
  }
}
