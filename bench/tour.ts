import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Figure } from './figure.ts'

/** How long a stranger waits for `npm start` without a terminal, dependencies installed. */
export async function run(): Promise<readonly Figure[]> {
  const started = performance.now()
  const tour = spawnSync('npm', ['start', '--silent'], { cwd: join(import.meta.dirname, '..'), stdio: 'ignore' })
  const seconds = (performance.now() - started) / 1000
  return [{ name: 'npm start without a terminal', value: seconds, unit: 's', note: `exit status ${tour.status}` }]
}
