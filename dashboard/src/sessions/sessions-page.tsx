import { Button, Group, Text, Title, Tooltip } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconBan } from '@tabler/icons-react'
import {
  type Dispatch,
  type ReactNode,
  type SetStateAction,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { useBroker, useSessionRows, useStanding } from '../app/broker.tsx'
import { useRevoke } from '../app/revoke-context.ts'
import { go, hrefOf } from '../app/router.ts'
import { useNow } from '../app/use-now.ts'
import { type Choices, choicesOf, everythingLive, filterRows, type SessionFilter } from './filter.ts'
import { type ListView, queryOf, viewOf } from './list-query.ts'
import { newestFirst, type Order, sortRows, turned } from './order.ts'
import { SessionFilters } from './session-filters.tsx'
import { isLive, isLoose, type SessionRow } from './session-row.ts'
import { SessionTable } from './session-table.tsx'
import { startOf } from './start-of.ts'
import { useKeys } from './use-keys.ts'

/** Every session, live: found by filter and search, walked by keyboard, opened and revoked. */
export function SessionsPage({ active, query }: { active: boolean; query: string }): ReactNode {
  const { may, me, loadOlder } = useBroker()
  const { loaded } = useStanding()
  const revoke = useRevoke()
  const rows = useSessionRows()
  const now = useNow()
  const narrow = useMediaQuery('(max-width: 760px)', false, { getInitialValueInEffect: false })
  const [view, setView] = useListView(active, query)
  const { filter, order } = view
  const [chosen, setChosen] = useState<string>()
  // Who has scrolled down, or walks by keyboard, reads: what arrives meanwhile waits until they ask for it.
  const [held, setHeld] = useState<number>()
  const search = useRef<HTMLInputElement>(null)
  const grid = useRef<HTMLTableElement>(null)
  const asked = useDeferredValue(filter)
  const found = useMemo(() => filterRows(rows, asked, now), [rows, asked, now])
  const shown = useMemo(
    () => sortRows(held === undefined ? found : found.filter(({ arrival }) => arrival <= held), order),
    [found, held, order],
  )
  const waiting = found.length - shown.length
  const live = useMemo(() => rows.filter((row) => isLive(row, now)).length, [rows, now])
  const loose = useMemo(() => rows.filter((row) => isLoose(row, now)).length, [rows, now])
  const choices = useChoices(rows)
  const place = shown.findIndex(({ id }) => id === chosen)
  const chosenRow = shown[place]
  const hold = (wanted: boolean): void => setHeld((before) => (wanted ? (before ?? newest(rows)) : undefined))
  const mayRevoke = (row: SessionRow): boolean => may('admin') || row.session.principalId === me.principal.id

  const refilter = useCallback(
    (next: SessionFilter) => {
      setView((before) => ({ ...before, filter: next }))
      setHeld(undefined)
    },
    [setView],
  )
  const reorder = useCallback(
    (by: Order['by']) => setView((before) => ({ ...before, order: turned(before.order, by) })),
    [setView],
  )
  const toGrid = useCallback(() => grid.current?.focus(), [])

  useKeys(active, {
    move: (by) => {
      const next = shown[Math.min(shown.length - 1, Math.max(0, place + by))]
      if (!next) return
      hold(true)
      setChosen(next.id)
      grid.current?.focus({ preventScroll: true })
    },
    search: () => search.current?.focus(),
    open: () => chosenRow && go('sessions', chosenRow.id),
    revoke: () =>
      chosenRow &&
      (isLive(chosenRow, Date.now()) || isLoose(chosenRow, Date.now())) &&
      mayRevoke(chosenRow) &&
      revoke(startOf(chosenRow.session)),
    leave: () => {
      setChosen(undefined)
      hold(false)
    },
  })

  return (
    <section className="sessions" aria-labelledby="sessions-title">
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Title order={1} size="h3" id="sessions-title">
          Sessions{' '}
          <Text span c="dimmed" size="sm" fw={400} data-testid="live-count">
            {loaded ? `${live.toLocaleString('en')} live` : `loading, ${live.toLocaleString('en')} so far`}
            {loose > 0 && `, ${loose.toLocaleString('en')} revoked but running`}
          </Text>
        </Title>
        {may('admin') && (
          <Tooltip label="End the sessions of a person, of a role, or all of them">
            <Button
              variant="light"
              color="red"
              size="xs"
              leftSection={<IconBan size={16} aria-hidden />}
              onClick={() => revoke({ target: { kind: 'everything' } })}
            >
              Revoke…
            </Button>
          </Tooltip>
        )}
      </Group>
      <SessionFilters filter={filter} choices={choices} search={search} onChange={refilter} onLeave={toGrid} />
      <Arrivals rows={rows} loaded={loaded} />
      <SessionTable
        grid={grid}
        rows={shown}
        chosen={place}
        waiting={waiting}
        narrow={narrow}
        loaded={loaded}
        order={order}
        onOrder={reorder}
        onChoose={setChosen}
        onOpen={(row) => go('sessions', row.id)}
        onRevoke={(row) => revoke(startOf(row.session))}
        mayRevoke={mayRevoke}
        onReading={hold}
        onShowWaiting={() => {
          setChosen(undefined)
          hold(false)
        }}
        {...(queryOf({ filter, order: newestFirst }) === '' ? {} : { onClear: () => refilter(everythingLive) })}
        {...(filter.state === 'live' ? {} : { onOlder: loadOlder })}
      />
    </section>
  )
}

/** What the list shows: it begins as the address says, follows it, and is written into it, to be kept and sent. */
function useListView(active: boolean, query: string): readonly [ListView, Dispatch<SetStateAction<ListView>>] {
  const [view, setView] = useState(() => viewOf(query))
  const written = useRef(query)
  useEffect(() => {
    // Who comes back to the list, or clicks on its name, finds it as it was.
    if (!active || query === '' || query === written.current) return
    written.current = query
    setView(viewOf(query))
  }, [active, query])
  useEffect(() => {
    if (!active) return
    written.current = queryOf(view)
    history.replaceState(history.state, '', hrefOf('sessions', '', written.current))
  }, [active, view])
  return [view, setView]
}

const newest = (rows: readonly SessionRow[]): number => rows.reduce((most, { arrival }) => Math.max(most, arrival), 0)

/** What can be chosen from, not more often than every three seconds: with ten thousand sessions it takes a while. */
function useChoices(rows: readonly SessionRow[]): Choices {
  const latest = useRef(rows)
  latest.current = rows
  const [choices, setChoices] = useState(() => choicesOf(rows))
  const empty = rows.length === 0
  useEffect(() => {
    const look = (): void =>
      setChoices((before) => {
        const next = choicesOf(latest.current)
        return JSON.stringify(next) === JSON.stringify(before) ? before : next
      })
    if (!empty) look()
    const timer = setInterval(look, 3000)
    return () => clearInterval(timer)
  }, [empty])
  return choices
}

/** Tells a screen reader of what has arrived, every five seconds at most. */
function Arrivals({ rows, loaded }: { rows: readonly SessionRow[]; loaded: boolean }): ReactNode {
  const latest = useRef(rows)
  latest.current = rows
  const [text, setText] = useState('')
  useEffect(() => {
    if (!loaded) return
    let known = newest(latest.current)
    const timer = setInterval(() => {
      const now = newest(latest.current)
      const first = latest.current.find(({ arrival }) => arrival > known)
      if (now - known === 1 && first)
        setText(`New session: ${first.session.principalName} as ${first.session.role || first.session.operation}`)
      else if (now > known) setText(`${now - known} new sessions`)
      known = now
    }, 5000)
    return () => clearInterval(timer)
  }, [loaded])
  return (
    <div className="unseen" aria-live="polite">
      {text}
    </div>
  )
}
