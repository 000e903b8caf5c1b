import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Command } from 'commander'
import { parse as parseYaml, stringify } from 'yaml'
import { parseConfig } from '../src/broker/config/read-config.ts'
import { configJsonSchema } from '../src/broker/config/shape.ts'
import { signedHeaders } from '../src/broker/notify/sign-webhook.ts'
import type { Cli } from '../src/cli/cli.ts'
import { exitStatus } from '../src/cli/exit-status.ts'
import { mfaGated } from '../src/cli/tour/policies.ts'
import { brokerPolicy, brokerTrust } from '../src/cli/up/broker-policy.ts'
import { verbs } from '../src/cli/verbs.ts'
import { operations as s3Operations } from '../src/sandbox/s3/operations.ts'
import { services } from '../src/sandbox/services.ts'

const root = join(import.meta.dirname, '..')
const pages = globSync(['*.md', 'docs/*.md', 'cdk/*.md', 'examples/*/*.md'], { cwd: root }).sort()
const read = (page: string): string => readFileSync(join(root, page), 'utf8')
const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '')

test('every relative link leads to a file, and to a heading of it', () => {
  const broken: string[] = []
  for (const page of pages)
    for (const [, link = ''] of withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue
      const [path = '', heading] = link.split('#')
      const target = path === '' ? page : join(dirname(page), path)
      if (!existsSync(join(root, target))) broken.push(`${page}: ${link}`)
      else if (heading !== undefined && !headingsOf(read(target)).includes(heading)) broken.push(`${page}: ${link}`)
    }
  assert.deepEqual(broken, [])
})

const headingsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )

test('every verb has a page, and the index leads to it', () => {
  const index = read('docs/README.md')
  for (const { name } of verbs) {
    assert.ok(existsSync(join(root, 'docs', `${name}.md`)), `docs/${name}.md is missing`)
    assert.ok(index.includes(`(${name}.md)`), `docs/README.md does not lead to ${name}.md`)
  }
})

/** A verb with its options, as `mayfly VERB --help` has it. Defining one starts nothing. */
async function commandOf(name: string): Promise<Command> {
  const verb = verbs.find((one) => one.name === name)
  assert.ok(verb)
  const nothing: Cli = {
    env: {},
    host: () => Promise.reject(new Error('nothing runs here')),
    print: () => undefined,
    say: () => undefined,
    style: (_, text) => text,
  }
  const command = new Command(name)
  const { define } = await verb.load()
  define(command, nothing)
  return command
}

const flagsOf = (command: Command): string[] => [
  ...command.options.flatMap(({ long }) => long ?? []),
  ...command.commands.flatMap(flagsOf),
]

test('every flag of a verb is on its page', async () => {
  const missing: string[] = []
  for (const { name } of verbs) {
    const page = read(`docs/${name}.md`)
    for (const flag of flagsOf(await commandOf(name)))
      if (!new RegExp(`${flag}(?![\\w-])`).test(page)) missing.push(`${name} ${flag}`)
  }
  assert.deepEqual(missing, [])
})

test('every verb and subcommand that a page mentions is there', async () => {
  const nested = new Map<string, string[]>()
  for (const { name } of verbs)
    nested.set(
      name,
      (await commandOf(name)).commands.map((command) => command.name()),
    )
  const unknown: string[] = []
  for (const page of pages)
    for (const [line] of read(page).matchAll(/^.*mayfly .*$/gm))
      for (const [, verb = '', next = ''] of line.matchAll(/(?<!\bA )\bmayfly ([a-z]+)(?: ([a-z]+))?/g)) {
        const inner = nested.get(verb)
        if (inner === undefined) unknown.push(`${page}: mayfly ${verb}`)
        else if (inner.length > 0 && next !== '' && !inner.includes(next))
          unknown.push(`${page}: mayfly ${verb} ${next}`)
      }
  assert.deepEqual(unknown, [])
})

test('docs/exit-codes.md has every failure with its exit status', () => {
  const rows = [...read('docs/exit-codes.md').matchAll(/^\| `([a-z-]+)` \| (\d+) \|/gm)]
  assert.deepEqual(Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)])), exitStatus)
})

test('docs/profiles.md has every key that profiles are read for', () => {
  const page = read('docs/profiles.md')
  const files = globSync('src/profiles/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
  const keys = files.flatMap((file) => [...read(file).matchAll(/'([a-z]+(?:_[a-z]+)+)'/g)].map(([, key = '']) => key))
  assert.ok(keys.includes('mayfly_key'))
  assert.deepEqual(
    [...new Set(keys)].filter((key) => !page.includes(`\`${key}\``)),
    [],
  )
})

test('docs/fidelity.md lists every operation of every service of the sandbox', () => {
  const page = read('docs/fidelity.md')
  const known = [...services.flatMap(({ operations = [] }) => operations), ...s3Operations.map(({ name }) => name)]
  assert.ok(known.length > 100)
  assert.deepEqual(
    known.filter((name) => !page.includes(`\`${name}\``)),
    [],
  )
})

test('the policy of docs/mfa.md and of the tutorial is the one the tour uses', () => {
  for (const page of ['docs/mfa.md', 'docs/tutorial-key-to-session.md']) {
    const [text] = /^\{\n {2}"Version"[\s\S]*?^\}$/m.exec(read(page)) ?? ['']
    assert.deepEqual(JSON.parse(text), mfaGated, page)
  }
})

test('docs/broker-config.md has every key of the JSON Schema, and every kind and event', () => {
  const page = read('docs/broker-config.md')
  const words = new Set<string>()
  const collect = (schema: unknown): void => {
    if (Array.isArray(schema)) for (const one of schema) collect(one)
    if (typeof schema !== 'object' || schema === null) return
    for (const [name, value] of Object.entries(schema)) {
      if (name === 'properties') for (const key of Object.keys(value)) words.add(key)
      if (name === 'const' && typeof value === 'string') words.add(value)
      collect(value)
    }
  }
  collect(configJsonSchema())
  assert.ok(words.size > 60, String(words.size))
  assert.deepEqual(
    [...words].filter((word) => !page.includes(`\`${word}\``)),
    [],
  )
})

test('every example of docs/broker-config.md is one the broker takes', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-config-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['cert.pem', 'key.pem', 'authorities.pem']) writeFileSync(join(folder, name), 'for its name')
  const [whole = '', ...parts] = [...read('docs/broker-config.md').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
    ([, text = '']) => text,
  )
  assert.ok(parts.length > 8)
  const file: Record<string, unknown> = parseYaml(whole)
  parseConfig(whole, join(folder, 'mayfly.yaml'))
  for (const part of parts) {
    const said: Record<string, Record<string, unknown>> = parseYaml(part)
    const named = ['roles', 'authenticators'].flatMap((key) =>
      key in said ? [[key, { ...Object(file[key]), ...said[key] }]] : [],
    )
    parseConfig(stringify({ ...file, ...said, ...Object.fromEntries(named) }), join(folder, 'mayfly.yaml'))
  }
})

test('the policies of docs/broker.md are those that mayfly up gives its broker', () => {
  const [permissions, trust] = [...read('docs/broker.md').matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(
    ([, text = '']) => JSON.parse(text),
  )
  const user = 'arn:aws:iam::111122223333:user/mayfly-broker'
  const roles = ['reader', 'admin'].map((name) => `arn:aws:iam::111122223333:role/${name}`)
  assert.deepEqual(permissions, brokerPolicy(user, roles))
  assert.deepEqual(trust, brokerTrust(user))
})

test('the receiver of docs/broker.md knows our webhooks from those of others', async () => {
  const [, code = ''] = /^```js\n([\s\S]*?)^```$/m.exec(read('docs/broker.md')) ?? []
  const { isOurs } = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  const at = new Date()
  const message = { id: 'msg_1', at, body: '{"type":"issued"}' }
  for (const secret of ['a secret of sixteen bytes', `whsec_${Buffer.alloc(24, 7).toString('base64')}`]) {
    const headers = signedHeaders(`another secret, older\n${secret}`, message)
    assert.equal(isOurs(headers, message.body, secret), true)
    assert.equal(isOurs(headers, message.body, 'a secret that is wrong'), false)
    assert.equal(isOurs(headers, `${message.body} `, secret), false)
    assert.equal(isOurs(headers, message.body, secret, at.getTime() + 301_000), false)
  }
})

test('every claim of docs/threat-model.md that leads to a test leads to one of that name', () => {
  const claims = [...read('docs/threat-model.md').matchAll(/\[([^\]]+)\]\(\.\.\/((?:src|test)\/[^)]+)\)/g)]
  assert.ok(claims.length > 40)
  const missing = claims.filter(([, name = '', file = '']) => !read(file).includes(name))
  assert.deepEqual(
    missing.map(([claim]) => claim),
    [],
  )
})
