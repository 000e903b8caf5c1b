import type { ReactNode } from 'react'
import { agoText, clockText, leftText, msOf } from '../time.ts'
import { useNow } from './use-now.ts'

/** An instant as it is read here, with the exact one for who points at it. */
export function Clock({ at }: { at: string }): ReactNode {
  return (
    <time dateTime={at} title={at}>
      {clockText(msOf(at), Date.now())}
    </time>
  )
}

export function Ago({ at }: { at: string }): ReactNode {
  const now = useNow()
  return (
    <time dateTime={at} title={at}>
      {agoText(msOf(at), now)}
    </time>
  )
}

/** How long until then. */
export function EndsIn({ at }: { at: string }): ReactNode {
  const now = useNow()
  const left = msOf(at) - now
  return (
    <time dateTime={at} title={at}>
      {left > 0 ? `in ${leftText(left)}` : 'over'}
    </time>
  )
}
