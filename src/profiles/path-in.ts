import { dirname, join, resolve } from 'node:path'
import { homeOf } from '../host/home.ts'
import type { Environment } from './locate.ts'
import type { Profile } from './read.ts'

/** The path a key names; undefined without one. */
export function pathIn({ entries }: Profile, key: string, env: Environment): string | undefined {
  const entry = entries.get(key)
  return entry?.value ? pathOf(entry.value, entry.at.file, env) : undefined
}

/** A path as a file names it: relative to that file, `~/` in the home directory. */
export const pathOf = (text: string, from: string, env: Environment): string =>
  text.startsWith('~/') ? join(homeOf(env), text.slice(2)) : resolve(dirname(from), text)
