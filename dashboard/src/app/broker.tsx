import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import { call, type Problem, problemOf } from '../api/call.ts'
import { followStream } from '../api/stream.ts'
import type { Access, LedgerEvent, LedgerRow, Me, Revocation, Session } from '../api/types.ts'
import { type SessionList, sessionList } from '../sessions/session-list.ts'
import type { SessionRow } from '../sessions/session-row.ts'

/** What every part of the page stands on once somebody is signed in. */
interface Broker {
  readonly me: Me
  readonly may: (access: Access) => boolean
  readonly list: SessionList
  readonly onChange: (listener: () => void) => () => void
  readonly onRows: (listener: (rows: readonly LedgerRow[]) => void) => () => void
  /** Loads older sessions, those that are over among them; false: there are no more. */
  readonly loadOlder: () => Promise<boolean>
}

interface Standing {
  /** Whether the stream runs. */
  readonly live: boolean
  /** Whether the sessions that are live have all been loaded. */
  readonly loaded: boolean
  readonly problem: Problem | undefined
}

const BrokerContext = createContext<Broker | undefined>(undefined)
const StandingContext = createContext<Standing>({ live: false, loaded: false, problem: undefined })

/** What a page that is not looked at for days keeps of sessions that are over: milliseconds. */
const remembers = 3_600_000

interface SessionPage {
  readonly items: readonly Session[]
  readonly cursor?: string
}

/** Loads what is live, follows the ledger, and gives both to the pages below. */
export function BrokerProvider({
  me,
  onOver,
  children,
}: {
  me: Me
  onOver: () => void
  children: ReactNode
}): ReactNode {
  const [standing, setStanding] = useState<Standing>({ live: false, loaded: false, problem: undefined })
  const over = useRef(onOver)
  over.current = onOver
  const broker = useMemo(() => openBroker(me), [me])
  useEffect(() => {
    const close = broker.start({
      standing: (change) => setStanding((before) => ({ ...before, ...change })),
      over: () => over.current(),
    })
    return close
  }, [broker])
  return (
    <BrokerContext value={broker}>
      <StandingContext value={standing}>{children}</StandingContext>
    </BrokerContext>
  )
}

export function useBroker(): Broker {
  const broker = useContext(BrokerContext)
  if (!broker) throw new Error('nobody is signed in')
  return broker
}

export const useStanding = (): Standing => useContext(StandingContext)

/** All sessions the page knows, newest first, at most ten times a second anew. */
export function useSessionRows(): readonly SessionRow[] {
  const { list, onChange } = useBroker()
  return useSyncExternalStore(onChange, list.rows)
}

/** Runs when the ledger has a row of one of these kinds. */
export function useRowsOf(kinds: readonly LedgerEvent['kind'][], then: (rows: readonly LedgerRow[]) => void): void {
  const { onRows } = useBroker()
  const latest = useRef(then)
  latest.current = then
  const wanted = kinds.join()
  useEffect(
    () =>
      onRows((rows) => {
        const ours = rows.filter(({ event }) => wanted.split(',').includes(event.kind))
        if (ours.length > 0) latest.current(ours)
      }),
    [onRows, wanted],
  )
}

interface Running {
  readonly standing: (change: Partial<Standing>) => void
  readonly over: () => void
}

function openBroker(me: Me): Broker & { readonly start: (running: Running) => () => void } {
  const list = sessionList()
  const changed = new Set<() => void>()
  const followers = new Set<(rows: readonly LedgerRow[]) => void>()
  let older: string | undefined | null
  const tell = (): void => {
    for (const listener of changed) listener()
  }
  return {
    me,
    may: (access) => me.access.includes(access),
    list,
    onChange: (listener) => {
      changed.add(listener)
      return () => changed.delete(listener)
    },
    onRows: (listener) => {
      followers.add(listener)
      return () => followers.delete(listener)
    },
    loadOlder: async () => {
      if (older === null) return false
      const page = await pageOf({ cursor: older })
      older = page.cursor ?? null
      list.load(page.items)
      tell()
      return older !== null
    },
    start: ({ standing, over }) => {
      let ended = false
      // The stream first, then the sessions, so that nothing falls between. What it tells meanwhile is folded in
      // afterwards, or it would meet sessions that are not there yet.
      let early: LedgerRow[] | undefined = []
      const take = (rows: readonly LedgerRow[]): void => {
        list.follow(rows)
        tell()
        for (const follower of followers) follower(rows)
      }
      const load = async (): Promise<void> => {
        let coming: Promise<SessionPage> | undefined = pageOf({ live: 'true' })
        while (coming) {
          const page: SessionPage = await coming
          if (ended) return
          // The broker looks for the next ones while these are drawn.
          coming = page.cursor === undefined ? undefined : pageOf({ live: 'true', cursor: page.cursor })
          coming?.catch(() => undefined)
          list.load(page.items)
          tell()
        }
        if (me.access.includes('viewer')) {
          const revocations = await call<readonly Revocation[]>('GET', '/v1/revocations')
          // Newest first, and the later word holds.
          list.reached([...revocations].reverse().flatMap(({ reach }) => reach))
        }
        const rows = early ?? []
        early = undefined
        take(rows)
        standing({ loaded: true, problem: undefined })
      }
      let begun = false
      const close = followStream({
        rows: (rows) => (early ? early.push(...rows) : take(rows)),
        live: (live) => {
          standing({ live })
          if (!live || begun) return
          begun = true
          load().catch((error: unknown) => {
            begun = false
            if (!ended) standing({ problem: problemOf(error) })
          })
        },
        over,
      })
      const tidy = setInterval(() => {
        if (older !== undefined) return
        list.forget(Date.now() - remembers)
        tell()
      }, 60_000)
      return () => {
        ended = true
        clearInterval(tidy)
        close()
      }
    },
  }
}

function pageOf(query: { readonly live?: string; readonly cursor?: string | undefined }): Promise<SessionPage> {
  const params = new URLSearchParams({ limit: '1000' })
  if (query.live) params.set('live', query.live)
  if (query.cursor) params.set('cursor', query.cursor)
  return call<SessionPage>('GET', `/v1/sessions?${params}`)
}
