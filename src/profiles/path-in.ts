import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Environment } from './locate.ts'
import type { Profile } from './read.ts'

/** The path a key names: relative to the file that names it, `~/` in the home directory. Undefined without one. */
export function pathIn({ entries }: Profile, key: string, env: Environment): string | undefined {
  const entry = entries.get(key)
  if (!entry?.value) return undefined
  return entry.value.startsWith('~/')
    ? join(env.HOME || homedir(), entry.value.slice(2))
    : resolve(dirname(entry.at.file), entry.value)
}
