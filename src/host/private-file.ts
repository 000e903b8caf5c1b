import type { Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '../model/failure.ts'
import { nodeCrypto } from './node-crypto.ts'

// Not imported: an ES import of a built-in module makes every export of it, and that costs a warm `mayfly creds` 2 ms.
const {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} = process.getBuiltinModule('node:fs')

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants

/**
 * The bytes of a file that is ours alone, or undefined when there is none. Refuses a symbolic link, a foreign owner and
 * a mode that lets others in; the check is made on the opened file, so that it cannot be changed in between.
 */
export function readPrivate(path: string): Buffer | undefined {
  let fd: number
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    if (hasCode(error, 'ELOOP')) throw refused(path, 'is a symbolic link', `rm ${quoted(path)}`, error)
    throw unusable(path, error)
  }
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw refused(path, 'is not a file', `rm -r ${quoted(path)}`)
    assertOurs(path, stats, '600')
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Replaces a file of ours durably: a crash leaves the old bytes or the new ones, whole. */
export function writePrivate(path: string, data: string | Uint8Array): void {
  withTemporary(path, data, (temporary) => renameSync(temporary, path))
}

/** Makes a file of ours with all its bytes at once; gives false, and changes nothing, when it is there already. */
export function createPrivate(path: string, data: string | Uint8Array): boolean {
  return withTemporary(path, data, (temporary) => {
    try {
      linkSync(temporary, path)
      return true
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false
      throw error
    } finally {
      unlinkSync(temporary)
    }
  })
}

/** Removes a file durably; one that is not there is fine. */
export function removePrivate(path: string): void {
  try {
    unlinkSync(path)
    syncDirectory(dirname(path))
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw unusable(path, error)
  }
}

/** Whether the directory is there. Refuses one that others may enter, and one that is not ours. */
export function isPrivateDirectory(path: string): boolean {
  try {
    const stats = lstatSync(path)
    if (!stats.isDirectory()) throw refused(path, 'is not a directory', `rm ${quoted(path)}`)
    assertOurs(path, stats, '700')
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error instanceof Failure ? error : unusable(path, error)
  }
}

/** Makes the directory, and those above it, for us alone. */
export function makePrivateDirectory(path: string): void {
  if (isPrivateDirectory(path)) return
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw unusable(path, error)
  }
  isPrivateDirectory(path)
}

/** Writes a temporary file beside `path`, hands it to `place`, and makes the result durable. */
function withTemporary<T>(path: string, data: string | Uint8Array, place: (temporary: string) => T): T {
  const directory = dirname(path)
  const temporary = join(directory, `.${nodeCrypto().randomBytes(8).toString('hex')}.tmp`)
  try {
    writeDurably(temporary, data, 0o600)
    const result = place(temporary)
    syncDirectory(directory)
    sweep(directory, path)
    return result
  } catch (error) {
    dropQuietly(temporary)
    throw unusable(path, error)
  }
}

/** A new file with these bytes on disk, whatever the umask says of its mode. Throws what the file system threw. */
export function writeDurably(path: string, data: string | Uint8Array, mode: number): void {
  const fd = openSync(path, 'wx', mode)
  try {
    writeFileSync(fd, data)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  if ((statSync(path).mode & 0o777) !== mode) chmodSync(path, mode)
}

/** Makes what was renamed or removed in a directory last. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(directory, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

const anHour = 3_600_000

/** Removes what killed processes left, once it is an hour older than what was just written. */
function sweep(directory: string, written: string): void {
  // Whoever waited for a lock may have removed its file by now.
  const now = lstatSync(written, { throwIfNoEntry: false })?.mtimeMs
  if (now === undefined) return
  for (const name of readdirSync(directory)) {
    if (!/^\.[0-9a-f]{16}\.tmp$/.test(name)) continue
    const path = join(directory, name)
    const left = lstatSync(path, { throwIfNoEntry: false })
    if (left && left.mtimeMs < now - anHour) dropQuietly(path)
  }
}

export function dropQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Gone already, or swept later: it holds nothing that the file itself does not.
  }
}

function assertOurs(path: string, stats: Stats, mode: '600' | '700'): void {
  const us = process.getuid?.()
  if (us === undefined) return
  if (stats.uid !== us) throw refused(path, 'belongs to another user', `chown ${us} ${quoted(path)}`)
  if (stats.mode & 0o077) throw refused(path, 'can be read by others', `chmod ${mode} ${quoted(path)}`)
}

const refused = (path: string, what: string, command: string, cause?: unknown): Failure =>
  new Failure('vault-locked', `${path} ${what}, so it is not used.`, {
    hint: `If that is not an attack, type: ${command}`,
    cause,
  })

const unusable = (path: string, error: unknown): unknown =>
  error instanceof Failure || !(error instanceof Error) || !('code' in error)
    ? error
    : new Failure('vault-locked', `${path} cannot be used: ${error.message}`, {
        hint: 'Check the permissions and the free space there, or set MAYFLY_HOME to another directory.',
        cause: error,
      })

export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

/** For showing a path as part of a command to type. */
export const quoted = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
