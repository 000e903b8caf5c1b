import { Center, Loader, Stack } from '@mantine/core'
import { type ReactNode, startTransition, useCallback, useEffect, useState } from 'react'
import { call, onLoginOver, type Problem, problemOf } from '../api/call.ts'
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

const signedOut = (before: Standing): Standing =>
  before.is === 'signed-out' ? before : { is: 'signed-out', wasIn: before.is === 'signed-in' }

/** Who is there decides what is shown. */
export function App(): ReactNode {
  const [standing, setStanding] = useState<Standing>({ is: 'asking' })
  const ask = useCallback(() => {
    call<Me>('GET', '/v1/me').then(
      (me) =>
        // The first drawing of the whole page may take longer than a frame: it is done in slices.
        startTransition(() => setStanding((before) => (before.is === 'signed-in' ? before : { is: 'signed-in', me }))),
      (error: unknown) => {
        const problem = problemOf(error)
        setStanding((before) => {
          if (problem.status === 401) return signedOut(before)
          // Who is at work keeps their page while the broker restarts.
          return before.is === 'signed-in' ? before : { is: 'stuck', problem }
        })
      },
    )
  }, [])
  useEffect(ask, [ask])
  const isIn = standing.is === 'signed-in'
  useEffect(() => (isIn ? onLoginOver(() => setStanding(signedOut)) : undefined), [isIn])
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
