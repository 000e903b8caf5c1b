import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { buildEntry } from '../scripts/entry.ts'
import { userProfile } from '../src/cli/profile.ts'
import { nodeVault } from '../src/host/node-host.ts'
import { sessionPrefix, sessionText } from '../src/sources/cached-session.ts'
import { specDigest } from '../src/sources/spec-digest.ts'

// The file that every call of every tool runs. What is loaded there is paid for each time: `npm run bench -- creds`.

const root = join(import.meta.dirname, '..')
const home = mkdtempSync(join(tmpdir(), 'mayfly-warm-'))
after(() => rmSync(home, { recursive: true, force: true }))

const entry = join(home, 'mayfly.cjs')
const { metafile } = await buildEntry(entry)
const sources = Object.values(metafile.outputs).flatMap(({ inputs }) =>
  Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
)

test('the entry has neither the verbs nor a package in it, and is small', () => {
  assert.deepEqual(
    sources.filter((path) => !/^src\/(?:cli|host|model|profiles|sources)\/[\w/-]+\.ts$/.test(path)),
    [],
  )
  assert.deepEqual(
    sources.filter((path) => /commands\/|commander|prompts\/|fetch|program\.ts/.test(path)),
    [],
  )
  const size = readFileSync(entry).length
  assert.ok(size < 60_000, `${size} bytes`)
})

test('no regular expression in the entry asks for classes of Unicode before it is used', () => {
  const literal = sources.filter((path) =>
    readFileSync(join(root, path), 'utf8')
      .replaceAll(/\/\*\*.*?\*\/|`[^`]*`/gs, '')
      .includes(String.raw`\p{`),
  )
  assert.deepEqual(literal, [])
})

/** What Node has loaded of its public modules at the end, beyond what it starts with. */
function run(env: NodeJS.ProcessEnv, ...words: readonly string[]): { out: string; loaded: readonly string[] } {
  const list = join(home, 'loaded.json')
  const hook = join(home, 'hook.cjs')
  writeFileSync(
    hook,
    `const before = new Set(process.moduleLoadList)
     process.on('exit', () => {
       const loaded = process.moduleLoadList.filter((name) => !before.has(name) && !name.includes('internal/'))
       require('node:fs').writeFileSync(process.env.LOADED, JSON.stringify(loaded))
     })`,
  )
  const out = execFileSync(process.execPath, ['--require', hook, ...words], {
    env: { PATH: process.env.PATH, ...env, LOADED: list },
    encoding: 'utf8',
  })
  return { out, loaded: JSON.parse(readFileSync(list, 'utf8')) }
}

test('a warm call loads no module of Node beyond those of node:crypto', async () => {
  mkdirSync(join(home, '.aws'))
  const accessKeyId = 'AKIAQQQQQQQQQQQQQQQQ'
  writeFileSync(join(home, '.aws', 'config'), `[profile ann]\nregion = us-east-1\nmayfly_key = ${accessKeyId}\n`)
  const env = { HOME: home, MAYFLY_HOME: join(home, 'mayfly') }
  const credentials = {
    accessKeyId: 'ASIAQQQQQQQQQQQQQQQQ',
    secretAccessKey: 'x'.repeat(40),
    sessionToken: 'x'.repeat(800),
    expiration: new Date(Date.now() + 6 * 3_600_000),
  }
  const { spec } = userProfile(env, 'ann')
  const vault = nodeVault(env, () => Promise.reject(new Error('nobody to ask')))
  await vault.put(sessionPrefix + specDigest(spec), sessionText({ spec, credentials, issuedAt: new Date() }))
  const crypto = join(home, 'crypto.cjs')
  writeFileSync(crypto, "require('node:crypto')")
  const allowed = run(env, crypto).loaded
  for (const verb of ['creds', 'env']) {
    const { out, loaded } = run(env, entry, verb, 'ann')
    assert.match(out, /ASIAQQQQQQQQQQQQQQQQ/)
    assert.deepEqual(
      loaded.filter((name) => !allowed.includes(name)),
      [],
      verb,
    )
  }
})

test('what is no warm call goes on to the verbs without having loaded node:crypto', () => {
  mkdirSync(join(home, 'cli'))
  writeFileSync(join(home, 'cli', 'package.json'), '{"type": "module"}')
  writeFileSync(join(home, 'cli', 'program.js'), "export const run = async (argv) => console.log(argv.join(' ')) ?? 0")
  for (const words of [['--help'], ['completions', 'bash'], ['creds', '--help']]) {
    const { out, loaded } = run({}, entry, ...words)
    assert.equal(out, `${words.join(' ')}\n`)
    assert.ok(!loaded.includes('NativeModule crypto'), words.join(' '))
  }
})
