import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../model/failure.ts'
import {
  createPrivate,
  dropQuietly,
  hasCode,
  makePrivateDirectory,
  quoted,
  readPrivate,
  writePrivate,
} from './private-file.ts'

export interface LockOptions {
  /** Told once, with the process that holds the lock, when there is something to wait for. */
  readonly onWait?: (pid: number) => void
  /** Milliseconds to wait for others; default five minutes. */
  readonly patience?: number
}

/** Does `work` while no other caller, in this process or another, holds the same name. */
export type Exclusively = <T>(name: string, work: () => Promise<T>) => Promise<T>

/**
 * Locks kept as files of a directory. A lock is a run of files `<name>.<n>`, of which the highest counts: it names its
 * holder, or says that the lock is free. Taking is making the next one, which only one caller can; the highest is never
 * removed, so a lock whose holder died is taken over without two callers ever removing each other's.
 *
 * Rejects with a `Failure` of code `login-needed` when patience ends.
 */
export function locksIn(directory: string, options: LockOptions = {}): Exclusively {
  return async (name, work) => {
    makePrivateDirectory(directory)
    const base = createHash('sha256').update(name).digest('hex').slice(0, 32)
    const mine = await take(directory, base, options)
    try {
      return await work()
    } finally {
      release(mine)
    }
  }
}

const free = 'free\n'

/** What the work brought counts for more than the lock: one that cannot be released ends with this process. */
function release(mine: string): void {
  try {
    writePrivate(mine, free)
  } catch {
    // No room on the disk, or the directory is gone.
  }
}

/** Waits for the lock and gives the file that says it is ours. */
async function take(directory: string, base: string, options: LockOptions): Promise<string> {
  const patience = options.patience ?? 300_000
  const started = performance.now()
  let told = false
  for (let delay = 5; ; delay = Math.min(delay * 1.5, 100)) {
    const top = highest(directory, base)
    const path = join(directory, `${base}.${top}`)
    const holder = top === 0 ? undefined : holderIn(path)
    if (holder === undefined) {
      const mine = join(directory, `${base}.${top + 1}`)
      if (createPrivate(mine, JSON.stringify(ourselves()))) {
        // Whoever read the directory long ago may make a file that was superseded and removed since: it does not count.
        if (highest(directory, base) === top + 1) {
          removeBelow(directory, base, top + 1)
          return mine
        }
        dropQuietly(mine)
      }
      continue
    }
    if (!told) options.onWait?.(holder.pid)
    told = true
    if (performance.now() - started > patience)
      throw new Failure('login-needed', `Process ${holder.pid} on ${holder.host} has been at this for too long.`, {
        hint: `Answer its question or end it. If there is no such process, type: rm ${quoted(path)}`,
      })
    await sleep(delay * (0.5 + Math.random()))
  }
}

const numbersOf = (directory: string, base: string): number[] =>
  readdirSync(directory)
    .filter((name) => name.startsWith(`${base}.`) && /\.\d+$/.test(name))
    .map((name) => Number(name.slice(base.length + 1)))

const highest = (directory: string, base: string): number => Math.max(0, ...numbersOf(directory, base))

function removeBelow(directory: string, base: string, top: number): void {
  for (const number of numbersOf(directory, base)) if (number < top) dropQuietly(join(directory, `${base}.${number}`))
}

interface Holder {
  readonly pid: number
  readonly host: string
  /** When the process began, where the system tells: a number is used again for another process. */
  readonly began?: string
}

function ourselves(): Holder {
  const began = beginningOf(process.pid)
  return { pid: process.pid, host: hostname(), ...(began === undefined ? {} : { began }) }
}

/** Who holds the lock; undefined when it is free, its holder died, or the file was superseded meanwhile. */
function holderIn(path: string): Holder | undefined {
  const text = readPrivate(path)?.toString('utf8')
  if (text === undefined || text === free) return undefined
  const holder = parse(text)
  if (!holder) return undefined
  if (holder.host !== hostname()) return holder
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if (!hasCode(error, 'EPERM')) return undefined
  }
  return holder.began === undefined || holder.began === beginningOf(holder.pid) ? holder : undefined
}

function parse(text: string): Holder | undefined {
  try {
    const { pid, host, began } = JSON.parse(text)
    if (!Number.isSafeInteger(pid) || pid <= 0 || typeof host !== 'string') return undefined
    return { pid, host, ...(typeof began === 'string' ? { began } : {}) }
  } catch {
    return undefined
  }
}

/** Field 22 of /proc/PID/stat, counted after the name, which may hold spaces and parentheses. */
function beginningOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
