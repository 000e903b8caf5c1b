import { join, resolve } from 'node:path'
import { Failure } from '../model/failure.ts'
import { awsCacheIn } from './aws-cache.ts'
import { homeOf } from './home.ts'
import type { Fetch, Host, Question } from './host.ts'
import { encryptedFileVault } from './vaults/encrypted-file.ts'
import type { Vault } from './vaults/vault.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface NodeHostOptions {
  /** False: a question fails instead of waiting. */
  readonly input?: boolean
  /** Answers the first question for an MFA code. */
  readonly mfaCode?: string
  /** Told what is being waited for. Default: a line on stderr. */
  readonly say?: (text: string) => void
  /** Give a vault that does not exist yet a passphrase instead of a key file. */
  readonly passphrase?: boolean
}

/** The real outside of this process. */
export interface NodeHost extends Host {
  /** Where Mayfly keeps its own: the vault and the locks. */
  readonly directory: string
}

/** Builds the outside. Nothing is read, opened or loaded before it is asked for. */
export function nodeHost(env: Environment, options: NodeHostOptions = {}): NodeHost {
  const directory = mayflyDirectory(env)
  const say = options.say ?? ((text: string) => process.stderr.write(`${text}\n`))
  const ask = asker(env, options)
  let code = options.mfaCode
  let fetch: Promise<Fetch> | undefined
  return {
    directory,
    now: () => new Date(),
    fetch: async (request, as) => {
      fetch ??= import('./fetch.ts').then(({ nodeFetch }) => nodeFetch(env))
      return (await fetch)(request, as)
    },
    ask,
    openBrowser: async (url) => {
      const { openInBrowser, nobodyToSignIn } = await import('./prompts/browser.ts')
      if (options.input === false || env.MAYFLY_NO_INPUT) throw nobodyToSignIn()
      return openInBrowser(url, env, say)
    },
    say,
    variable: (name) => env[name] || undefined,
    readFile: async (path) => (await import('./user-file.ts')).readUserFile(path, homeOf(env)),
    awsCache: (of) => awsCacheIn(awsCacheDirectory(env, of)),
    run: async (commandLine) => (await import('./prompts/command.ts')).runCommand(commandLine, env),
    presetMfaCode: () => {
      const once = code
      code = undefined
      return once
    },
    vault: nodeVault(env, ask, options.passphrase),
    exclusively: async (name, work) => {
      const [{ locksIn }, { editLock }] = await Promise.all([import('./locks.ts'), import('./files.ts')])
      const what = name.startsWith(editLock) ? 'edit' : 'login'
      const onWait = (pid: number): void => say(`mayfly: waiting for the ${what} started by process ${pid}`)
      return locksIn(join(directory, 'locks'), { onWait })(name, work)
    },
  }
}

/** As botocore has it: under the home directory, wherever AWS_CONFIG_FILE is. */
const awsCacheDirectory = (env: Environment, of: 'sso' | 'login'): string =>
  (of === 'login' && env.AWS_LOGIN_CACHE_DIRECTORY) || join(homeOf(env), '.aws', of, 'cache')

/** MAYFLY_HOME, else the place for data of programs: XDG_DATA_HOME, ~/.local/share, ~/Library/Application Support. */
export function mayflyDirectory(env: Environment, platform: string = process.platform): string {
  if (env.MAYFLY_HOME) return resolve(env.MAYFLY_HOME)
  if (env.XDG_DATA_HOME?.startsWith('/')) return join(env.XDG_DATA_HOME, 'mayfly')
  const home = homeOf(env)
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'mayfly')
  return join(home, '.local', 'share', 'mayfly')
}

/**
 * The vault of this user. It has the protection it was made with; a new one gets a key file, or a passphrase when
 * MAYFLY_VAULT_PASSPHRASE is set or `passphrase` asks for one.
 */
export function nodeVault(env: Environment, ask: Host['ask'], passphrase?: boolean): Vault {
  const given = env.MAYFLY_VAULT_PASSPHRASE
  return encryptedFileVault({
    directory: join(mayflyDirectory(env), 'vault'),
    passphrase: async (purpose) =>
      given ||
      ask(
        purpose === 'unlock'
          ? { kind: 'passphrase', text: 'Passphrase of the vault', secret: true }
          : { kind: 'new-passphrase', text: 'New passphrase for the vault', secret: true },
      ),
    ...(given || passphrase ? { protection: 'passphrase' as const } : {}),
  })
}

const asker =
  (env: Environment, options: NodeHostOptions) =>
  async (question: Question): Promise<string> => {
    const { askOnTerminal, nobodyToAsk } = await import('./prompts/terminal.ts')
    if (options.input === false || env.MAYFLY_NO_INPUT) throw nobodyToAsk(question, 'nobody is to be asked')
    const answer = await askOnTerminal(question)
    if (question.kind === 'passphrase' && !answer) throw new Failure('vault-locked', 'The passphrase is empty.')
    return answer
  }
