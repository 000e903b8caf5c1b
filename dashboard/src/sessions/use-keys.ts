import { useEffect, useRef } from 'react'
import { isSomethingOnTop } from '../app/on-top.ts'

export interface KeyActions {
  readonly move: (by: number) => void
  readonly search: () => void
  readonly open: () => void
  readonly revoke: () => void
  readonly leave: () => void
}

/** `j` and `k` (or the arrows within the list) walk, `/` searches, Enter opens, `r` revokes, Escape lets go. */
export function useKeys(active: boolean, actions: KeyActions): void {
  const latest = useRef(actions)
  latest.current = actions
  useEffect(() => {
    if (!active) return
    const onKey = (event: KeyboardEvent): void => {
      const { target } = event
      if (event.ctrlKey || event.metaKey || event.altKey || !(target instanceof HTMLElement)) return
      if (isSomethingOnTop()) return
      if (target.matches('input, textarea, select, [contenteditable]')) return
      const inList = target.closest('[data-keys="list"]') !== null
      const act = actionOf(event.key, inList, target.matches('a, button'), latest.current)
      if (!act) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', onKey, { capture: true })
    return () => removeEventListener('keydown', onKey, { capture: true })
  }, [active])
}

function actionOf(
  key: string,
  inList: boolean,
  onControl: boolean,
  { move, search, open, revoke, leave }: KeyActions,
): (() => void) | undefined {
  if (key === 'j' || (key === 'ArrowDown' && inList)) return () => move(1)
  if (key === 'k' || (key === 'ArrowUp' && inList)) return () => move(-1)
  if (key === 'PageDown' && inList) return () => move(15)
  if (key === 'PageUp' && inList) return () => move(-15)
  if (key === '/') return search
  // On a button or a link, Enter is theirs.
  if (key === 'Enter' && !onControl) return open
  if (key === 'r') return revoke
  if (key === 'Escape') return leave
  return undefined
}
