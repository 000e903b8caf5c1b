import { Alert } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { AuthenticatorInfo } from '../api/types.ts'
import { useAnswer } from '../api/use-answer.ts'

/** The ways to sign in that do not work at present, and why, as admins are told. Nothing where all of them work. */
export function BrokenWays(): ReactNode {
  const { value } = useAnswer<readonly AuthenticatorInfo[]>('/v1/authenticators')
  return value
    ?.filter(({ broken }) => broken)
    .map(({ name, because }) => (
      <Alert
        key={name}
        color="red"
        variant="light"
        icon={<IconPlugConnectedX aria-hidden />}
        title={`Nobody can sign in by ${name} at present`}
      >
        {because ?? 'Admins are told why.'}
      </Alert>
    ))
}
