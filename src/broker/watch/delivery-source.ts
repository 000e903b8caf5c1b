import { constants } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { BrokerParts } from '../broker.ts'
import type { Batch, ReadTrail } from './trail-source.ts'

/** Bytes of a file as it lies there, and unpacked. CloudTrail writes fifty megabytes at most before it packs them. */
const largest = 32 * 1024 * 1024
const largestUnpacked = 64 * 1024 * 1024
/** Folders below one another: S3 keys of CloudTrail have eight parts. */
const deepest = 12
/** Milliseconds: no session that an older file tells of is still alive. */
const oldest = 36 * 3_600_000
/** Milliseconds after which a file that cannot be read is not being written any more. */
const patience = 10 * 60_000

/**
 * Reads the CloudTrail files in the folder of the configuration and below: deliveries to S3 (`.json.gz` or `.json` with
 * `Records`) and events of EventBridge (`.json`, one or more, each with its `detail`). A file is read when it is new and
 * when it was changed; symbolic links, and what else is no file, are passed over.
 */
export function deliverySource({ config, log, now }: Pick<BrokerParts, 'config' | 'log' | 'now'>): ReadTrail {
  const read = new Map<string, string>()
  return async function* () {
    const { deliveries } = config().watch
    if (deliveries === undefined) return
    const there = new Set<string>()
    for await (const path of filesIn(deliveries, 0, log)) {
      there.add(path)
      const opened = await openPlain(path)
      if (!opened) continue
      try {
        const { size, mtimeMs } = await opened.stat()
        const state = `${size} ${mtimeMs}`
        const age = now().getTime() - mtimeMs
        if (read.get(path) === state || age > oldest) continue
        const settle = (): void => void read.set(path, state)
        const records = size > largest ? undefined : await recordsIn(opened, path)
        if (records) yield { records, settle } satisfies Batch
        else if (size > largest || age > patience) {
          settle()
          log('warn', 'a delivery of CloudTrail cannot be read', { file: path, size })
        }
      } finally {
        await opened.close()
      }
    }
    for (const path of read.keys()) if (!there.has(path)) read.delete(path)
  }
}

async function* filesIn(folder: string, depth: number, log: BrokerParts['log']): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    log('warn', 'a folder of CloudTrail deliveries cannot be read', { folder, error: error.message })
    return []
  })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    // Of a link it is neither: what lies outside of the folder is not read.
    if (entry.isDirectory() && depth < deepest) yield* filesIn(path, depth + 1, log)
    else if (entry.isFile() && /\.json(?:\.gz)?$/.test(entry.name)) yield path
  }
}

/** Opens a file that is one and no link; undefined for anything else. */
async function openPlain(path: string): Promise<FileHandle | undefined> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  const opened = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => undefined)
  if (!opened || (await opened.stat()).isFile()) return opened
  await opened.close()
  return undefined
}

/** Undefined for what is not whole. */
async function recordsIn(file: FileHandle, path: string): Promise<readonly unknown[] | undefined> {
  try {
    const bytes = await file.readFile()
    const plain = path.endsWith('.gz') ? await unpack(bytes, { maxOutputLength: largestUnpacked }) : bytes
    const text = plain.toString('utf8')
    return eventsIn(wholeOrLines(text))
  } catch {
    return undefined
  }
}

const unpack = promisify<Buffer, { readonly maxOutputLength: number }, Buffer>(gunzip)

/** EventBridge writes one event, or several, a line each. */
function wholeOrLines(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    if (lines.length < 2) throw error
    return lines.map((line): unknown => JSON.parse(line))
  }
}

function eventsIn(told: unknown): readonly unknown[] {
  if (Array.isArray(told)) return told.flatMap(eventsIn)
  if (typeof told !== 'object' || told === null) return []
  if ('Records' in told) return Array.isArray(told.Records) ? told.Records : []
  return 'detail' in told ? [told.detail] : [told]
}
