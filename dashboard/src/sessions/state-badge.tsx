import { Badge } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Standing } from './session-row.ts'

const looks: Readonly<Record<Standing, { readonly color: string; readonly text: string }>> = {
  pending: { color: 'yellow', text: 'Pending' },
  issued: { color: 'teal', text: 'Issued' },
  revoked: { color: 'red', text: 'Revoked' },
  failed: { color: 'gray', text: 'Failed' },
  ended: { color: 'gray', text: 'Ended' },
}

/** What state a session is in; `foreign`: another than this broker issued it. */
export function StateBadge({ standing, foreign }: { standing: Standing; foreign: boolean }): ReactNode {
  const { color, text } = looks[standing]
  return (
    <>
      <Badge size="sm" variant="light" color={color} tt="none">
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
