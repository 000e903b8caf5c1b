import { Code } from '@mantine/core'
import type { ReactNode } from 'react'

/** A session policy, folded up: who approves or looks back sees what the session may do at most. */
export function PolicyDetails({ policy, title }: { policy: string; title: string }): ReactNode {
  return (
    <details className="policy">
      <summary>{title}</summary>
      <Code block>{pretty(policy)}</Code>
    </details>
  )
}

function pretty(policy: string): string {
  try {
    return JSON.stringify(JSON.parse(policy), null, 2)
  } catch {
    return policy
  }
}
