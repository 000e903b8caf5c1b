import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makePrivateDirectory, readPrivate, writePrivate } from '../../host/private-file.ts'
import { Failure } from '../../model/failure.ts'
import type { SigningKey } from '../../model/signing-key.ts'

/** What a later run needs to go on where this one ended. */
interface Kept {
  readonly sandboxPort: number
  /** The broker's, in the sandbox. */
  readonly key: SigningKey
}

/** Where `mayfly up` keeps what it made. */
export interface UpHome {
  readonly directory: string
  readonly configFile: string
  readonly awsConfigFile: string
  /** Absent: in memory. */
  readonly sandboxDirectory?: string
  readonly kept: () => Kept | undefined
  readonly keep: (kept: Kept) => void
  /** Removes what was for this run only. */
  readonly leave: () => void
}

/** A home that is there the next time. */
export function lastingHome(mayflyHome: string): UpHome {
  const directory = join(mayflyHome, 'up')
  makePrivateDirectory(directory)
  return { ...homeIn(directory), sandboxDirectory: join(directory, 'sandbox'), leave: () => undefined }
}

/** A home for one run: its files can be changed and used, and go with it. */
export function passingHome(): UpHome {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-up-'))
  return { ...homeIn(directory), leave: () => rmSync(directory, { recursive: true, force: true }) }
}

/** A home in a directory that somebody else made and removes. */
export function homeIn(directory: string): Omit<UpHome, 'leave'> {
  const path = join(directory, 'up.json')
  return {
    directory,
    configFile: join(directory, 'mayfly.yaml'),
    awsConfigFile: join(directory, 'aws-config'),
    kept: () => keptIn(path),
    keep: (kept) => writePrivate(path, `${JSON.stringify(kept, undefined, 2)}\n`),
  }
}

function keptIn(path: string): Kept | undefined {
  const bytes = readPrivate(path)
  if (bytes === undefined) return undefined
  try {
    const { sandboxPort, key }: Partial<Kept> = JSON.parse(bytes.toString('utf8'))
    const { accessKeyId, secretAccessKey }: Partial<SigningKey> = key ?? {}
    if (Number.isInteger(sandboxPort) && sandboxPort && accessKeyId && secretAccessKey)
      return { sandboxPort, key: { accessKeyId, secretAccessKey } }
  } catch {
    // Told below.
  }
  throw new Failure('file-conflict', `${path} is not as Mayfly left it.`, {
    hint: 'Move the directory away to begin anew.',
  })
}
