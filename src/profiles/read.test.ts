import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Failure } from '../model/failure.ts'
import { headerFor, headerOf, type Profiles, readProfiles } from './read.ts'

const read = (config: string, credentials?: string): Profiles =>
  readProfiles({ path: 'config', text: config }, { path: 'credentials', text: credentials })
const values = (profiles: Profiles, name: string): Record<string, string> =>
  Object.fromEntries([...(profiles.profiles.get(name)?.entries ?? [])].map(([key, { value }]) => [key, value]))

test('of a key that stands in both files the credentials file has the word, key by key', () => {
  const profiles = read('[profile a]\nregion = one\noutput = json', '[a]\nREGION = two\nextra = 1')
  assert.deepEqual(values(profiles, 'a'), { region: 'two', output: 'json', extra: '1' })
  assert.deepEqual(profiles.profiles.get('a')?.at, { file: 'config', line: 1 })
  assert.deepEqual(profiles.profiles.get('a')?.entries.get('region')?.at, { file: 'credentials', line: 2 })
})

test('a profile may stand in the credentials file alone, under its bare name', () => {
  const profiles = read('', '[a]\nx = 1\n[profile b]\nx = 2')
  assert.deepEqual([...profiles.profiles.keys()], ['a', 'profile b'])
})

test('two files that are not there have no profiles', () => {
  const none = { path: 'x', text: undefined }
  assert.equal(readProfiles(none, none).profiles.size, 0)
})

for (const [what, config] of [
  ['[default] and [profile default]', '[default]\n[profile default]'],
  ['two spellings of a profile', '[profile a]\n[profile "a"]'],
  ['two spellings of a services section', '[services a]\n[services "a"]'],
] as const)
  test(`${what} are refused, for the SDKs take different ones`, () => {
    assert.throws(
      () => read(config),
      (error) =>
        error instanceof Failure &&
        error.code === 'config-invalid' &&
        /^config:2: .* stands twice, first at config:1\.$/.test(error.message),
    )
  })

test('a profile, a services section and an sso-session may share a name', () => {
  const { profiles, services } = read('[profile a]\n[services a]\n[sso-session a]')
  assert.deepEqual([[...profiles.keys()], [...services.keys()]], [['a'], ['a']])
})

test('keys of [DEFAULT] go to every profile of their file, and give way to its own', () => {
  const profiles = read('[profile a]\nregion = own\n[profile b]\n[DEFAULT]\nregion = all', '[a]\noutput = json')
  assert.deepEqual(values(profiles, 'a'), { region: 'own', output: 'json' })
  assert.deepEqual(values(profiles, 'b'), { region: 'all' })
  assert.equal(profiles.profiles.has('DEFAULT'), false)
})

test('sections that no tool reads are told, with the reason', () => {
  const { ignored, profiles } = read('[a]\n[profile b c]\n[ default ]\n[preview]\n[sso-session x]')
  assert.deepEqual(
    ignored.map(({ header, at }) => [header, at.line]),
    [
      ['a', 1],
      ['profile b c', 2],
      [' default ', 3],
      ['preview', 4],
    ],
  )
  assert.equal(profiles.size, 0)
})

test('services have the keys of their blocks', () => {
  const { services } = read('[services s]\nSTS =\n  endpoint_url = http://127.0.0.1:1\nplain = 1')
  assert.equal(services.get('s')?.get('sts')?.get('endpoint_url'), 'http://127.0.0.1:1')
  assert.equal(services.get('s')?.get('plain')?.size, 0)
})

test('every name of one line has a header that gives it back', () => {
  const names = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'a"\'\\ \t[]#;=:ż\u00a0') }))
  fc.assert(
    fc.property(names, (name) => {
      fc.pre(!/[\r\n]/.test(name))
      assert.deepEqual(headerOf(headerFor(name)), { kind: 'profile', name })
      const profiles = read(`[${headerFor(name)}]\nx = 1`).profiles
      assert.deepEqual([...profiles.keys()], [name])
    }),
  )
})

test('a name of two lines has no header', () => {
  for (const name of ['a\nb', 'a\rb', '\ud800'])
    assert.throws(
      () => headerFor(name),
      (error) => error instanceof Failure && error.code === 'usage',
    )
})

test('a [DEFAULT] that would multiply a file beyond measure is refused', () => {
  const keys = (count: number): string => Array.from({ length: count }, (_, i) => `k${i} = 1\n`).join('')
  const sections = Array.from({ length: 999 }, (_, i) => `[profile p${i}]\n`).join('')
  assert.equal(read(`[DEFAULT]\n${keys(200)}${sections}`).profiles.get('p998')?.entries.size, 200)
  assert.throws(() => read(`[DEFAULT]\n${keys(201)}${sections}`), /^Failure: config:1: \[DEFAULT\] gives too many keys/)
})
