import { Autocomplete, Badge, Button, Card, Code, Group, Loader, Stack, Text, Title } from '@mantine/core'
import { IconId } from '@tabler/icons-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { GrantView } from '../api/types.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useBroker, useRowsOf } from '../app/broker.tsx'
import { Empty } from '../app/empty.tsx'
import { ProblemNote } from '../app/problem-note.tsx'
import type { SessionRow } from '../sessions/session-row.ts'
import { lengthText } from '../time.ts'
import { AskForm } from './ask-form.tsx'

/** Which roles somebody may have, how long, and what that takes. */
export function GrantsPage(): ReactNode {
  const { me, may, list } = useBroker()
  const [known, setKnown] = useState<readonly string[]>([])
  const [typed, setTyped] = useState('')
  const [principal, setPrincipal] = useState('')
  const path = principal ? `/v1/grants?principal=${encodeURIComponent(principal)}` : '/v1/grants'
  const { value, problem, again } = useAnswer<readonly GrantView[]>(path)
  useRowsOf(['configured'], again)
  const grants = value ?? []
  const look = (event: FormEvent): void => {
    event.preventDefault()
    setPrincipal(typed.trim())
  }
  return (
    <Stack className="narrow-page">
      <div>
        <Title order={1} size="h3">
          Grants
        </Title>
        <Text size="sm" c="dimmed" className="wrap">
          As they apply to {principal || `you, ${me.principal.name}`}.
        </Text>
      </div>
      {may('viewer') && (
        <form onSubmit={look}>
          <Group align="flex-end" gap="xs">
            <Autocomplete
              className="grow"
              label="Of somebody else"
              placeholder="corp:ann@example.com"
              description="A principal’s id: its authenticator, a colon, its name there."
              data={[...known]}
              // Once somebody looks, and not with every session that comes.
              onFocus={() => setKnown(idsIn(list.rows()))}
              limit={20}
              value={typed}
              onChange={setTyped}
            />
            <Button type="submit" variant="default">
              Show
            </Button>
          </Group>
        </form>
      )}
      {principal && (
        <Text size="sm" c="dimmed">
          Groups and claims come with a login and are kept nowhere: grants that go by them are not seen here.
        </Text>
      )}
      <ProblemNote problem={problem} again={again} />
      {!value && !problem && <Loader size="sm" aria-label="Loading grants" />}
      {value && grants.length === 0 && (
        <Empty icon={<IconId aria-hidden />} title="No grant applies">
          Grants stand in the broker’s configuration; mayfly broker check explains which would.
        </Empty>
      )}
      {grants.map((grant) => (
        <Card key={grant.grant} withBorder component="article">
          <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
            <div className="wrap">
              <Text fw={600}>{grant.role}</Text>
              <Text size="xs" c="dimmed">
                by the grant {grant.grant}
              </Text>
            </div>
            <Badge variant="light" tt="none" className="fixed" color={grant.allowed ? 'teal' : 'orange'}>
              {grant.allowed ? 'Open' : grant.code?.endsWith('-needed') ? 'Takes more' : 'Not now'}
            </Badge>
          </Group>
          <Text size="sm" mt={6}>
            Usually {lengthText(grant.usual * 1000)}, at most {lengthText(grant.longest * 1000)}
          </Text>
          {grant.needs.length > 0 && (
            <ul className="needs">
              {grant.needs.map((need) => (
                <li key={need}>{need}</li>
              ))}
            </ul>
          )}
          {!grant.allowed && grant.because && !grant.code?.endsWith('-needed') && (
            <Text size="sm" c="dimmed" mt={4} className="wrap">
              {grant.because} {grant.code && <Code>{grant.code}</Code>}
            </Text>
          )}
          {!principal && grant.approvals !== undefined && <AskForm grant={grant} />}
        </Card>
      ))}
    </Stack>
  )
}

const idsIn = (rows: readonly SessionRow[]): readonly string[] =>
  [...new Set(rows.map(({ session }) => session.principalId))].filter(Boolean).sort()
