import { Badge, Button, Card, Group, Loader, Stack, Text, TextInput, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconCheck, IconUserCheck, IconX } from '@tabler/icons-react'
import { type ReactNode, useId, useState } from 'react'
import { call } from '../api/call.ts'
import type { ApprovalRequest } from '../api/types.ts'
import { useAct } from '../api/use-act.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useBroker, useRowsOf } from '../app/broker.tsx'
import { Empty } from '../app/empty.tsx'
import { PolicyDetails } from '../app/policy-details.tsx'
import { ProblemNote } from '../app/problem-note.tsx'
import { Ago, EndsIn } from '../app/time-text.tsx'
import { useNow } from '../app/use-now.ts'
import { lengthText, msOf } from '../time.ts'

/** What waits for an approval, and what became of what did not. */
export function RequestsPage(): ReactNode {
  const { value, problem, again: list } = useAnswer<readonly ApprovalRequest[]>('/v1/requests')
  // Asked for by themselves: the list ends where it gets long, and one that waits is not to be missed for that.
  const open = useAnswer<readonly ApprovalRequest[]>('/v1/requests?state=waiting')
  const again = (): void => {
    list()
    open.again()
  }
  useRowsOf(['asked', 'voted', 'intent'], (rows) => {
    if (rows.some(({ event }) => event.kind !== 'intent' || event.session.requestId)) again()
  })
  const now = useNow(5000)
  const known = new Map([...(open.value ?? []), ...(value ?? [])].map((request) => [request.id, request]))
  const all = [...known.values()].sort((a, b) => msOf(b.askedAt) - msOf(a.askedAt))
  const waits = (request: ApprovalRequest): boolean =>
    request.state === 'waiting' && !request.outdated && msOf(request.expiresAt) > now
  const waiting = all.filter(waits)
  const past = all.filter((request) => !waits(request))
  return (
    <Stack className="narrow-page">
      <Title order={1} size="h3">
        Requests
      </Title>
      <ProblemNote problem={problem ?? open.problem} again={again} />
      {!value && !problem && <Loader size="sm" aria-label="Loading requests" />}
      {value && waiting.length === 0 && (
        <Empty icon={<IconUserCheck aria-hidden />} title="Nothing waits for an approval">
          Requests appear here the moment somebody asks, by mayfly request or by a profile whose grant needs approvals.
        </Empty>
      )}
      <Stack aria-live="polite" gap="sm">
        {waiting.map((request) => (
          <RequestCard key={request.id} request={request} onVoted={again} />
        ))}
      </Stack>
      {past.length > 0 && (
        <Title order={2} size="h5" mt="md">
          Before
        </Title>
      )}
      {past.slice(0, 50).map((request) => (
        <RequestCard key={request.id} request={request} onVoted={again} />
      ))}
    </Stack>
  )
}

const looks: Readonly<
  Record<ApprovalRequest['state'] | 'lapsed' | 'outdated', { readonly color: string; readonly text: string }>
> = {
  waiting: { color: 'orange', text: 'Waiting' },
  approved: { color: 'teal', text: 'Approved' },
  refused: { color: 'red', text: 'Refused' },
  used: { color: 'gray', text: 'Approved and used' },
  lapsed: { color: 'gray', text: 'Lapsed' },
  outdated: { color: 'gray', text: 'The grant has changed' },
}

function RequestCard({ request, onVoted }: { request: ApprovalRequest; onVoted: () => void }): ReactNode {
  const now = useNow(5000)
  const titleId = useId()
  const over = msOf(request.expiresAt) <= now
  const waiting = request.state === 'waiting' && !over && !request.outdated
  const look =
    looks[
      request.outdated
        ? 'outdated'
        : over && (request.state === 'waiting' || request.state === 'approved')
          ? 'lapsed'
          : request.state
    ]
  const yes = request.votes.filter(({ approve }) => approve).length
  return (
    <Card component="article" withBorder aria-labelledby={titleId}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="xs">
        <Text id={titleId} className="wrap">
          <b>{request.principalName}</b> asks for <b>{request.role}</b> for {lengthText(request.duration * 1000)}
        </Text>
        <Badge variant="light" color={look.color} tt="none" className="fixed">
          {look.text}
        </Badge>
      </Group>
      <Text size="sm" mt={4} className="wrap">
        {request.reason ? `“${request.reason}”` : <span className="faint">No reason was given.</span>}
      </Text>
      <Text size="xs" c="dimmed" mt={4} className="wrap">
        asked <Ago at={request.askedAt} /> · grant {request.grant}
        {request.ticket && ` · ticket ${request.ticket}`}
        {waiting && (
          <>
            {' '}
            · lapses <EndsIn at={request.expiresAt} />
          </>
        )}{' '}
        · {yes} of {request.needed} {request.needed === 1 ? 'approval' : 'approvals'}
        {request.breakGlass && ' · break-glass'}
      </Text>
      {request.policy && <PolicyDetails policy={request.policy} title="Narrowed by this session policy" />}
      {request.votes.map((vote) => (
        <Text key={vote.by} size="sm" mt={4} className="wrap">
          {vote.byName} {vote.approve ? 'approved' : 'refused'}
          {vote.reason && `: “${vote.reason}”`}
        </Text>
      ))}
      {waiting && <Voting request={request} onVoted={onVoted} />}
    </Card>
  )
}

function Voting({ request, onVoted }: { request: ApprovalRequest; onVoted: () => void }): ReactNode {
  const { me, may } = useBroker()
  const [reason, setReason] = useState('')
  const { running, problem, act } = useAct<'approve' | 'refuse'>()
  if (request.principalId === me.principal.id)
    return (
      <Text size="sm" c="dimmed" mt="sm">
        This is your own request: somebody else approves it.
      </Text>
    )
  if (!may('approver')) return null
  if (request.votes.some(({ by }) => by === me.principal.id))
    return (
      <Text size="sm" c="dimmed" mt="sm">
        You have voted. Others have to, too.
      </Text>
    )
  const vote = (approve: boolean): void => {
    const body = { approve, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) }
    act(
      approve ? 'approve' : 'refuse',
      () => call('POST', `/v1/requests/${request.id}/votes`, body),
      () => {
        notifications.show({
          message: `You ${approve ? 'approved' : 'refused'} it.`,
          color: approve ? 'teal' : 'gray',
        })
        onVoted()
      },
    )
  }
  return (
    <Stack gap="xs" mt="sm">
      <TextInput
        label="Reason"
        description="Needed to refuse; kept in the ledger."
        size="sm"
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <ProblemNote problem={problem} />
      <Group gap="xs">
        <Button
          color="teal"
          size="sm"
          loading={running === 'approve'}
          disabled={running === 'refuse'}
          leftSection={<IconCheck size={16} aria-hidden />}
          onClick={() => vote(true)}
        >
          Approve
        </Button>
        <Button
          color="red"
          variant="light"
          size="sm"
          loading={running === 'refuse'}
          disabled={running === 'approve' || reason.trim() === ''}
          leftSection={<IconX size={16} aria-hidden />}
          onClick={() => vote(false)}
        >
          Refuse
        </Button>
      </Group>
    </Stack>
  )
}
