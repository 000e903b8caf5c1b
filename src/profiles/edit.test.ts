import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Failure } from '../model/failure.ts'
import { removeKeys, setKeys } from './edit.ts'
import { linesWithEnds } from './lines.ts'
import { parseSections } from './parse.ts'

const set = (text: string, values: Record<string, string>, header = 'a'): string => setKeys(text, header, values, 'f')
const remove = (text: string, keys: string[], header = 'a'): string => removeKeys(text, header, keys, 'f')

for (const [what, before, values, after] of [
  ['a new section in an empty file', '', { k: 'v' }, '[a]\nk = v\n'],
  ['a new section below others', '[b]\nx = 1\n', { k: 'v' }, '[b]\nx = 1\n\n[a]\nk = v\n'],
  ['a new section below a blank line', '[b]\n \n', { k: 'v' }, '[b]\n \n[a]\nk = v\n'],
  ['a new section where the last line has no end', '[b]\nx = 1', { k: 'v' }, '[b]\nx = 1\n\n[a]\nk = v\n'],
  ['a new section in a file of CRLF', '[b]\r\nx = 1\r\n', { k: 'v' }, '[b]\r\nx = 1\r\n\r\n[a]\r\nk = v\r\n'],
  ['a new key in an empty section', '[a]', { k: 'v' }, '[a]\nk = v\n'],
  ['a new key after the last one', '[a]\nx = 1\n\n# b\n[b]\n', { k: 'v' }, '[a]\nx = 1\nk = v\n\n# b\n[b]\n'],
  ['a new key after a continued value', '[a]\nx = 1\n  2\n[b]\n', { k: 'v' }, '[a]\nx = 1\n  2\nk = v\n[b]\n'],
  ['a new key where the last line has no end', '[a]\r\nx = 1', { k: 'v' }, '[a]\r\nx = 1\r\nk = v\r\n'],
  ['a new key among indented ones', '[a]\n\tx = 1\n [b]\n', { k: 'v' }, '[a]\n\tx = 1\n\tk = v\n [b]\n'],
  ['a new key before an indented header', '[a]\n# c\n  [b]\n', { k: 'v' }, '[a]\n  k = v\n# c\n  [b]\n'],
  ['a value in its place', '[a]\nk = old \ny = 2\n', { k: 'v' }, '[a]\nk = v\ny = 2\n'],
  ['a value with odd spacing', '[a]\n  K  :\told\r\ny = 2', { k: 'v' }, '[a]\n  K  :\tv\r\ny = 2'],
  ['a value after a bare delimiter', '[a]\nk=old\nj=\n', { k: 'v', j: 'w' }, '[a]\nk= v\nj= w\n'],
  ['a value of several lines', '[a]\nk = 1\n  2\n# c\n\n  3\n\ny = 2', { k: 'v' }, '[a]\nk = v\n# c\n\ny = 2'],
  ['a value in place of a block', '[a]\ns3 =\n  x = 1\n[b]', { s3: 'v' }, '[a]\ns3 = v\n[b]'],
  ['a value where a longer name begins alike', '[a]\nkey = 1\nkey_2 = 2\n', { key: 'v' }, '[a]\nkey = v\nkey_2 = 2\n'],
  ['an empty value', '[a]\nk = 1\n', { k: '', j: '' }, '[a]\nk = \nj =\n'],
] as const)
  test(`setting ${what}`, () => {
    assert.equal(set(before, values), after)
  })

for (const [what, before, keys, after] of [
  ['a key', '[a]\nk = 1\ny = 2\n[b]\nk = 3\n', ['K'], '[a]\ny = 2\n[b]\nk = 3\n'],
  [
    'a key with its block, comments staying',
    '[a]\nk =\n  x = 1\n  # c\n\n  y = 2\n\nz = 1',
    ['k'],
    '[a]\n  # c\n\nz = 1',
  ],
  ['the last line', '[a]\r\nx = 1\r\nk = 2', ['k'], '[a]\r\nx = 1\r\n'],
  ['what is not there', '[a]\nx = 1', ['k'], '[a]\nx = 1'],
  ['from a section that is not there', '[b]\nk = 1', ['k'], '[b]\nk = 1'],
] as const)
  test(`removing ${what}`, () => {
    assert.equal(remove(before, [...keys]), after)
  })

test('what could not be read back is refused, and is not shown', () => {
  const values = [' v', 'v ', 'a\nb', 'a\rb', 'v\n[other]', '\u00a0v', 'v\u0085', 'a\0b', 'a\u001bb', '\ud800']
  for (const value of values)
    assert.throws(
      () => set('[a]\n', { k: value }),
      (error) => error instanceof Failure && error.code === 'usage' && error.message.length < 60 && !!error.hint,
    )
  for (const key of ['', ' k', 'k ', 'a=b', 'a:b', '#k', ';k', '[k]', 'a b', 'k\n', '1k'])
    assert.throws(() => set('[a]\n', { [key]: 'v' }), { name: 'Failure', code: 'usage' })
  for (const header of ['', 'a\nb', 'a\rb'])
    assert.throws(() => set('', { k: 'v' }, header), { name: 'Failure', code: 'usage' })
  assert.throws(() => set('[a]\n', { k: 'v', K: 'w' }), { name: 'Failure', code: 'usage' })
  for (const value of ['a b', '= v', ': v', '# v', '[b]', '100%', '"v"', 'ż'])
    assert.equal(parseSections(set('[a]\n', { k: value }), 'f')[0]?.entries[0]?.value, value)
})

test('a file that cannot be read is not edited', () => {
  for (const text of ['\ufeff[a]\n', 'x\n', '[a]\n[a]\n']) {
    assert.throws(() => set(text, { k: 'v' }), { name: 'Failure', code: 'config-invalid' })
    assert.throws(() => remove(text, ['k']), { name: 'Failure', code: 'config-invalid' })
  }
})

// Files as people write them: any indentation, delimiter, line end, comment and blank line.
const ends = fc.constantFrom('\n', '\n', '\r\n', '\r')
const spaces = fc.constantFrom('', '', '', ' ', '  ', '\t', '\u00a0 ')
const names = fc.constantFrom('k', 'K', 'key', 'key_2', 'aws_secret_access_key', 'region', 's3', 'mfa_serial')
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        spaces,
        names,
        spaces,
        fc.constantFrom('=', ':'),
        spaces,
        fc.constantFrom('', '1', 'x = y', 'v # c'),
        spaces,
      )
      .map((parts) => parts.join('')),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(spaces, fc.constantFrom('[a]', '[b]', '[profile c]', '[DEFAULT]', '[a]]'))
      .map((parts) => parts.join('')),
  },
  { weight: 2, arbitrary: fc.tuple(spaces, fc.constantFrom('', '# c', '; k = 1', '#')).map((parts) => parts.join('')) },
)
const files = fc
  .tuple(fc.array(fc.tuple(line, ends), { maxLength: 14 }), fc.boolean())
  .map(([lines, closed]) => {
    const text = `[a]\n${lines.map(([text, end]) => text + end).join('')}`
    return closed ? text : text.replace(/[\r\n]+$/, '')
  })
  .filter((text) => {
    try {
      return parseSections(text, 'f').length > 0
    } catch {
      return false
    }
  })
type Flat = Map<string, string>
const flat = (text: string): Flat =>
  new Map(
    parseSections(text, 'f').flatMap(({ header, entries }) =>
      entries.map(({ key, value }) => [JSON.stringify([header, key]), value] as const),
    ),
  )
/** The lines no entry of the section with one of these keys stands on. */
const otherLines = (text: string, header: string, keys: readonly string[]): string[] => {
  const entries = parseSections(text, 'f').find((one) => one.header === header)?.entries ?? []
  const gone = entries.filter(({ key }) => keys.includes(key))
  return linesWithEnds(text).filter(
    (content, at) => /^\s*[#;]/.test(content) || !gone.some((entry) => at >= entry.at.line - 1 && at < entry.end - 1),
  )
}

test('after setting, the keys have their values, all else is read as before, and no other line has changed', () => {
  const values = fc.dictionary(
    names.map((name) => name.toLowerCase()),
    fc.constantFrom('v', 'x = y', '', '[z]'),
    { maxKeys: 3 },
  )
  const headers = fc.constantFrom('a', 'b', 'profile c', 'new', 'a]')
  fc.assert(
    fc.property(files, headers, values, (text, header, wanted) => {
      const after = setKeys(text, header, wanted, 'f')
      const keys = Object.keys(wanted)
      const expected = flat(text)
      for (const key of keys) expected.set(JSON.stringify([header, key]), wanted[key] ?? '')
      const byName = (map: Flat): [string, string][] => [...map].sort(([one], [two]) => (one < two ? -1 : 1))
      assert.deepEqual(byName(flat(after)), byName(expected))
      const untouched = otherLines(text, header, keys)
        .join('')
        .replace(/[\r\n]+$/, '')
      const all = otherLines(after, header, keys).join('')
      const isNew = !parseSections(text, 'f').some((section) => section.header === header)
      const left = isNew && keys.length > 0 ? all.slice(0, all.lastIndexOf(`[${header}]`)) : all
      assert.ok(left.startsWith(untouched), JSON.stringify([untouched, left]))
      assert.match(left.slice(untouched.length), /^[\r\n]*$/)
    }),
    { numRuns: 1500 },
  )
})

test('after removing, the keys are gone, all else is read as before, and every other byte is there', () => {
  fc.assert(
    fc.property(files, fc.constantFrom('a', 'b', 'DEFAULT'), fc.array(names), (text, header, keys) => {
      const after = removeKeys(text, header, keys, 'f')
      const lowered = keys.map((key) => key.toLowerCase())
      const expected = flat(text)
      for (const key of lowered) expected.delete(JSON.stringify([header, key]))
      assert.deepEqual(flat(after), expected)
      assert.equal(after, otherLines(text, header, lowered).join(''))
    }),
    { numRuns: 1500 },
  )
})

test('what is set in a new section and removed again leaves the text as it was, but for the header', () => {
  fc.assert(
    fc.property(files, (text) => {
      const back = removeKeys(setKeys(text, 'new', { k: 'v' }, 'f'), 'new', ['k'], 'f')
      assert.ok(back.startsWith(text))
      assert.match(back.slice(text.length), /^[\r\n]*\[new\](?:\r\n|\n|\r)$/)
    }),
  )
})
