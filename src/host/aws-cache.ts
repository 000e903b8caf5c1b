import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../model/failure.ts'

import { hasCode, readPrivate, removePrivate, writePrivate } from './private-file.ts'

/** A directory of JSON files that AWS's own tools keep and read, such as `~/.aws/sso/cache`. */
export interface AwsCache {
  /** The text of a file, or undefined. Refuses, with a `Failure`, one that others may read or a link: it may be planted. */
  read(name: string): string | undefined
  /** Replaces a file in one step; it is ours alone (0600). */
  write(name: string, text: string): void
  /** Removes a file; removing what is not there is fine. */
  remove(name: string): void
  /** The names of the JSON files, sorted. */
  list(): readonly string[]
}

/** The cache in a directory, which is made (0700) at the first write. Names are plain: letters, digits, `.json`. */
export function awsCacheIn(directory: string): AwsCache {
  const place = (name: string): string => {
    if (!/^[\w-]{1,100}\.json$/.test(name)) throw new TypeError(`${name} is no name of a file of this cache`)
    return join(directory, name)
  }
  return {
    read: (name) => readPrivate(place(name))?.toString('utf8'),
    write: (name, text) => {
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 })
      } catch (cause) {
        throw new Failure('file-conflict', `${directory} cannot be made.`, {
          hint: 'Check the permissions and the free space there.',
          cause,
        })
      }
      writePrivate(place(name), text)
    },
    remove: (name) => removePrivate(place(name)),
    list: () => {
      try {
        return readdirSync(directory)
          .filter((name) => name.endsWith('.json'))
          .sort()
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return []
        throw error
      }
    },
  }
}
