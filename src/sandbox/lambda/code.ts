import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { unzipSync } from 'fflate'
import { Fault } from '../fault.ts'
import type { Call } from '../service.ts'
import { invalid } from './faults.ts'

const mostZipped = 50 * 1024 * 1024
/** All of a function's files together, in bytes. */
const mostUnzipped = 262_144_000

const unreadable = (): Fault =>
  invalid('Could not unzip uploaded file. Please check your file, then try to upload again.')

interface Given {
  readonly ZipFile?: string
  readonly S3Bucket?: string
  readonly S3Key?: string
}

/** The ZIP file of a function: what was sent, or an object that the caller may read. Throws when it cannot be unpacked. */
export async function readCode(call: Call, given: Given): Promise<Uint8Array> {
  const zip = given.ZipFile === undefined ? await fromS3(call, given) : Buffer.from(given.ZipFile, 'base64')
  if (given.ZipFile !== undefined && zip.length > mostZipped)
    throw new Fault('RequestEntityTooLargeException', 413, 'Zipped size must be smaller than 52428800 bytes')
  unzip(zip)
  return zip
}

async function fromS3(call: Call, { S3Bucket: bucket, S3Key: key }: Given): Promise<Uint8Array> {
  if (bucket === undefined || key === undefined) throw invalid('Please provide a source for function code.')
  const target = `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`
  const inner = call.inside.as(call.caller, 'lambda.amazonaws.com', call.region)
  try {
    const { body } = await inner.request('s3', { method: 'GET', target })
    if (!(body instanceof Readable)) return Buffer.from(body ?? '')
    const pieces: Buffer[] = []
    let size = 0
    for await (const piece of body) {
      pieces.push(piece)
      size += piece.length
      if (size > mostUnzipped) throw invalid('Unzipped size must be smaller than 262144000 bytes')
    }
    return Buffer.concat(pieces)
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'InvalidParameterValueException') throw error
    throw invalid(`Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`)
  }
}

/** The files in it. Their sizes are counted before they are unpacked. */
function unzip(zip: Uint8Array): Readonly<Record<string, Uint8Array>> {
  let size = 0
  let broken: Fault | undefined
  try {
    return unzipSync(zip, {
      filter: ({ name, originalSize }) => {
        size += originalSize
        if (size > mostUnzipped) broken = invalid('Unzipped size must be smaller than 262144000 bytes')
        else if (!isInside(name)) broken = unreadable()
        if (broken) throw broken
        return !name.endsWith('/')
      },
    })
  } catch {
    throw broken ?? unreadable()
  }
}

/** Whether a name stays in the directory it is unpacked to. */
const isInside = (name: string): boolean =>
  !name.startsWith('/') && !/[\\\0]|^[A-Za-z]:/.test(name) && !name.split('/').includes('..')

/** Writes the files into a directory that is nobody else's. */
export function unpack(zip: Uint8Array, directory: string): void {
  for (const [name, content] of Object.entries(unzip(zip))) {
    const file = resolve(directory, name)
    if (!file.startsWith(directory + sep)) throw unreadable()
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(file, content, { mode: 0o600 })
  }
  mkdirSync(join(directory), { recursive: true, mode: 0o700 })
}

export const sha256 = (zip: Uint8Array): string => createHash('sha256').update(zip).digest('base64')
