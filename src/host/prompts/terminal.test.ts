import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { Failure } from '../../model/failure.ts'
import type { Question } from '../host.ts'
import { askOn, nobodyToAsk } from './terminal.ts'

/** Types each text as one press, and gives the answer, what was shown, and the modes the terminal was put in. */
async function typing(question: Question, ...presses: string[]) {
  const modes: boolean[] = []
  const keyboard = Object.assign(new PassThrough(), { setRawMode: (mode: boolean) => modes.push(mode) })
  const screen = new PassThrough()
  let shown = ''
  screen.on('data', (chunk) => {
    shown += chunk
  })
  const answer = askOn(keyboard, screen, question).then(
    (text) => text,
    (error: unknown) => error,
  )
  for (const press of presses) {
    keyboard.write(press)
    await new Promise((done) => setImmediate(done))
  }
  return { answer: await answer, shown, modes }
}

const code: Question = { kind: 'mfa-code', text: 'MFA code' }

test('a line is read, shown and edited, and the terminal is put back', async () => {
  const { answer, shown, modes } = await typing(code, '1', '2', '\u007f', '3\u001b', '\u001b[D', 'x\u00154', '56', '\r')
  assert.equal(answer, '456')
  assert.match(shown, /^MFA code: 12\x08 \x083.*456\r\n$/s)
  assert.deepEqual(modes, [true, false])
})

test('a secret is never shown', async () => {
  const { answer, shown } = await typing({ kind: 'passphrase', text: 'Passphrase' }, 'sesame', '\n')
  assert.equal(answer, 'sesame')
  assert.equal(shown, 'Passphrase: \r\n')
})

test('Ctrl-C interrupts and puts the terminal back', async () => {
  const { answer, modes } = await typing(code, '12', '\u0003')
  assert.ok(answer instanceof Failure && answer.code === 'interrupted')
  assert.deepEqual(modes, [true, false])
})

test('a new passphrase must be typed twice alike', async () => {
  const question: Question = { kind: 'new-passphrase', text: 'New passphrase' }
  const { answer, shown } = await typing(question, '\r', 'one\r', 'two\r', 'three\r', 'three\r')
  assert.equal(answer, 'three')
  assert.match(shown, /must not be empty.*They differ/s)
})

test('where nobody can answer, the failure names the option', () => {
  const failure = nobodyToAsk(code, 'there is no terminal')
  assert.equal(failure.code, 'input-needed')
  assert.match(failure.hint ?? '', /--mfa-code/)
})
