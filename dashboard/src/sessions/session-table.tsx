import { Button, Code, Kbd, Loader, Text } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconFilterOff, IconHourglassEmpty } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react'
import { Empty } from '../app/empty.tsx'
import type { Order } from './order.ts'
import type { SessionRow } from './session-row.ts'
import { SessionTableRow } from './session-table-row.tsx'

interface Props {
  readonly grid: RefObject<HTMLTableElement | null>
  readonly rows: readonly SessionRow[]
  /** Where the chosen one stands; -1: none is. */
  readonly chosen: number
  /** How many have arrived that are not among the rows. */
  readonly waiting: number
  readonly narrow: boolean
  readonly loaded: boolean
  readonly onChoose: (id: string) => void
  readonly onOpen: (row: SessionRow) => void
  readonly onRevoke: (row: SessionRow) => void
  readonly mayRevoke: (row: SessionRow) => boolean
  /** Whether somebody reads further down. */
  readonly onReading: (reading: boolean) => void
  readonly onShowWaiting: () => void
  readonly order: Order
  readonly onOrder: (by: Order['by']) => void
  /** Shows all that are live again; absent: that is what is shown. */
  readonly onClear?: () => void
  readonly onOlder?: () => Promise<boolean>
}

interface Column {
  /** Its class. */
  readonly key: string
  readonly title: string
  readonly by?: Order['by']
}

const columns: readonly Column[] = [
  { key: 'who', title: 'Who', by: 'who' },
  { key: 'role', title: 'Role', by: 'role' },
  { key: 'account', title: 'Account' },
  { key: 'since', title: 'Since', by: 'since' },
  { key: 'ends', title: 'Ends', by: 'ends' },
  { key: 'used', title: 'Last used', by: 'used' },
  { key: 'from', title: 'From' },
  { key: 'state', title: 'State' },
  { key: 'act', title: 'Actions' },
]

/** The list, of which only what is in sight is in the page. */
export function SessionTable(props: Props): ReactNode {
  const { grid, rows, chosen, waiting, narrow, loaded, onReading } = props
  const scroller = useRef<HTMLDivElement>(null)
  const height = narrow ? 84 : 40
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 8,
    // React may draw what scrolls in a moment later, rather than hold up the scrolling.
    useFlushSync: false,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height are measured anew
  useEffect(() => virtualizer.measure(), [virtualizer, height])
  useEffect(() => {
    if (chosen >= 0) virtualizer.scrollToIndex(chosen, { align: 'auto' })
  }, [virtualizer, chosen])
  const chosenRow = rows[chosen]
  return (
    <div className="table-frame">
      {waiting > 0 && (
        <Button
          className="table-waiting"
          size="compact-sm"
          radius="xl"
          onClick={() => {
            props.onShowWaiting()
            scroller.current?.scrollTo({ top: 0 })
          }}
        >
          {waiting} new
        </Button>
      )}
      <div
        className="table-scroll"
        ref={scroller}
        onScroll={(event) => {
          if (event.currentTarget.scrollTop > height) onReading(true)
          else if (chosen < 0) onReading(false)
        }}
      >
        <table
          ref={grid}
          className="table"
          data-keys="list"
          data-narrow={narrow}
          // A laid-out table is none to a browser any more: its roles are said.
          role="grid"
          aria-label="Sessions"
          aria-rowcount={rows.length + 1}
          aria-activedescendant={chosenRow && `row-${chosenRow.id}`}
          tabIndex={0}
        >
          <thead role="rowgroup">
            <tr role="row" aria-rowindex={1} className="table-row table-head">
              {columns.map((column) => (
                <ColumnHead key={column.key} column={column} order={props.order} onOrder={props.onOrder} />
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map(({ index, start, size }) => {
              const row = rows[index]
              return (
                row && (
                  <SessionTableRow
                    key={row.id}
                    row={row}
                    index={index}
                    start={start}
                    size={size}
                    chosen={index === chosen}
                    onChoose={props.onChoose}
                    onOpen={props.onOpen}
                    onRevoke={props.onRevoke}
                    mayRevoke={props.mayRevoke(row)}
                  />
                )
              )
            })}
          </tbody>
        </table>
        {rows.length === 0 && <Nothing loaded={loaded} onClear={props.onClear} />}
      </div>
      <footer className="table-foot">
        <Text size="xs" c="dimmed" aria-live="off">
          {rows.length.toLocaleString('en')} shown
        </Text>
        {props.onOlder && <Older load={props.onOlder} />}
        <Text size="xs" c="dimmed" className="wide-only" ml="auto">
          <Kbd size="xs">j</Kbd> <Kbd size="xs">k</Kbd> walk · <Kbd size="xs">Enter</Kbd> open · <Kbd size="xs">r</Kbd>{' '}
          revoke · <Kbd size="xs">/</Kbd> search
        </Text>
      </footer>
    </div>
  )
}

/** A column's name; most can be sorted by. */
function ColumnHead({ column: { key, title, by }, order, onOrder }: HeadProps): ReactNode {
  const sorted = by !== undefined && order.by === by
  const Arrow = order.down ? IconArrowDown : IconArrowUp
  return (
    <th
      role="columnheader"
      scope="col"
      className={`c-${key}`}
      aria-sort={sorted ? (order.down ? 'descending' : 'ascending') : undefined}
    >
      {by === undefined ? (
        <span className={key === 'act' ? 'unseen' : undefined}>{title}</span>
      ) : (
        <button type="button" onClick={() => onOrder(by)}>
          {title}
          {sorted && <Arrow size={13} aria-hidden />}
        </button>
      )}
    </th>
  )
}

interface HeadProps extends Pick<Props, 'order' | 'onOrder'> {
  readonly column: Column
}

function Nothing({ loaded, onClear }: { loaded: boolean; onClear: (() => void) | undefined }): ReactNode {
  if (!loaded)
    return (
      <div className="table-loading">
        <Loader size="sm" aria-label="Loading sessions" />
      </div>
    )
  if (onClear)
    return (
      <Empty icon={<IconFilterOff aria-hidden />} title="No session is like this">
        Those that are over are in the state All.
        <Button display="block" mx="auto" mt="sm" size="xs" variant="default" onClick={onClear}>
          Clear the filters
        </Button>
      </Empty>
    )
  return (
    <Empty icon={<IconHourglassEmpty aria-hidden />} title="No session is live">
      Sessions appear here the moment they are issued, as by <Code>mayfly exec PROFILE -- COMMAND</Code>. Those that are
      over are in the state All.
    </Empty>
  )
}

function Older({ load }: { load: () => Promise<boolean> }): ReactNode {
  const [state, setState] = useState<'ready' | 'loading' | 'none'>('ready')
  if (state === 'none')
    return (
      <Text size="xs" c="dimmed">
        That is all there are.
      </Text>
    )
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={state === 'loading'}
      onClick={() => {
        setState('loading')
        load().then(
          (more) => setState(more ? 'ready' : 'none'),
          () => setState('ready'),
        )
      }}
    >
      Load older ones
    </Button>
  )
}
