import { createReadStream, readdirSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'

/** Something that looks at the bytes as they pass. */
export interface Witness {
  update(bytes: Uint8Array): unknown
}

/** A stretch of one blob. */
export interface Stretch {
  readonly blob: string
  /** First byte, and the one after the last. */
  readonly from: number
  readonly to: number
}

/** Bodies as files. Their names are random: nothing a client sends ever becomes a path. */
export interface Blobs {
  /**
   * Writes a body, then calls `settle` with its name and size, in the same tick as the file gets that name. Whatever
   * fails, the body's source and `settle` included, leaves nothing behind.
   */
  receive<T>(
    body: AsyncIterable<Uint8Array>,
    witnesses: readonly Witness[],
    settle: (blob: string, size: number) => T,
  ): Promise<T>
  /** The bytes of these stretches one after the other; the blobs stay until the stream is closed. */
  read(stretches: readonly Stretch[]): Readable
  /** Removes blobs, those being read once nobody reads them any more. */
  remove(names: Iterable<string>): void
}

/** The blobs in a directory. Files that `isKept` does not know are what a crash left behind, and are removed. */
export function openBlobs(
  directory: string,
  randomBytes: (length: number) => Uint8Array,
  isKept: (name: string) => boolean,
): Blobs {
  const pathOf = (name: string): string => join(directory, name)
  for (const name of readdirSync(directory)) if (!isKept(name)) rmSync(pathOf(name), { force: true })
  const readers = new Map<string, number>()
  const doomed = new Set<string>()
  const release = (name: string): void => {
    const others = (readers.get(name) ?? 1) - 1
    if (others > 0) readers.set(name, others)
    else {
      readers.delete(name)
      if (doomed.delete(name)) rmSync(pathOf(name), { force: true })
    }
  }
  return {
    async receive(body, witnesses, settle) {
      const name = Buffer.from(randomBytes(16)).toString('hex')
      const partial = pathOf(`${name}.part`)
      try {
        const size = await write(partial, body, witnesses)
        renameSync(partial, pathOf(name))
        return settle(name, size)
      } catch (error) {
        rmSync(partial, { force: true })
        rmSync(pathOf(name), { force: true })
        throw error
      }
    },
    read(stretches) {
      const wanted = stretches.filter(({ from, to }) => to > from)
      for (const { blob } of wanted) readers.set(blob, (readers.get(blob) ?? 0) + 1)
      const source = Readable.from(contents(wanted, pathOf), { objectMode: false, highWaterMark: 65_536 })
      source.once('close', () => {
        for (const { blob } of wanted) release(blob)
      })
      return source
    },
    remove(names) {
      for (const name of names)
        if (readers.has(name)) doomed.add(name)
        else rmSync(pathOf(name), { force: true })
    },
  }
}

async function* contents(stretches: readonly Stretch[], pathOf: (name: string) => string): AsyncGenerator<Uint8Array> {
  for (const { blob, from, to } of stretches)
    yield* createReadStream(pathOf(blob), { start: from, end: to - 1, highWaterMark: 262_144 })
}

async function write(path: string, body: AsyncIterable<Uint8Array>, witnesses: readonly Witness[]): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  try {
    let size = 0
    for await (const bytes of body) {
      for (const witness of witnesses) witness.update(bytes)
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
      size += bytes.length
    }
    return size
  } finally {
    await file.close()
  }
}
