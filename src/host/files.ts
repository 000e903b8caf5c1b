import { isUtf8 } from 'node:buffer'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, readlinkSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Failure } from '../model/failure.ts'
import type { Host } from './host.ts'
import { dropQuietly, hasCode, syncDirectory, writeDurably } from './private-file.ts'
import type { Vault } from './vaults/vault.ts'

/** An edit that was made, and can be undone. */
export interface Edit {
  readonly path: string
  /** Undefined when there was no file. */
  readonly before: string | undefined
  readonly after: string
}

type EditingHost = Pick<Host, 'vault' | 'now' | 'exclusively'>

/** The text of a file of the user, or undefined when there is none. Symbolic links are followed. */
export function readText(path: string): string | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined
    throw new Failure('config-invalid', `${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw new Failure('config-invalid', `${path} is not encoded as UTF-8.`)
}

/**
 * Edits a file of the user: the whole file as it was goes to the vault first (it may hold the key that is being moved
 * out, so a copy beside it would defeat the edit), then the new text replaces it in one step, with mode, owner and
 * symbolic links kept. Gives undefined, and writes nothing, when `change` gives the text back unchanged. `by` names the
 * kind of edit, so that it alone can be undone.
 *
 * Rejects with a `Failure` of code `file-conflict` when another program changed the file meanwhile.
 */
export function editFile(
  path: string,
  change: (text: string) => string,
  host: EditingHost,
  by?: string,
): Promise<Edit | undefined> {
  return host.exclusively(editLock + resolve(path), async () => {
    const before = readText(path)
    const after = change(before ?? '')
    if (after === (before ?? '')) return undefined
    const at = host.now().toISOString()
    const record: UndoRecord = {
      path: resolve(path),
      at,
      before: before ?? null,
      after: digest(after),
      ...(by && { by }),
    }
    await host.vault.put(`${undoPrefix}${at}-${randomBytes(4).toString('hex')}`, JSON.stringify(record))
    replace(path, before, after)
    return { path, before, after }
  })
}

/**
 * Takes back the latest edit of this file, or of any file when none is named, and gives it; undefined when there is
 * none. Refuses with `file-conflict` when the file was changed since, or when the latest edit is of another kind than
 * `by`.
 */
export async function undoLatestEdit(host: EditingHost, path?: string, by?: string): Promise<Edit | undefined> {
  for (const name of [...(await host.vault.list(undoPrefix))].reverse()) {
    const record = recordIn(await host.vault.get(name))
    if (!record || (path !== undefined && record.path !== resolve(path))) continue
    if (by !== undefined && record.by !== by)
      throw new Failure('file-conflict', `The latest edit of ${record.path} was another: ${record.by ?? 'keys'}.`, {
        hint: 'Undoing would take that back, so nothing was done.',
      })
    return host.exclusively(editLock + record.path, async () => {
      const now = readText(record.path)
      if (now === undefined || digest(now) !== record.after)
        throw new Failure('file-conflict', `${record.path} was changed after the edit of ${record.at}.`, {
          hint: 'Undoing would lose that change, so nothing was done.',
        })
      if (record.before === null) rmSync(target(record.path))
      else replace(record.path, now, record.before)
      await host.vault.delete(name)
      return { path: record.path, before: now, after: record.before ?? '' }
    })
  }
  return undefined
}

/**
 * Forgets the kept texts in which `word` stands, and gives their number: so that a key which is forgotten is not kept
 * in what a file once held. Those edits can no longer be undone.
 */
export async function forgetEdits(vault: Vault, word: string): Promise<number> {
  let forgotten = 0
  for (const name of await vault.list(undoPrefix)) {
    if (!recordIn(await vault.get(name))?.before?.includes(word)) continue
    await vault.delete(name)
    forgotten++
  }
  return forgotten
}

/** What the names of the locks on files begin with. */
export const editLock = 'edit/'

const undoPrefix = 'undo/'

interface UndoRecord {
  readonly path: string
  readonly at: string
  readonly before: string | null
  /** SHA-256 of the text the edit left. */
  readonly after: string
  /** The kind of edit. */
  readonly by?: string
}

function recordIn(text: string | undefined): UndoRecord | undefined {
  if (text === undefined) return undefined
  const { path, at, before, after, by } = JSON.parse(text)
  const whole = typeof path === 'string' && typeof at === 'string' && typeof after === 'string'
  return whole && (before === null || typeof before === 'string')
    ? { path, at, before, after, ...(typeof by === 'string' ? { by } : {}) }
    : undefined
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Replaces the file that `path` leads to, unless it no longer holds `expected`. */
function replace(path: string, expected: string | undefined, text: string): void {
  const file = target(path)
  const stats = statSync(file, { throwIfNoEntry: false })
  const temporary = join(dirname(file), `.${randomBytes(8).toString('hex')}.tmp`)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeDurably(temporary, text, stats ? stats.mode & 0o777 : 0o600)
    if (readText(file) !== expected)
      throw new Failure('file-conflict', `${path} was changed by another program just now.`, { hint: 'Try again.' })
    renameSync(temporary, file)
    syncDirectory(dirname(file))
  } catch (cause) {
    dropQuietly(temporary)
    if (cause instanceof Failure) throw cause
    throw new Failure('file-conflict', `${path} cannot be written: ${cause instanceof Error ? cause.message : cause}`, {
      hint: 'Check the permissions and the free space there.',
      cause,
    })
  }
}

/** Where a path leads: dotfiles are often kept elsewhere and linked, and a link must stay one. */
function target(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    try {
      return resolve(dirname(path), readlinkSync(path))
    } catch {
      return path
    }
  }
}
