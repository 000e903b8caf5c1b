import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../model/failure.ts'
import type { ProfileFile } from './read.ts'

/** Environment variables, passed in: this room reads none by itself. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where the user's two files are: AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else under ~/.aws. */
export function profilePaths(env: Environment): { readonly config: string; readonly credentials: string } {
  const home = env.HOME || env.USERPROFILE || homedir()
  const expand = (path: string): string => (path.startsWith('~/') ? join(home, path.slice(2)) : path)
  return {
    config: expand(env.AWS_CONFIG_FILE || join(home, '.aws', 'config')),
    credentials: expand(env.AWS_SHARED_CREDENTIALS_FILE || join(home, '.aws', 'credentials')),
  }
}

/** Both files, read now. One that is not there is empty; one that cannot be read is a `config-invalid`. */
export function profileFiles(env: Environment): { readonly config: ProfileFile; readonly credentials: ProfileFile } {
  const { config, credentials } = profilePaths(env)
  return { config: profileFile(config), credentials: profileFile(credentials) }
}

function profileFile(path: string): ProfileFile {
  try {
    return { path, text: readFileSync(path, 'utf8') }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return { path, text: undefined }
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('config-invalid', `${path} cannot be read: ${problem}`, { cause })
  }
}
