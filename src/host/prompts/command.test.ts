import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Failure } from '../../model/failure.ts'
import { runCommand, splitCommandLine } from './command.ts'

test('a command line is split as a POSIX shell splits words', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    ['  ykman  oath\tcode ', ['ykman', 'oath', 'code']],
    [`a 'b c' "d e"f`, ['a', 'b c', 'd ef']],
    [`a '' ""`, ['a', '', '']],
    [`a\\ b c\\'d`, ['a b', "c'd"]],
    [`"a\\"b\\\\c\\d$e"`, ['a"b\\c\\d$e']],
    [`'a\\b'`, ['a\\b']],
    ['# $HOME ~ | ; *', ['#', '$HOME', '~', '|', ';', '*']],
  ]
  for (const [line, words] of cases) assert.deepEqual(splitCommandLine(line), words, line)
})

test('open quotes and a last backslash are refused', () => {
  for (const line of [`a 'b`, 'a "b', 'a "b\\"', 'a\\'])
    assert.throws(
      () => splitCommandLine(line),
      (error) => error instanceof Failure && error.code === 'config-invalid',
    )
})

test('words quoted for a shell come back, whatever is in them', () => {
  const inSingle = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
  const inDouble = (word: string): string => `"${word.replaceAll(/["\\]/g, '\\$&')}"`
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.boolean())), (words) => {
      const line = words.map(([word, single]) => (single ? inSingle(word) : inDouble(word))).join(' ')
      assert.deepEqual(
        splitCommandLine(line),
        words.map(([word]) => word),
      )
    }),
  )
})

test('no line makes the splitter throw anything but a failure', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '"', "'", '\\', '\n') }), (line) => {
      try {
        splitCommandLine(line)
      } catch (error) {
        assert.ok(error instanceof Failure)
      }
    }),
  )
})

const node = `'${process.execPath}'`

test('what a command prints is given, trimmed', async () => {
  assert.equal(await runCommand(`${node} -p "' 123456 '"`, {}), '123456')
})

test('a command that fails tells what it said and never what it printed', async () => {
  const line = `${node} -e "console.log('424242'); console.error('no card'); process.exit(3)"`
  await assert.rejects(runCommand(line, {}), (error) => {
    assert.ok(error instanceof Failure && error.code === 'input-needed')
    assert.match(error.message, /failed with status 3: no card/)
    assert.doesNotMatch(`${error.message}${error.hint}`, /424242/)
    return true
  })
})

test('a program that is not there is named', async () => {
  await assert.rejects(
    runCommand('/nowhere/totp x', {}),
    (error) => error instanceof Failure && error.code === 'command-not-found' && /\/nowhere\/totp/.test(error.message),
  )
})
