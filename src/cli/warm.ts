import { writeSync } from 'node:fs'
import { nodeVault } from '../host/node-host.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { ResolvedProfile } from '../profiles/resolve.ts'
import { cachedSession } from '../sources/cached-session.ts'
import { changedEnvironment, credentialProcessAnswer } from './environment.ts'
import { environmentOf, userProfile } from './profile.ts'
import { shellNamed } from './shells.ts'

/** What a warm call asks for: a verb, a profile, and for `exec` the command. */
interface WarmCall {
  readonly verb: 'creds' | 'env' | 'exec'
  readonly profile: string
  readonly words: readonly string[]
}

/**
 * Serves `creds`, `env` and `exec` in their plainest form from a kept session, and gives the exit status. Everything
 * else gives undefined and is left to the verbs themselves: another form, no session, a fault to be reported. What is
 * imported here costs every call of every tool, so it is little: no SDK, no fetch, no parser of options.
 */
export async function serveWarm(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number | undefined> {
  const call = plainCall(argv)
  if (!call) return undefined
  let profile: ResolvedProfile
  let credentials: Credentials | undefined
  try {
    profile = userProfile(env, call.profile)
    credentials = await cachedSession(profile.spec, nodeVault(env, nobody), new Date())
  } catch {
    return undefined
  }
  if (!credentials) return undefined
  if (call.verb === 'creds') print(credentialProcessAnswer(credentials))
  else if (call.verb === 'env') printEnvironment(profile, credentials, env)
  else {
    const { runCommand } = await import('./run-command.ts')
    return runCommand(call.words, changedEnvironment(env, environmentOf(profile, credentials))).catch(() => undefined)
  }
  return 0
}

/** `creds P`, `env P`, `exec P -- CMD …`, with `--no-input` behind the profile at most. */
function plainCall(argv: readonly string[]): WarmCall | undefined {
  const [verb, profile, ...rest] = argv
  if (verb !== 'creds' && verb !== 'env' && verb !== 'exec') return undefined
  if (profile === undefined || profile.startsWith('-')) return undefined
  const [first, ...others] = rest[0] === '--no-input' ? rest.slice(1) : rest
  if (verb === 'exec') return first === '--' && others.length > 0 ? { verb, profile, words: others } : undefined
  return first === undefined ? { verb, profile, words: [] } : undefined
}

function printEnvironment(profile: ResolvedProfile, credentials: Credentials, env: NodeJS.ProcessEnv): void {
  const shell = shellNamed(undefined, env.SHELL)
  const change = environmentOf(profile, credentials)
  const lines = [
    ...change.unset.map((name) => shell.unset(name)),
    ...Object.entries(change.set).map(([name, value]) => shell.set(name, value)),
  ]
  print(lines.join('\n'))
}

/** Straight to the file: `process.stdout` would load Node's sockets first, which costs more than the rest of the call. */
function print(text: string): void {
  const bytes = Buffer.from(`${text}\n`)
  let written = 0
  while (written < bytes.length) written += writeSync(1, bytes, written)
}

/** A vault that wants a passphrase is not warm: asking is the verbs' business. */
const nobody = (): Promise<string> => Promise.reject(new Error('nobody is asked here'))
