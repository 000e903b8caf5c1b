import { Button, Group, Loader, Paper, Stack, Text, Title } from '@mantine/core'
import { IconArrowLeft, IconBan } from '@tabler/icons-react'
import { type ReactNode, useEffect } from 'react'
import type { LedgerRow, Session } from '../api/types.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useBroker, useRowsOf } from '../app/broker.tsx'
import { Copyable } from '../app/copyable.tsx'
import { isSomethingOnTop } from '../app/on-top.ts'
import { PolicyDetails } from '../app/policy-details.tsx'
import { ProblemNote } from '../app/problem-note.tsx'
import { useRevoke } from '../app/revoke-context.ts'
import { go, hrefOf } from '../app/router.ts'
import { Ago, Clock, EndsIn } from '../app/time-text.tsx'
import { useNow } from '../app/use-now.ts'
import { isLive, isLoose, type RunsOn, roleText, rowOf, standingOf } from '../sessions/session-row.ts'
import { startOf } from '../sessions/start-of.ts'
import { StateBadge } from '../sessions/state-badge.tsx'
import { TimelineView } from './timeline-view.tsx'

interface Detail {
  readonly session: Session
  readonly events: readonly LedgerRow[]
}

/** One session: what it is, and all that happened to it, from request to last call. */
export function SessionPage({ id }: { id: string }): ReactNode {
  const { value, problem, again } = useAnswer<Detail>(`/v1/sessions/${id}`)
  useRowsOf(['issued', 'failed', 'used', 'revoked', 'reached', 'alert', 'alert-closed', 'reviewed'], (rows) => {
    if (rows.some(({ event }) => concerns(event, id, value?.session.revocationId))) again()
  })
  useEffect(() => {
    const leave = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !isSomethingOnTop()) go('sessions')
    }
    addEventListener('keydown', leave, { capture: true })
    return () => removeEventListener('keydown', leave, { capture: true })
  }, [])
  return (
    <Stack gap="md" className="narrow-page">
      <div>
        <Button
          component="a"
          href={hrefOf('sessions')}
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<IconArrowLeft size={16} aria-hidden />}
        >
          All sessions
        </Button>
      </div>
      <ProblemNote problem={problem} again={again} />
      {!value && !problem && <Loader size="sm" aria-label="Loading the session" />}
      {value && <SessionDetail {...value} />}
    </Stack>
  )
}

function concerns(event: LedgerRow['event'], id: string, revocationId: string | undefined): boolean {
  if (event.kind === 'revoked') return event.sessions.includes(id)
  if (event.kind === 'reached') return event.revocationId === revocationId || event.reach.sessions.includes(id)
  return 'sessionId' in event && event.sessionId === id
}

function SessionDetail({ session, events }: Detail): ReactNode {
  const { may, me } = useBroker()
  const revoke = useRevoke()
  const now = useNow()
  const row = rowOf(session, 0, runsOnOf(session.id, events))
  const loose = isLoose(row, now)
  const live = isLive(row, now)
  const mayRevoke = may('admin') || session.principalId === me.principal.id
  return (
    <>
      <Group justify="space-between" align="flex-start" gap="xs">
        <div className="wrap">
          <Title order={1} size="h3">
            {session.principalName || session.sessionName}{' '}
            <Text span c="dimmed" inherit fw={400}>
              as
            </Text>{' '}
            {roleText(session)}
          </Title>
          <Group gap={6} mt={4}>
            <StateBadge
              standing={standingOf(row, now)}
              foreign={session.origin === 'cloudtrail'}
              runsOn={loose ? row.runsOn : undefined}
            />
            {(live || loose) && session.expiresAt && (
              <Text size="sm" c="dimmed">
                ends <EndsIn at={session.expiresAt} />
              </Text>
            )}
          </Group>
        </div>
        {(live || loose) && mayRevoke && (
          <Button
            color="red"
            variant="light"
            leftSection={<IconBan size={16} aria-hidden />}
            onClick={() => revoke(startOf(session))}
          >
            {loose ? 'Revoke again…' : 'Revoke…'}
          </Button>
        )}
      </Group>
      <Paper withBorder p="md">
        <Facts session={session} />
      </Paper>
      <section aria-labelledby="timeline-title">
        <Title order={2} size="h5" mb="sm" id="timeline-title">
          What happened
        </Title>
        <TimelineView rows={events} />
      </section>
    </>
  )
}

/** What the last word on it from AWS leaves open. */
function runsOnOf(id: string, events: readonly LedgerRow[]): RunsOn | undefined {
  const last = events.findLast(
    ({ event }) => event.kind === 'reached' && event.reach.place === 'aws' && event.reach.sessions.includes(id),
  )
  const effect = last?.event.kind === 'reached' ? last.event.reach.effect : undefined
  return effect === 'runs-until-expiry' ? 'certainly' : effect === 'unknown' ? 'perhaps' : undefined
}

function Facts({ session }: { session: Session }): ReactNode {
  const { use } = session
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Principal', session.principalId],
    ['Role', <Copyable key="role" text={session.roleArn} />],
    ['Account', session.accountId],
    ['Grant', session.grant],
    ['Asked', <Clock key="asked" at={session.askedAt} />],
    ['Ends', session.expiresAt && <Clock key="ends" at={session.expiresAt} />],
    ['From', session.sourceIp],
    ['Reason', session.reason],
    ['Ticket', session.ticket],
    ['Session name', session.sessionName],
    ['Source identity', session.sourceIdentity],
    ['Last used', use && <Ago key="used" at={use.lastAt} />],
    ['Access key id', session.accessKeyId && <Copyable key="key" text={session.accessKeyId} />],
    ['aws:userid', session.userId && <Copyable key="userid" text={session.userId} />],
    ['Used from', use?.addresses.join(', ')],
    ['Denied calls', use && use.denied > 0 ? String(use.denied) : undefined],
    ['Id', <Copyable key="id" text={session.id} />],
    ['Failure', session.failure],
  ]
  return (
    <>
      <dl className="facts">
        {facts
          .filter(([, value]) => value !== undefined && value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {session.policy && <PolicyDetails policy={session.policy} title="Session policy" />}
    </>
  )
}
