import { IconBan, IconRobot, IconUser, IconUserQuestion } from '@tabler/icons-react'
import { memo, type ReactNode } from 'react'
import { hrefOf } from '../app/router.ts'
import { Ago, EndsIn } from '../app/time-text.tsx'
import { useNow } from '../app/use-now.ts'
import { isLive, isLoose, roleText, type SessionRow, standingOf } from './session-row.ts'
import { StateBadge } from './state-badge.tsx'

interface Props {
  readonly row: SessionRow
  readonly index: number
  readonly start: number
  readonly size: number
  readonly chosen: boolean
  readonly mayRevoke: boolean
  readonly onChoose: (id: string) => void
  readonly onOpen: (row: SessionRow) => void
  readonly onRevoke: (row: SessionRow) => void
}

const kinds = { person: IconUser, workload: IconRobot, unknown: IconUserQuestion }

export const SessionTableRow = memo(
  function SessionTableRow({ row, index, start, size, chosen, mayRevoke, ...on }: Props): ReactNode {
    const { session } = row
    const now = useNow(5000)
    const Kind = kinds[session.principalKind]
    const live = isLive(row, now)
    const loose = isLoose(row, now)
    const name = session.principalName || session.sessionName || session.id
    return (
      <tr
        role="row"
        id={`row-${row.id}`}
        className="table-row"
        aria-rowindex={index + 2}
        aria-selected={chosen}
        data-over={!live && !loose}
        style={{ transform: `translateY(${start}px)`, height: size }}
        onClick={() => on.onChoose(row.id)}
        onDoubleClick={() => on.onOpen(row)}
      >
        <td role="gridcell" className="c-who">
          <Kind size={16} aria-label={session.principalKind} />
          <a href={hrefOf('sessions', row.id)} title={session.principalId} tabIndex={-1}>
            {name}
          </a>
        </td>
        <td role="gridcell" className="c-role" title={session.roleArn}>
          {roleText(session)}
        </td>
        <td role="gridcell" className="c-account">
          {session.accountId}
        </td>
        <td role="gridcell" className="c-since">
          <Ago at={session.issuedAt ?? session.askedAt} />
        </td>
        <td role="gridcell" className="c-ends">
          {session.expiresAt && (live || loose) ? <EndsIn at={session.expiresAt} /> : <span className="faint">–</span>}
        </td>
        <td role="gridcell" className="c-used">
          {session.use ? <Ago at={session.use.lastAt} /> : <span className="faint">not seen</span>}
        </td>
        <td role="gridcell" className="c-from">
          {session.use?.lastFrom ?? session.sourceIp ?? <span className="faint">–</span>}
        </td>
        <td role="gridcell" className="c-state">
          <StateBadge
            standing={standingOf(row, now)}
            foreign={session.origin === 'cloudtrail'}
            runsOn={loose ? row.runsOn : undefined}
          />
        </td>
        <td role="gridcell" className="c-act">
          {mayRevoke && (live || loose) && (
            <button
              type="button"
              className="row-act"
              tabIndex={-1}
              aria-label={`Revoke ${name} as ${roleText(session)}`}
              onClick={() => on.onRevoke(row)}
            >
              <IconBan size={17} />
            </button>
          )}
        </td>
      </tr>
    )
  },
  // What it does changes with every batch, what it shows seldom.
  (a, b) =>
    a.row === b.row &&
    a.index === b.index &&
    a.start === b.start &&
    a.size === b.size &&
    a.chosen === b.chosen &&
    a.mayRevoke === b.mayRevoke,
)
