import { spawn } from 'node:child_process'
import { Failure } from '../../model/failure.ts'
import { splitCommandLine } from './command.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What is said instead of waiting for a login that cannot come. */
export const nobodyToSignIn = (): Failure =>
  new Failure('input-needed', 'Somebody has to sign in, but nobody is to be asked.', {
    hint: 'Run mayfly login PROFILE where a person is; the sign-in is kept for later.',
  })

/**
 * Shows the address and opens it in the user's browser: what $BROWSER names, else the system's own. Gives whether one
 * was started. Throws a `Failure` (`config-invalid`) for what is no web address: a program is run with it.
 */
export async function openInBrowser(url: string, env: Environment, say: (text: string) => void): Promise<boolean> {
  if (!/^https?:\/\/[\x21-\x7e]+$/.test(url) || !URL.canParse(url))
    throw new Failure('config-invalid', 'What is to be opened in the browser is not a web address.')
  say(`mayfly: to sign in, open\n  ${url}`)
  for (const words of openers(url, env)) if (await started(words, env)) return true
  return false
}

/** The command lines to try, in order. Each gets the address as one word; no shell is involved. */
export function openers(url: string, env: Environment, platform: string = process.platform): readonly string[][] {
  // Several may be named, with colons between them; `%s` stands for the address. "none" is how people say no.
  const named = (env.BROWSER ?? '').split(':').filter((command) => command.trim() !== '')
  if (named.includes('none')) return []
  const chosen = named.map((command) => {
    const words = splitCommandLine(command)
    return words.some((word) => word.includes('%s')) ? words.map((word) => word.replaceAll('%s', url)) : [...words, url]
  })
  if (platform === 'darwin') return [...chosen, ['open', url]]
  if (platform === 'win32') return [...chosen, ['rundll32', 'url.dll,FileProtocolHandler', url]]
  const inWindows = env.WSL_DISTRO_NAME ? [['wslview', url]] : []
  const hasScreen = env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME
  // Without a screen xdg-open may start a browser in the terminal, over what runs there.
  return [...chosen, ...inWindows, ...(hasScreen ? [['xdg-open', url]] : [])]
}

/** Whether the program was there. It goes on by itself; what it prints is of no interest, and stdout is not its own. */
function started([program = '', ...words]: readonly string[], env: Environment): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { env: { ...env }, stdio: 'ignore', detached: true })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}
