import { Alert, Code, Loader, Paper, Stack, Text, Title } from '@mantine/core'
import { IconShieldCheck, IconShieldQuestion } from '@tabler/icons-react'
import { type ReactNode, useEffect, useRef } from 'react'
import type { LedgerHealth } from '../api/types.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useStanding } from '../app/broker.tsx'
import { Copyable } from '../app/copyable.tsx'
import { ProblemNote } from '../app/problem-note.tsx'
import { Ago, Clock } from '../app/time-text.tsx'
import { BrokenWays } from './broken-ways.tsx'

/** How the ledger stands: how long it is, its last hash, and when its chain was last verified. */
export function LedgerPage(): ReactNode {
  const { value, problem, again } = useAnswer<LedgerHealth>('/v1/ledger')
  const { live } = useStanding()
  const latest = useRef(again)
  latest.current = again
  useEffect(() => {
    const timer = setInterval(() => latest.current(), 5000)
    return () => clearInterval(timer)
  }, [])
  return (
    <Stack className="narrow-page">
      <Title order={1} size="h3">
        Ledger
      </Title>
      <BrokenWays />
      <ProblemNote problem={problem} again={again} />
      {!value && !problem && <Loader size="sm" aria-label="Loading" />}
      {value && (
        <>
          <Paper withBorder p="md">
            <dl className="facts">
              <div>
                <dt>Rows</dt>
                <dd>{value.seq.toLocaleString('en')}</dd>
              </div>
              <div>
                <dt>Database</dt>
                <dd>{value.database}</dd>
              </div>
              <div>
                <dt>Stream</dt>
                <dd>{live ? 'Live' : 'Reconnecting'}</dd>
              </div>
              <div className="facts-whole">
                <dt>Head</dt>
                <dd className="mono">
                  <Copyable text={`${value.seq}:${value.hash}`} />
                </dd>
              </div>
            </dl>
          </Paper>
          {value.verifiedAt ? (
            <Alert color="teal" variant="light" icon={<IconShieldCheck aria-hidden />} title="The chain holds">
              Every row follows from the one before, as of <Clock at={value.verifiedAt} /> (
              <Ago at={value.verifiedAt} />
              ).
            </Alert>
          ) : (
            <Alert color="yellow" variant="light" icon={<IconShieldQuestion aria-hidden />} title="Not verified yet">
              This broker has not verified the chain since it started.
            </Alert>
          )}
          <Text size="sm" c="dimmed">
            Verify it yourself, on any machine: <Code>mayfly ledger verify LEDGER --head HEAD</Code>. With a head that
            was kept elsewhere from time to time, a ledger that was cut off or rewritten as a whole shows, too.
          </Text>
        </>
      )}
    </Stack>
  )
}
