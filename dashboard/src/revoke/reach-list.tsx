import { Alert, Code, Text } from '@mantine/core'
import { IconCircleCheck, IconClockExclamation, IconHelpCircle, IconInfoCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { Reach, Revocation } from '../api/types.ts'
import { useNow } from '../app/use-now.ts'
import { count, inOrder, reachWords, stops, type Verdict, verdictOf } from './words.ts'

const colors: Readonly<Record<Verdict['tone'], string>> = { good: 'teal', warn: 'yellow', bad: 'red' }

/** What a revocation reached, or would, place by place. */
export function ReachList({ revocation }: { revocation: Revocation }): ReactNode {
  const now = useNow()
  const verdict = verdictOf(revocation)
  return (
    <div>
      <Alert
        variant="light"
        color={colors[verdict.tone]}
        icon={<IconInfoCircle aria-hidden />}
        role="status"
        data-testid="verdict"
      >
        {verdict.text}
      </Alert>
      <ol
        className="reach"
        aria-label={revocation.dryRun ? 'What would stop where' : 'What stopped where'}
        // A long list scrolls by itself, by keyboard, too.
        {...(revocation.reach.length > 5 ? { tabIndex: 0 } : {})}
      >
        {inOrder(revocation.reach).map((reach, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: places have no ids, and their list does not change
          <ReachItem key={index} reach={reach} dryRun={revocation.dryRun} now={now} />
        ))}
      </ol>
    </div>
  )
}

function ReachItem({ reach, dryRun, now }: { reach: Reach; dryRun: boolean; now: number }): ReactNode {
  const { place, what } = reachWords(reach, { dryRun, now })
  const Icon = stops(reach) ? IconCircleCheck : reach.effect === 'unknown' ? IconHelpCircle : IconClockExclamation
  return (
    <li data-effect={reach.effect}>
      <Icon size={20} aria-hidden />
      <div>
        <Text size="sm">
          <b>{place}</b> {what}
        </Text>
        <Text size="xs" c="dimmed" className="wrap">
          <Code>{reach.where}</Code> {reach.how}
          {reach.sessions.length > 0 && ` (${count(reach.sessions.length)})`}
        </Text>
      </div>
    </li>
  )
}
