import { Anchor, Badge, Button, Card, Group, Loader, Stack, Switch, Text, TextInput, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconBellCheck } from '@tabler/icons-react'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { call } from '../api/call.ts'
import type { Alert } from '../api/types.ts'
import { useAct } from '../api/use-act.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useBroker, useRowsOf } from '../app/broker.tsx'
import { Empty } from '../app/empty.tsx'
import { ProblemNote } from '../app/problem-note.tsx'
import { hrefOf } from '../app/router.ts'
import { Ago } from '../app/time-text.tsx'
import { msOf } from '../time.ts'

const titles: Readonly<Record<Alert['kind'], string>> = {
  'unknown-session': 'A session nobody knows',
  'two-networks': 'Used from two networks at once',
  'used-after-revocation': 'Used after it was revoked',
  'break-glass': 'Break-glass was used',
  ledger: 'The ledger',
}

/** What somebody should look at, and what they made of it. */
export function AlertsPage(): ReactNode {
  const { value, problem, again } = useAnswer<readonly Alert[]>('/v1/alerts')
  const [all, setAll] = useState(false)
  useRowsOf(['alert', 'alert-closed', 'reviewed'], again)
  const alerts = [...(value ?? [])].filter(({ closed }) => all || !closed).sort((a, b) => msOf(b.at) - msOf(a.at))
  return (
    <Stack className="narrow-page">
      <Group justify="space-between">
        <Title order={1} size="h3">
          Alerts
        </Title>
        <Switch label="Closed ones, too" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
      </Group>
      <ProblemNote problem={problem} again={again} />
      {!value && !problem && <Loader size="sm" aria-label="Loading alerts" />}
      {value && alerts.length === 0 && (
        <Empty icon={<IconBellCheck aria-hidden />} title="Nothing to look at">
          An alert is raised when a session is used that nobody issued, from two networks at once, or after it was
          revoked, and whenever break-glass is used.
        </Empty>
      )}
      <Stack aria-live="polite" gap="sm">
        {alerts.map((alert) => (
          <AlertCard key={alert.id} alert={alert} onClosed={again} />
        ))}
      </Stack>
    </Stack>
  )
}

function AlertCard({ alert, onClosed }: { alert: Alert; onClosed: () => void }): ReactNode {
  const { may } = useBroker()
  const titleId = useId()
  return (
    <Card withBorder component="article" aria-labelledby={titleId} data-closed={alert.closed !== undefined}>
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
        <Text fw={600} id={titleId}>
          {titles[alert.kind]}
        </Text>
        <Badge variant="light" tt="none" className="fixed" color={alert.closed ? 'gray' : 'red'}>
          {alert.closed ? 'Closed' : 'Open'}
        </Badge>
      </Group>
      <Text size="sm" mt={4} className="wrap">
        {alert.text}
      </Text>
      <Text size="xs" c="dimmed" mt={4}>
        <Ago at={alert.at} />
        {alert.sessionId && (
          <>
            {' '}
            · <Anchor href={hrefOf('sessions', alert.sessionId)}>Look at the session</Anchor>
          </>
        )}
      </Text>
      {alert.closed && (
        <Text size="sm" mt={4} className="wrap">
          {alert.closed.by}: “{alert.closed.reason}”
        </Text>
      )}
      {!alert.closed && (may('admin') || isGlass(alert)) && <Closing alert={alert} onClosed={onClosed} />}
    </Card>
  )
}

const isGlass = (alert: Alert): boolean => alert.kind === 'break-glass' && alert.sessionId !== undefined

/** Closes with a reason. What break-glass opened is reviewed, which viewers may do; admins close it with that. */
function Closing({ alert, onClosed }: { alert: Alert; onClosed: () => void }): ReactNode {
  const [reason, setReason] = useState('')
  const { running = false, problem, act } = useAct()
  const { may } = useBroker()
  const review = isGlass(alert)
  const close = (event: FormEvent): void => {
    event.preventDefault()
    const body = { reason: reason.trim() }
    const work = async (): Promise<void> => {
      if (review) await call('POST', `/v1/sessions/${alert.sessionId}/review`, body)
      if (may('admin')) await call('POST', `/v1/alerts/${alert.id}/close`, body)
    }
    act(true, work, () => {
      notifications.show({ message: review ? 'Reviewed.' : 'Closed.', color: 'teal' })
      onClosed()
    })
  }
  return (
    <form onSubmit={close}>
      <Stack gap="xs" mt="sm">
        <Group align="flex-end" gap="xs">
          <TextInput
            className="grow"
            label={review ? 'What you found' : 'Reason'}
            size="sm"
            value={reason}
            maxLength={500}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Button type="submit" size="sm" variant="default" loading={running} disabled={reason.trim() === ''}>
            {review ? 'Reviewed' : 'Close'}
          </Button>
        </Group>
        <ProblemNote problem={problem} />
      </Stack>
    </form>
  )
}
