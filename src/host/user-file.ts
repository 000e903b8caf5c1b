import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../model/failure.ts'

const largest = 1024 * 1024

/**
 * The bytes of a file that a profile or the environment names; a leading `~/` is the home directory. Rejects with a
 * `Failure` (`config-invalid`) that names the file when it is not there, may not be read or is larger than 1 MiB.
 */
export async function readUserFile(path: string, home: string): Promise<Buffer> {
  const place = path.startsWith('~/') ? join(home, path.slice(2)) : path
  try {
    // Not readFile: a pipe or a device would never end, or never begin.
    const file = await open(place, 'r')
    try {
      const stats = await file.stat()
      if (!stats.isFile()) throw new Error('it is not a file')
      if (stats.size > largest) throw new Error(`it is larger than ${largest} bytes`)
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw new Failure('config-invalid', `${place} cannot be read: ${cause instanceof Error ? cause.message : cause}.`, {
      hint: 'Check the path in the profile or the environment, and who may read it.',
      cause,
    })
  }
}
