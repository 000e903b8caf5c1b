import { Text, Timeline } from '@mantine/core'
import {
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconCloud,
  IconCloudQuestion,
  IconEye,
  IconHelpCircle,
  IconSend,
  IconThumbUp,
  IconX,
} from '@tabler/icons-react'
import { type ComponentType, type ReactNode, useMemo } from 'react'
import type { LedgerRow } from '../api/types.ts'
import { Clock } from '../app/time-text.tsx'
import { type Entry, timelineOf } from './timeline.ts'

const icons: Partial<Record<Entry['kind'], ComponentType<{ size: number }>>> = {
  asked: IconHelpCircle,
  voted: IconThumbUp,
  intent: IconSend,
  issued: IconCheck,
  failed: IconX,
  denied: IconX,
  found: IconCloudQuestion,
  used: IconCloud,
  revoked: IconBan,
  reached: IconBan,
  alert: IconAlertTriangle,
  reviewed: IconEye,
  'alert-closed': IconEye,
}

const colors: Readonly<Record<Entry['tone'], string>> = { plain: 'gray', good: 'teal', warn: 'yellow', bad: 'red' }

export function TimelineView({ rows }: { rows: readonly LedgerRow[] }): ReactNode {
  const entries = useMemo(() => timelineOf(rows, Date.now()), [rows])
  if (entries.length === 0)
    return (
      <Text size="sm" c="dimmed">
        The ledger tells nothing of it.
      </Text>
    )
  return (
    <Timeline active={entries.length} bulletSize={26} lineWidth={2}>
      {entries.map((entry) => {
        const Icon = icons[entry.kind] ?? IconCheck
        return (
          <Timeline.Item
            key={entry.seq}
            color={colors[entry.tone]}
            bullet={<Icon size={15} aria-hidden />}
            title={<span className="entry-title">{entry.title}</span>}
          >
            {entry.details.map((detail) => (
              <Text key={detail} size="sm" c="dimmed" className="wrap">
                {detail}
              </Text>
            ))}
            <Text size="xs" c="dimmed">
              <Clock at={entry.at} /> · row {entry.seq}
            </Text>
          </Timeline.Item>
        )
      })}
    </Timeline>
  )
}
