import type { ReactNode } from 'react'
import type { RunsOn, Standing } from './session-row.ts'

const texts: Readonly<Record<Standing, string>> = {
  pending: 'Pending',
  issued: 'Issued',
  revoked: 'Revoked',
  failed: 'Failed',
  ended: 'Ended',
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

/** What state a session is in. Nothing is called revoked that may still be in use. Plain elements: there are many of them. */
export function StateBadge({ standing, foreign, runsOn }: Props): ReactNode {
  return (
    <>
      {runsOn ? (
        <span className="state" data-state="loose" title={told}>
          {loose[runsOn]}
        </span>
      ) : (
        <span className="state" data-state={standing}>
          {texts[standing]}
        </span>
      )}
      {foreign && (
        <span className="state" data-state="foreign" title="Not issued by this broker: CloudTrail told of it">
          Foreign
        </span>
      )}
    </>
  )
}
