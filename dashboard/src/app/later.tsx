import { type ReactNode, startTransition, useEffect, useState } from 'react'

/**
 * Draws its children a moment after what stands around them, in slices. The first drawing of everything at once would
 * hold up the browser for longer than one notices.
 */
export function Later({ children }: { children: ReactNode }): ReactNode {
  const [isTime, setTime] = useState(false)
  useEffect(() => startTransition(() => setTime(true)), [])
  return isTime ? children : null
}
