import { CopyButton } from '@mantine/core'
import { IconCopy } from '@tabler/icons-react'
import type { ReactNode } from 'react'

/** Text that a click copies. */
export function Copyable({ text }: { text: string }): ReactNode {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <button type="button" className="copy" onClick={copy} aria-label={copied ? `${text}, copied` : `Copy ${text}`}>
          <span>{text}</span>
          {copied ? <span className="faint">copied</span> : <IconCopy size={14} aria-hidden />}
        </button>
      )}
    </CopyButton>
  )
}
