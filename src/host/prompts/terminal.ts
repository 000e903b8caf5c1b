import { openSync } from 'node:fs'
import { ReadStream, WriteStream } from 'node:tty'
import { Failure } from '../../model/failure.ts'
import type { Question } from '../host.ts'

/** Keys come in here; raw mode hands each over as it is pressed, and shows none. */
interface Keyboard extends NodeJS.ReadableStream {
  setRawMode?(mode: boolean): unknown
}

/**
 * Asks on /dev/tty, so that it works inside `eval`, pipes and credential_process, and stdout stays clean. Rejects with
 * a `Failure`: `input-needed` where there is no terminal, `interrupted` on Ctrl-C.
 */
export async function askOnTerminal(question: Question): Promise<string> {
  let fd: number
  try {
    fd = openSync('/dev/tty', 'r+')
  } catch (cause) {
    throw nobodyToAsk(question, 'there is no terminal', cause)
  }
  const keyboard = new ReadStream(fd)
  try {
    const screen = new WriteStream(openSync('/dev/tty', 'w'))
    try {
      return await askOn(keyboard, screen, question)
    } finally {
      screen.destroy()
    }
  } finally {
    keyboard.destroy()
  }
}

/** What is said instead of waiting for an answer that cannot come. */
export const nobodyToAsk = (question: Question, because: string, cause?: unknown): Failure =>
  new Failure(
    'input-needed',
    `${question.text}${/[?]$/.test(question.text) ? ' An answer is' : ':'} needed, but ${because}.`,
    {
      hint: ways[question.kind],
      cause,
    },
  )

const ways: Readonly<Record<Question['kind'], string>> = {
  'mfa-code': 'Give it with --mfa-code CODE, or name a command that prints it: mfa_process in the profile.',
  passphrase: 'Set MAYFLY_VAULT_PASSPHRASE.',
  'new-passphrase': 'Set MAYFLY_VAULT_PASSPHRASE.',
  confirm: 'Run it in a terminal, or with --yes where the verb has it.',
  text: 'Run it in a terminal, or give it as an option.',
}

/** Asks on any pair of streams. A new passphrase is asked for twice, until both are the same. */
export async function askOn(keyboard: Keyboard, screen: NodeJS.WritableStream, question: Question): Promise<string> {
  keyboard.setEncoding('utf8')
  keyboard.setRawMode?.(true)
  try {
    for (;;) {
      const prompt = question.kind === 'confirm' ? `${question.text} [y/N] ` : `${question.text}: `
      const secret = question.secret ?? /passphrase/.test(question.kind)
      const answer = await readLine(keyboard, screen, prompt, secret)
      if (question.kind !== 'new-passphrase') return answer
      if (answer && answer === (await readLine(keyboard, screen, 'Again: ', true))) return answer
      screen.write(answer ? 'They differ.\n' : 'It must not be empty.\n')
    }
  } finally {
    keyboard.setRawMode?.(false)
    keyboard.pause()
  }
}

/** One line, edited with backspace, Ctrl-W and Ctrl-U. Control characters never reach the answer. */
function readLine(keyboard: Keyboard, screen: NodeJS.WritableStream, prompt: string, secret: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = ''
    const set = (next: string): void => {
      if (!secret && next.startsWith(line)) screen.write(next.slice(line.length))
      else if (!secret) screen.write('\b \b'.repeat([...line].length - [...next].length))
      line = next
    }
    const finish = (settle: () => void): void => {
      keyboard.off('data', press).off('end', hangUp).off('error', hangUp)
      screen.write('\r\n')
      settle()
    }
    const hangUp = (): void => finish(() => reject(new Failure('interrupted', 'The terminal was closed.')))
    const press = (chunk: Buffer | string): void => {
      const text = String(chunk)
      // Arrow keys and their like come as one chunk that begins with ESC; there is nothing to move in.
      if (text.startsWith('\u001b')) return
      const keys = [...text]
      for (const [at, key] of keys.entries()) {
        if (key === '\u0003') finish(() => reject(new Failure('interrupted', 'Interrupted.')))
        else if (key === '\u0004' && line === '') hangUp()
        else if (key === '\r' || key === '\n') {
          finish(() => resolve(line))
          // A pasted second line answers the next question.
          if (at + 1 < keys.length) keyboard.unshift(keys.slice(at + 1).join(''), 'utf8')
        } else {
          if (key === '\u007f' || key === '\b') set([...line].slice(0, -1).join(''))
          else if (key === '\u0015') set('')
          else if (key === '\u0017') set(line.replace(/\S*\s*$/, ''))
          else if (key >= ' ') set(line + key)
          continue
        }
        return
      }
    }
    screen.write(prompt)
    keyboard.on('data', press).on('end', hangUp).on('error', hangUp)
    keyboard.resume()
  })
}
