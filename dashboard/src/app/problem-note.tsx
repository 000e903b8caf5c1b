import { Alert, Button, Code, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { Problem } from '../api/call.ts'

/** Tells what went wrong, its code, and what to do. */
export function ProblemNote({ problem, again }: { problem: Problem | undefined; again?: () => void }): ReactNode {
  if (!problem) return null
  return (
    <Alert color="red" variant="light" role="alert" icon={<IconAlertTriangle aria-hidden />} title={problem.message}>
      {problem.hint && <Text size="sm">{problem.hint}</Text>}
      <Text size="xs" c="dimmed" mt={4}>
        Code <Code>{problem.code}</Code>
      </Text>
      {again && (
        <Button size="xs" mt="xs" variant="default" onClick={again}>
          Try again
        </Button>
      )}
    </Alert>
  )
}
