import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Failure } from '../model/failure.ts'
import { type Entry, parseSections } from './parse.ts'
import { type ProfileFile, readProfiles } from './read.ts'

type Sections = Record<string, Record<string, string | Record<string, string>>>

interface Vector {
  readonly name: string
  readonly text: string
  readonly config: Sections | null
  readonly credentials: Sections | null
}

const vectors: { cases: Vector[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'botocore-vectors.json'), 'utf8'),
)
const absent: ProfileFile = { path: 'absent', text: undefined }
const plain = (entries: ReadonlyMap<string, Entry>): [string, unknown][] =>
  [...entries].map(([key, { value, nested }]) => [key, nested ? new Map(nested) : value])
const wanted = (sections: Sections): Map<string, unknown> =>
  new Map(
    Object.entries(sections).map(([name, keys]) => [
      name,
      new Map(
        Object.entries(keys).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : new Map(Object.entries(value)),
        ]),
      ),
    ]),
  )
const got = (config: ProfileFile, credentials: ProfileFile): Map<string, unknown> =>
  new Map([...readProfiles(config, credentials).profiles].map(([name, { entries }]) => [name, new Map(plain(entries))]))

const isPlaced = (error: unknown): boolean =>
  error instanceof Failure && error.code === 'config-invalid' && /^file:\d+: /.test(error.message)

for (const { name, text, config, credentials } of vectors.cases)
  test(`as botocore reads it: ${name}`, () => {
    const file = { path: 'file', text }
    if (config) assert.deepEqual(got(file, absent), wanted(config))
    else assert.throws(() => got(file, absent), isPlaced)
    if (credentials) assert.deepEqual(got(absent, file), wanted(credentials))
    else assert.throws(() => got(absent, file), isPlaced)
  })

const refusals = [
  ['a key before any section', 'region = x', 'f:1: this line stands before any [section].'],
  ['a broken line', '[a]\n\nregion', 'f:3: this line is neither a [section], nor a key = value, nor a comment.'],
  ['a section twice', '[a]\r\n[b]\r\n[a]', 'f:3: the section [a] stands twice, first at line 1.'],
  ['a key twice', '[a]\nRegion=x\nregion:y', 'f:3: the key region stands twice in this section, first at line 2.'],
  ['a broken block', '[a]\nx=1\ns3 =\n  max', 'f:3: a line of the block below the key s3 is not a key = value.'],
  ['a byte order mark', '\uFEFF[a]', 'f:1: the file begins with a byte order mark.'],
] as const
for (const [what, text, message] of refusals)
  test(`${what} is refused with file, line and what to do`, () => {
    assert.throws(
      () => parseSections(text, 'f'),
      (error) => error instanceof Failure && error.message === message && !!error.hint,
    )
  })

test('a wrapped session token that looks like a key is not shown', () => {
  const token = `FwoGZXIvYXdzEBYaDH${'x'.repeat(60)}`
  for (const text of [`${token}==\n`, `[a]\n${token}==\n${token}==\n`, `[a]\n${token}\n`, `[a]\nx =\n  ${token}\n`])
    assert.throws(
      () => parseSections(text, 'f'),
      (error) => error instanceof Failure && !error.message.toLowerCase().includes(token.slice(0, 18).toLowerCase()),
    )
})

test('text of the file is bounded and printable in messages', () => {
  const header = `\u001b[31m${'long '.repeat(10_000)}`
  assert.throws(
    () => parseSections(`[${header}]\n[${header}]`, 'f'),
    (error) => error instanceof Failure && error.message.length < 200 && !error.message.includes('\u001b'),
  )
})

test('places and ends count lines from 1, whatever ends a line', () => {
  const [section] = parseSections('[a]\rb = 1\r\n  2\n\n  3\n\nc = 4', 'f')
  assert.deepEqual(
    section?.entries.map(({ key, value, at, end }) => [key, value, at.line, end]),
    [
      ['b', '1\n2\n\n3', 2, 6],
      ['c', '4', 7, 8],
    ],
  )
})
