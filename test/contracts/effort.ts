/**
 * Begins to measure. Gives what tells the milliseconds of processor time that this thread has taken since: a machine that
 * is busy with something else changes nothing of them.
 */
export function measuring(): () => number {
  const before = process.threadCpuUsage()
  return () => {
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1000
  }
}
