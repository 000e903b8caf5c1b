import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

const largestSecret = 16_384

/**
 * The text of a file with secrets, read at every use so that it can be changed. Operators mount secrets as links.
 * Throws a TypeError that calls the file by `what`, and never shows what is in it.
 */
export function readSecret(path: string, what: string): string {
  const { O_RDONLY, O_NONBLOCK = 0 } = constants
  let file: number
  try {
    file = openSync(path, O_RDONLY | O_NONBLOCK)
  } catch {
    throw new TypeError(`${what} cannot be read`)
  }
  try {
    const stats = fstatSync(file)
    if (!stats.isFile() || stats.size > largestSecret) throw new TypeError(`${what} is not a file of a secret`)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}
