import { Alert, Button, Group, Loader, Modal, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconBan } from '@tabler/icons-react'
import { type FormEvent, type ReactNode, useEffect, useMemo, useState } from 'react'
import { call, type Problem, problemOf } from '../api/call.ts'
import type { Revocation, RevocationTarget } from '../api/types.ts'
import { useBroker } from '../app/broker.tsx'
import { ProblemNote } from '../app/problem-note.tsx'
import type { RevokeStart } from '../app/revoke-context.ts'
import { ReachList } from './reach-list.tsx'
import { targetText } from './words.ts'

/** Shows what revoking would reach, then does it, with a reason, and shows what it did reach. */
export function RevokeDialog({ start, onClose }: { start: RevokeStart; onClose: () => void }): ReactNode {
  const { may } = useBroker()
  const [target, setTarget] = useState<RevocationTarget | undefined>(start.target)
  const [done, setDone] = useState<Revocation>()
  const [running, setRunning] = useState(false)
  const name = target && nameOf(target, start)
  return (
    <Modal
      opened
      onClose={running ? () => undefined : onClose}
      title={<b>{done ? 'Revoked' : 'Revoke'}</b>}
      size="lg"
      centered
      // Its style sheet would be written into the page, which the broker's policy forbids.
      lockScroll={false}
      closeButtonProps={{ 'aria-label': 'Close', disabled: running }}
    >
      {done ? (
        <Stack>
          <Text size="sm">You have revoked {targetText(done.target, name)}.</Text>
          <ReachList revocation={done} />
          <Group justify="flex-end">
            <Button onClick={onClose} data-autofocus>
              Done
            </Button>
          </Group>
        </Stack>
      ) : (
        <Stack>
          {may('admin') && <TargetChoice start={start} target={target} onChange={setTarget} />}
          {target && (
            <Rehearsal
              key={JSON.stringify(target)}
              target={target}
              name={name}
              running={running}
              onRunning={setRunning}
              onDone={setDone}
              onClose={onClose}
            />
          )}
        </Stack>
      )}
    </Modal>
  )
}

function nameOf(target: RevocationTarget, start: RevokeStart): string | undefined {
  if (target.kind === 'session') return start.session?.name
  if (target.kind === 'principal' && target.principalId === start.principal?.id) return start.principal.name
  return undefined
}

interface ChoiceProps {
  readonly start: RevokeStart
  readonly target: RevocationTarget | undefined
  readonly onChange: (target: RevocationTarget | undefined) => void
}

/** One session, a person, a role or everything. */
function TargetChoice({ start, target, onChange }: ChoiceProps): ReactNode {
  const { list } = useBroker()
  const [kind, setKind] = useState<string>(target?.kind ?? 'everything')
  const known = useMemo(() => {
    const people = new Map<string, string>()
    const roles = new Set<string>()
    for (const { session } of list.rows()) {
      if (session.principalId) people.set(session.principalId, session.principalName || session.principalId)
      if (session.role) roles.add(session.role)
    }
    return {
      people: [...people].map(([value, label]) => ({ value, label })).sort((a, b) => (a.label < b.label ? -1 : 1)),
      roles: [...roles].sort(),
    }
  }, [list])
  const turn = (next: string): void => {
    setKind(next)
    if (next === 'session' && start.session) onChange({ kind: 'session', sessionId: start.session.id })
    else if (next === 'principal') onChange(start.principal && { kind: 'principal', principalId: start.principal.id })
    else if (next === 'role') onChange(start.role === undefined ? undefined : { kind: 'role', role: start.role })
    else onChange({ kind: 'everything' })
  }
  return (
    <>
      <SegmentedControl
        aria-label="What to revoke"
        value={kind}
        onChange={turn}
        fullWidth
        size="xs"
        data={[
          ...(start.session ? [{ value: 'session', label: 'Session' }] : []),
          { value: 'principal', label: 'Person' },
          { value: 'role', label: 'Role' },
          { value: 'everything', label: 'Everything' },
        ]}
      />
      {kind === 'principal' && (
        <Select
          label="Person or workload"
          placeholder="Choose"
          data={known.people}
          value={target?.kind === 'principal' ? target.principalId : null}
          onChange={(principalId) => onChange(principalId ? { kind: 'principal', principalId } : undefined)}
          searchable
          limit={100}
        />
      )}
      {kind === 'role' && (
        <Select
          label="Role"
          placeholder="Choose"
          data={known.roles}
          value={target?.kind === 'role' ? target.role : null}
          onChange={(role) => onChange(role ? { kind: 'role', role } : undefined)}
          searchable
          limit={100}
        />
      )}
    </>
  )
}

interface RehearsalProps {
  readonly target: RevocationTarget
  readonly name: string | undefined
  readonly running: boolean
  readonly onRunning: (running: boolean) => void
  readonly onDone: (revocation: Revocation) => void
  readonly onClose: () => void
}

/** What it would reach; only then can it be done. */
function Rehearsal({ target, name, running, onRunning, onDone, onClose }: RehearsalProps): ReactNode {
  const [rehearsed, setRehearsed] = useState<Revocation>()
  const [problem, setProblem] = useState<Problem>()
  const [reason, setReason] = useState('')
  const [sure, setSure] = useState('')
  useEffect(() => {
    const stop = new AbortController()
    call<Revocation>('POST', '/v1/revocations', { target, reason: 'dry run', dryRun: true }, stop.signal).then(
      setRehearsed,
      (error: unknown) => !stop.signal.aborted && setProblem(problemOf(error)),
    )
    return () => stop.abort()
  }, [target])
  const certain = target.kind !== 'everything' || sure.trim().toLowerCase() === 'everything'
  const ready = rehearsed !== undefined && reason.trim() !== '' && certain && !running
  const revoke = (event: FormEvent): void => {
    event.preventDefault()
    if (!ready) return
    onRunning(true)
    setProblem(undefined)
    call<Revocation>('POST', '/v1/revocations', { target, reason: reason.trim() })
      .then(onDone, (error: unknown) => setProblem(problemOf(error)))
      .finally(() => onRunning(false))
  }
  return (
    <form onSubmit={revoke}>
      <Stack>
        <Text size="sm" className="wrap">
          Nothing is done yet. Revoking <b>{targetText(target, name)}</b> would do this:
        </Text>
        {rehearsed ? (
          <ReachList revocation={rehearsed} />
        ) : (
          !problem && <Loader size="sm" aria-label="Finding out what it would reach" />
        )}
        <ProblemNote problem={problem} />
        <TextInput
          label="Reason"
          description="Kept in the ledger, and told to whom it concerns."
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={500}
          required
          data-autofocus
        />
        {target.kind === 'everything' && (
          <TextInput
            label="Type “everything” to confirm"
            value={sure}
            onChange={(event) => setSure(event.currentTarget.value)}
            required
          />
        )}
        {running && (
          <Alert variant="light" role="status" icon={<Loader size="xs" />}>
            The broker refuses already. AWS is being told, and tried: this may take half a minute.
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={running}>
            Cancel
          </Button>
          <Button type="submit" color="red" disabled={!ready} loading={running} leftSection={<IconBan size={16} />}>
            Revoke now
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
