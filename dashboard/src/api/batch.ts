/** Collects what comes in one by one and hands it on together, in order, when `schedule` runs what it is given. */
export function batch<T>(
  schedule: (run: () => void) => void,
  handOn: (items: readonly T[]) => void,
): (item: T) => void {
  let waiting: T[] = []
  return (item) => {
    waiting.push(item)
    if (waiting.length > 1) return
    schedule(() => {
      const items = waiting
      waiting = []
      handOn(items)
    })
  }
}

/**
 * Runs it in the next animation frame, `pause` milliseconds from now at the earliest; a page that is hidden has no
 * frames and runs it after a second all the same, or a day in the background would pile up.
 */
export function inFrame(pause: number): (run: () => void) => void {
  return (run) => {
    let done = false
    const once = (): void => {
      if (done) return
      done = true
      run()
    }
    setTimeout(() => requestAnimationFrame(once), pause)
    setTimeout(once, 1000)
  }
}
