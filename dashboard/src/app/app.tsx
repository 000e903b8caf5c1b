import { Center, Loader, Stack } from '@mantine/core'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { call, type Problem, problemOf } from '../api/call.ts'
import type { Me } from '../api/types.ts'
import { SignInPage } from '../sign-in/sign-in-page.tsx'
import { BrokerProvider } from './broker.tsx'
import { ProblemNote } from './problem-note.tsx'
import { Shell } from './shell.tsx'

type Standing =
  | { readonly is: 'asking' }
  | { readonly is: 'signed-in'; readonly me: Me }
  | { readonly is: 'signed-out'; readonly wasIn: boolean }
  | { readonly is: 'stuck'; readonly problem: Problem }

/** Who is there decides what is shown. */
export function App(): ReactNode {
  const [standing, setStanding] = useState<Standing>({ is: 'asking' })
  const ask = useCallback(() => {
    call<Me>('GET', '/v1/me').then(
      (me) => setStanding((before) => (before.is === 'signed-in' ? before : { is: 'signed-in', me })),
      (error: unknown) => {
        const problem = problemOf(error)
        setStanding((before) => {
          if (problem.status === 401) return { is: 'signed-out', wasIn: before.is === 'signed-in' }
          // Who is at work keeps their page while the broker restarts.
          return before.is === 'signed-in' ? before : { is: 'stuck', problem }
        })
      },
    )
  }, [])
  useEffect(ask, [ask])
  if (standing.is === 'signed-in')
    return (
      <BrokerProvider me={standing.me} onOver={ask}>
        <Shell />
      </BrokerProvider>
    )
  if (standing.is === 'signed-out') return <SignInPage wasIn={standing.wasIn} />
  return (
    <Center mih="100dvh" p="md">
      {standing.is === 'stuck' ? (
        <Stack maw={480}>
          <ProblemNote problem={standing.problem} again={ask} />
        </Stack>
      ) : (
        <Loader aria-label="Loading" />
      )}
    </Center>
  )
}
