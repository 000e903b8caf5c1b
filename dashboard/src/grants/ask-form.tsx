import { Button, Group, Stack, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconSend } from '@tabler/icons-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { call } from '../api/call.ts'
import type { ApprovalRequest, GrantView } from '../api/types.ts'
import { useAct } from '../api/use-act.ts'
import { ProblemNote } from '../app/problem-note.tsx'
import { go } from '../app/router.ts'

/** Asks for a session that somebody has to approve, for as long as the grant usually gives. */
export function AskForm({ grant }: { grant: GrantView }): ReactNode {
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const [ticket, setTicket] = useState('')
  const { running = false, problem, act } = useAct()
  if (!open)
    return (
      <Button mt="sm" w="fit-content" size="xs" variant="default" onClick={() => setOpen(true)}>
        Ask for {grant.role}…
      </Button>
    )
  const ask = (event: FormEvent): void => {
    event.preventDefault()
    const given = {
      ...(reason.trim() ? { reason: reason.trim() } : {}),
      ...(ticket.trim() ? { ticket: ticket.trim() } : {}),
    }
    act(
      true,
      () => call<ApprovalRequest>('POST', '/v1/requests', { role: grant.role, ...given }),
      () => {
        notifications.show({
          message: `You asked for ${grant.role}. The next session of it is issued once approved.`,
        })
        go('requests')
      },
    )
  }
  const needsTicket = grant.needs.some((need) => need.startsWith('a ticket'))
  return (
    <form onSubmit={ask}>
      <Stack gap="xs" mt="sm">
        <TextInput
          label="Reason"
          description="Who approves reads it; it is kept in the ledger."
          size="sm"
          value={reason}
          maxLength={500}
          autoFocus
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {needsTicket && (
          <TextInput
            label="Ticket"
            size="sm"
            value={ticket}
            maxLength={200}
            onChange={(event) => setTicket(event.currentTarget.value)}
          />
        )}
        <ProblemNote problem={problem} />
        <Group gap="xs">
          <Button
            type="submit"
            size="sm"
            loading={running}
            disabled={reason.trim() === ''}
            leftSection={<IconSend size={16} aria-hidden />}
          >
            Ask
          </Button>
          <Button size="sm" variant="default" onClick={() => setOpen(false)} disabled={running}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
