import { isUtf8 } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { homeOf } from '../host/home.ts'
import { Failure } from '../model/failure.ts'
import type { ProfileFile } from './read.ts'

/** Environment variables, passed in: this room reads none by itself. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Where the user's two files are: AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else under ~/.aws. As in botocore,
 * `~`, `$NAME` and `${NAME}` in them are replaced.
 */
export function profilePaths(env: Environment): { readonly config: string; readonly credentials: string } {
  const home = env.HOME || env.USERPROFILE || homeOf(env)
  const expand = (path: string): string =>
    path
      .replaceAll(/\$(?:(\w+)|\{([^}]*)\})/g, (all, bare?: string, braced?: string) => env[bare ?? braced ?? ''] ?? all)
      .replace(/^~(?=\/|$)/, () => home)
  return {
    config: env.AWS_CONFIG_FILE ? expand(env.AWS_CONFIG_FILE) : join(home, '.aws', 'config'),
    credentials: env.AWS_SHARED_CREDENTIALS_FILE
      ? expand(env.AWS_SHARED_CREDENTIALS_FILE)
      : join(home, '.aws', 'credentials'),
  }
}

/** Both files, read now. One that is not there is empty; one that cannot be read is a `config-invalid`. */
export function profileFiles(env: Environment): { readonly config: ProfileFile; readonly credentials: ProfileFile } {
  const { config, credentials } = profilePaths(env)
  return { config: profileFile(config), credentials: profileFile(credentials) }
}

function profileFile(path: string): ProfileFile {
  const bytes = bytesOf(path)
  if (bytes && !isUtf8(bytes))
    throw new Failure('config-invalid', `${path}:${lineOfFault(bytes)}: this is not UTF-8.`, {
      hint: 'Save the file as UTF-8.',
    })
  return { path, text: bytes?.toString() }
}

function bytesOf(path: string): Buffer | undefined {
  try {
    // AWS's tools read regular files only, and a pipe nobody writes to would hang.
    const kind = statSync(path)
    return kind.isFile() || kind.isDirectory() ? readFileSync(path) : undefined
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new Failure('config-invalid', `${path} cannot be read: ${String(code ?? 'the system refused')}.`, {
      cause,
      hint: 'Make it a file you may read.',
    })
  }
}

function lineOfFault(bytes: Buffer): number {
  const lines = bytes.toString('latin1').split('\n')
  return lines.findIndex((line) => !isUtf8(Buffer.from(line, 'latin1'))) + 1
}
