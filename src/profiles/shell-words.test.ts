import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shellWords } from './shell-words.ts'

/** The answers of shlex.split of Python 3.11; null where it raised ValueError. */
const answers: readonly (readonly [text: string, words: readonly string[] | null])[] = [
  ['profile a', ['profile', 'a']],
  ['  a\t b\r\nc ', ['a', 'b', 'c']],
  ['\'a b\' "c d"', ['a b', 'c d']],
  ["a'b c'd", ['ab cd']],
  ['"q\\"q\\\\ \\n"', ['q"q\\ \\n']],
  ["'s\\s\\\\'", ['s\\s\\\\']],
  ["'a\\' b", ['a\\', 'b']],
  ["a\\ b \\'", ['a b', "'"]],
  ["''", ['']],
  ["a '' b", ['a', '', 'b']],
  ["'open", null],
  ['"open', null],
  ['end\\', null],
  ['"end\\', null],
  ['a#b # c', ['a#b', '#', 'c']],
  ['\u00a0a\u2003b', ['\u00a0a\u2003b']],
  ['', []],
  ['"it\'s" \'say "x"\'', ["it's", 'say "x"']],
  ['a\\\\b', ['a\\b']],
]

for (const [text, words] of answers)
  test(`words are divided as shlex divides them: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(shellWords(text), words ?? undefined)
  })
