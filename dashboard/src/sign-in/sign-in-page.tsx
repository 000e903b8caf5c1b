import { Alert, Button, Center, Paper, Stack, Text, Title } from '@mantine/core'
import { IconInfoCircle, IconLogin2 } from '@tabler/icons-react'
import { type ReactNode, useEffect } from 'react'
import type { AuthenticatorInfo } from '../api/types.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Mark } from '../app/mark.tsx'
import { ProblemNote } from '../app/problem-note.tsx'

/** Where people choose by what they prove who they are. One that is broken stays listed; why it is, admins learn when they are in. */
export function SignInPage({ wasIn }: { wasIn: boolean }): ReactNode {
  const { value, problem, again } = useAnswer<readonly AuthenticatorInfo[]>('/v1/authenticators')
  // A provider may come back, or turn out to be away, while somebody looks.
  useEffect(() => {
    const timer = setInterval(again, 5000)
    return () => clearInterval(timer)
  }, [again])
  const forPeople = value?.filter(({ kind }) => kind === 'oidc' || kind === 'saml')
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w="100%" maw={400} shadow="sm">
        <Stack>
          <Mark />
          <div>
            <Title order={1} size="h3">
              Sign in
            </Title>
            <Text size="sm" c="dimmed">
              See every AWS session of your organisation, and end what should end.
            </Text>
          </div>
          {wasIn && (
            <Alert variant="light" role="status" icon={<IconInfoCircle aria-hidden />}>
              Your login has ended: it has run out, or was revoked. Sign in again to go on.
            </Alert>
          )}
          <ProblemNote problem={problem} again={again} />
          {forPeople?.length === 0 && (
            <Text size="sm">
              No authenticator for people is configured. Add one of kind oidc or saml to the broker’s configuration.
            </Text>
          )}
          {forPeople?.map((authenticator) => (
            <SignInButton key={authenticator.name} authenticator={authenticator} />
          ))}
        </Stack>
      </Paper>
    </Center>
  )
}

function SignInButton({ authenticator: { name, broken } }: { authenticator: AuthenticatorInfo }): ReactNode {
  const label = `Sign in with ${name}`
  if (broken === undefined)
    return (
      <Button
        component="a"
        href={`/auth/${encodeURIComponent(name)}/start?to=${encodeURIComponent(`/${location.hash}`)}`}
        size="md"
        leftSection={<IconLogin2 size={18} aria-hidden />}
      >
        {label}
      </Button>
    )
  return (
    <div>
      <Button size="md" fullWidth disabled>
        {label}
      </Button>
      <Text size="xs" c="red" mt={4}>
        Cannot be used at present. Try again later, or ask whoever runs this broker.
      </Text>
    </div>
  )
}
