import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'

/** Which rooms a room may import from, itself aside. A room that is not listed here does not exist. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  model: [],
  policy: ['model'],
  wire: ['model'],
  host: ['model'],
  sources: ['model', 'wire', 'host'],
  profiles: ['model', 'host', 'sources'],
  sandbox: ['model', 'policy', 'wire'],
  ledger: ['model', 'host'],
  broker: ['model', 'policy', 'wire', 'host', 'sources', 'ledger'],
  agent: ['model', 'host', 'sources', 'profiles'],
  cli: ['model', 'policy', 'wire', 'host', 'sources', 'profiles', 'sandbox', 'ledger', 'broker', 'agent'],
}

/** Packages that only some rooms may know. Node's own modules are free, but for the network in the pure rooms. */
const pure = ['model', 'policy', 'wire']
const pureModules = ['node:crypto', 'node:zlib', 'node:buffer', 'node:util']

const root = join(import.meta.dirname, '..')
const sources = globSync('src/**/*.ts', { cwd: root }).sort()
/** What uses the product as others do: by the names it is published under. */
const outside = globSync(['cdk/{src,lambda}/**/*.ts', 'examples/*/{bin,lib}/**/*.ts'], { cwd: root })
const isTest = (file: string): boolean => file.endsWith('.test.ts')
const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    (match) => match[1] ?? '',
  )
const roomOf = (file: string): string => file.split('/')[1] ?? ''

test('every room imports only from the rooms to its right', () => {
  const broken: string[] = []
  for (const file of sources.filter((name) => name.split('/').length > 2 && !isTest(name)))
    for (const specifier of importsOf(file)) {
      if (!specifier.startsWith('.')) continue
      const target = roomOf(relative(root, join(root, dirname(file), specifier)))
      const room = roomOf(file)
      if (target !== room && !arrows[room]?.includes(target)) broken.push(`${file} imports ${specifier}`)
    }
  assert.deepEqual(broken, [])
})

test('the page leans on the HTTP API alone: it imports nothing from src', () => {
  const page = join(root, 'dashboard', 'src')
  const broken = globSync('**/*.{ts,tsx}', { cwd: page }).flatMap((file) =>
    [...readFileSync(join(page, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+|mayfly[^']*)'/g)]
      .map((match) => match[1] ?? '')
      .filter((name) => name.startsWith('mayfly') || relative(page, join(page, dirname(file), name)).startsWith('..'))
      .map((name) => `${file} imports ${name}`),
  )
  assert.deepEqual(broken, [])
})

test('the constructs and the examples use nothing but public names', () => {
  assert.ok(outside.length > 5)
  const broken = outside
    .filter((file) => !isTest(file))
    .flatMap((file) =>
      importsOf(file)
        .filter(
          (name) =>
            name.startsWith('.') && relative(file.split('/')[0] ?? '', join(dirname(file), name)).startsWith('..'),
        )
        .map((name) => `${file} imports ${name}`),
    )
  assert.deepEqual(broken, [])
})

test('the pure rooms touch neither files nor network nor packages', () => {
  const broken = sources
    .filter((file) => pure.includes(roomOf(file)) && !isTest(file))
    .flatMap((file) =>
      importsOf(file)
        .filter((name) => !name.startsWith('.') && !pureModules.includes(name))
        .map((name) => `${file} imports ${name}`),
    )
  assert.deepEqual(broken, [])
})

test('only host and cli read the environment and the clock', () => {
  const impure = /process\.env|Date\.now\(\)|new Date\(\)/
  const broken = sources.filter(
    (file) =>
      !isTest(file) &&
      !['host', 'cli'].includes(roomOf(file)) &&
      impure.test(code(readFileSync(join(root, file), 'utf8'))),
  )
  assert.deepEqual(broken, [])
})

test('no file is longer than 400 lines', () => {
  const long = [
    ...sources,
    ...outside,
    ...globSync(['{test,bench}/**/*.ts', 'cdk/{scripts,test}/**/*.ts', 'dashboard/src/**/*.{ts,tsx}'], { cwd: root }),
  ].filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 401)
  assert.deepEqual(long, [])
})

test('nothing exports everything, casts to any or leaves work for later', () => {
  const banned = /^export \* from|\bas any\b|@ts-ignore|@ts-expect-error|\b(?:TODO|FIXME|XXX|HACK)\b/m
  const broken = [...sources, ...outside].filter((file) => banned.test(readFileSync(join(root, file), 'utf8')))
  assert.deepEqual(broken, [])
})

test('ARCHITECTURE.md draws the same arrows', () => {
  const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const drawn = Object.fromEntries(
    [...page.matchAll(/^(\w+)\s+→ ?(.*)$/gm)].map((match) => [
      match[1] ?? '',
      (match[2] ?? '').split(/\s+/).filter(Boolean),
    ]),
  )
  const { cli, ...others } = arrows
  assert.ok(cli)
  assert.deepEqual(drawn, { ...others, cli: ['everything', 'in', 'src'] })
})

/** Without comments and strings, roughly enough for looking for a word of code. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}
