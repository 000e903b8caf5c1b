import { Button, Group, Text, Title, Tooltip } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconBan } from '@tabler/icons-react'
import { type ReactNode, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { useBroker, useSessionRows, useStanding } from '../app/broker.tsx'
import { useRevoke } from '../app/revoke-context.ts'
import { go } from '../app/router.ts'
import { useNow } from '../app/use-now.ts'
import { type Choices, choicesOf, everythingLive, filterRows, type SessionFilter } from './filter.ts'
import { SessionFilters } from './session-filters.tsx'
import { isLive, isLoose, type SessionRow } from './session-row.ts'
import { SessionTable } from './session-table.tsx'
import { startOf } from './start-of.ts'
import { useKeys } from './use-keys.ts'

/** Every session, live: found by filter and search, walked by keyboard, opened and revoked. */
export function SessionsPage({ active }: { active: boolean }): ReactNode {
  const { may, me, loadOlder } = useBroker()
  const { loaded } = useStanding()
  const revoke = useRevoke()
  const rows = useSessionRows()
  const now = useNow()
  const narrow = useMediaQuery('(max-width: 760px)', false, { getInitialValueInEffect: false })
  const [filter, setFilter] = useState(everythingLive)
  const [chosen, setChosen] = useState<string>()
  // Who has scrolled down, or walks by keyboard, reads: what arrives meanwhile waits until they ask for it.
  const [held, setHeld] = useState<number>()
  const search = useRef<HTMLInputElement>(null)
  const grid = useRef<HTMLTableElement>(null)
  const asked = useDeferredValue(filter)
  const found = useMemo(() => filterRows(rows, asked, now), [rows, asked, now])
  const shown = useMemo(
    () => (held === undefined ? found : found.filter(({ arrival }) => arrival <= held)),
    [found, held],
  )
  const waiting = found.length - shown.length
  const live = useMemo(() => rows.filter((row) => isLive(row, now)).length, [rows, now])
  const loose = useMemo(() => rows.filter((row) => isLoose(row, now)).length, [rows, now])
  const choices = useChoices(rows)
  const place = shown.findIndex(({ id }) => id === chosen)
  const chosenRow = shown[place]
  const hold = (wanted: boolean): void => setHeld((before) => (wanted ? (before ?? newest(rows)) : undefined))
  const mayRevoke = (row: SessionRow): boolean => may('admin') || row.session.principalId === me.principal.id

  const refilter = useCallback((next: SessionFilter) => {
    setFilter(next)
    setHeld(undefined)
  }, [])
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
      chosenRow && isLive(chosenRow, Date.now()) && mayRevoke(chosenRow) && revoke(startOf(chosenRow.session)),
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
        onChoose={setChosen}
        onOpen={(row) => go('sessions', row.id)}
        onRevoke={(row) => revoke(startOf(row.session))}
        mayRevoke={mayRevoke}
        onReading={hold}
        onShowWaiting={() => {
          setChosen(undefined)
          hold(false)
        }}
        {...(filter.state === 'live' ? {} : { onOlder: loadOlder })}
      />
    </section>
  )
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
