import { spawn } from 'node:child_process'
import { Failure } from '../../model/failure.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Splits a command line into words as a POSIX shell does, quotes and backslashes included, and expands nothing. The
 * same rules AWS's SDKs use for `credential_process`. Throws a `Failure` of code `config-invalid` for an open quote.
 */
export function splitCommandLine(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < line.length; at++) {
    const symbol = line.charAt(at)
    if (/[ \t\r\n]/.test(symbol)) {
      if (word !== undefined) words.push(word)
      word = undefined
      continue
    }
    word ??= ''
    if (symbol === "'") {
      const end = line.indexOf("'", at + 1)
      if (end < 0) throw unbalanced('a single quote is not closed')
      word += line.slice(at + 1, end)
      at = end
    } else if (symbol === '"') {
      for (at++; line.charAt(at) !== '"'; at++) {
        if (at >= line.length) throw unbalanced('a double quote is not closed')
        if (line.charAt(at) === '\\' && /["\\]/.test(line.charAt(at + 1))) at++
        word += line.charAt(at)
      }
    } else if (symbol === '\\') {
      at++
      if (at >= line.length) throw unbalanced('a backslash stands at its end')
      word += line.charAt(at)
    } else word += symbol
  }
  return word === undefined ? words : [...words, word]
}

const unbalanced = (what: string): Failure =>
  new Failure('config-invalid', `A command line cannot be split into words: ${what}.`)

const patience = 120_000
const mostOutput = 128 * 1024

/**
 * What a command printed, trimmed; `input` is what it reads on standard input. No shell is involved. Rejects with a `Failure` of code `command-not-found`, or
 * `input-needed` when it fails or takes more than two minutes: with what it said on stderr, never with its output.
 */
export async function runCommand(commandLine: string, env: Environment, input?: string): Promise<string> {
  const [program, ...words] = splitCommandLine(commandLine)
  if (program === undefined) throw new Failure('config-invalid', 'A command line is empty.')
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'], timeout: patience })
    // A command that does not read its input may be gone before it is written.
    child.stdin.on('error', () => undefined).end(input ?? '')
    const chunks: Buffer[] = []
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (chunks.reduce((sum, { length }) => sum + length, 0) > mostOutput) child.kill()
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      // "Touch your key" must be seen while the command waits for it.
      if (process.stderr.isTTY) process.stderr.write(chunk)
      said = `${said}${chunk}`.slice(-2000)
    })
    child.on('error', (cause) =>
      reject(
        new Failure('command-not-found', `${program} could not be started: ${cause.message}.`, {
          hint: 'Check mfa_process in the profile; give the full path of the program.',
          cause,
        }),
      ),
    )
    child.on('close', (status, signal) => {
      if (status === 0) return resolve(Buffer.concat(chunks).toString('utf8').trim())
      const end = signal ? `was ended by ${signal}` : `failed with status ${status}`
      reject(
        new Failure('input-needed', `${program} ${end}${said.trim() ? `: ${said.trim()}` : '.'}`, {
          hint: 'Run it by hand to see why, or give the code with --mfa-code.',
        }),
      )
    })
  })
}
