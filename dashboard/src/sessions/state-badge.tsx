import { Badge } from '@mantine/core'
import type { ReactNode } from 'react'
import type { RunsOn, Standing } from './session-row.ts'

const looks: Readonly<Record<Standing, { readonly color: string; readonly text: string }>> = {
  pending: { color: 'orange', text: 'Pending' },
  issued: { color: 'teal', text: 'Issued' },
  revoked: { color: 'red', text: 'Revoked' },
  failed: { color: 'gray', text: 'Failed' },
  ended: { color: 'gray', text: 'Ended' },
}

const loose: Readonly<Record<RunsOn, string>> = { certainly: 'Runs on', perhaps: 'May run on' }
const told = 'Revoked here, but AWS has not been seen to deny it: open it to see why'

interface Props {
  readonly standing: Standing
  /** Another than this broker issued it. */
  readonly foreign: boolean
  /** Although it was revoked. */
  readonly runsOn: RunsOn | undefined
}

/** What state a session is in. Nothing is called revoked that may still be in use. */
export function StateBadge({ standing, foreign, runsOn }: Props): ReactNode {
  const { color, text } = runsOn ? { color: 'orange', text: loose[runsOn] } : looks[standing]
  return (
    <>
      <Badge size="sm" variant="light" color={color} tt="none" {...(runsOn ? { title: told } : {})}>
        {text}
      </Badge>
      {foreign && (
        <Badge
          size="sm"
          variant="outline"
          color="grape"
          tt="none"
          title="Not issued by this broker: CloudTrail told of it"
        >
          Foreign
        </Badge>
      )}
    </>
  )
}
