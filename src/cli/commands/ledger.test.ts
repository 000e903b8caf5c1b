import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { run } from '../../../test/clients/clients.ts'
import { askedSession, intent, issued } from '../../../test/contracts/ledger.ts'
import { asJsonLine, openKept, openLedger, verifyChain } from '../../ledger/index.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const directory = mkdtempSync(join(tmpdir(), 'mayfly-ledger-verb-'))
const file = join(directory, 'ledger.sqlite')
const mayfly = (...words: string[]) =>
  run([process.execPath, join(root, 'src/cli/main.ts'), 'ledger', ...words], {
    PATH: process.env.PATH,
    HOME: directory,
  })

before(async () => {
  const ledger = await openLedger(`sqlite:${file}`)
  const formula = askedSession('saaa', { reason: '=HYPERLINK("http://x")' })
  await ledger.append([
    intent(formula),
    issued(formula),
    {
      kind: 'denied',
      at: 0,
      principalId: '=cmd',
      name: 'x',
      role: 'a,"b"',
      code: 'no-grant',
      because: '\uff1dcmd',
      sourceIp: '',
    },
  ])
  await ledger.close()
})
after(() => rmSync(directory, { recursive: true, force: true }))

test('a ledger is verified, exported, and its export verified, without the broker', async () => {
  const head = (await mayfly('head', file)).stdout.trim()
  assert.match(head, /^3:[0-9a-f]{64}$/)
  const verified = await mayfly('verify', file, '--head', head)
  assert.equal(verified.status, 0, verified.stderr)
  assert.match(verified.stdout, /3 rows/)
  const exported = join(directory, 'export.jsonl')
  writeFileSync(exported, (await mayfly('export', file)).stdout)
  assert.equal((await mayfly('verify', exported, '--head', head)).status, 0)
  writeFileSync(exported, readFileSync(exported, 'utf8').replace('"no-grant"', '"allowed"'))
  const altered = await mayfly('verify', exported)
  assert.equal(altered.status, 1)
  assert.match(altered.stderr, /row 3 is not what its hash was made of/)
  writeFileSync(exported, 'no json\n')
  assert.match((await mayfly('verify', exported)).stderr, /export\.jsonl:1: this line is not JSON/)
})

test('a line of an export that can be read in two ways is none', async () => {
  const exported = join(directory, 'twofold.jsonl')
  const rows: string[] = []
  const kept = await openKept(file)
  for await (const row of kept.rows) rows.push(asJsonLine(row))
  await kept.close()
  const verify = async (text: string) => {
    writeFileSync(exported, text)
    return verifyChain((await openKept(exported)).rows)
  }
  const changes: readonly (readonly [string, string])[] = [
    ['"code":"no-grant"', '"code":"allowed","code":"no-grant"'],
    ['"event":{', '"event":{"kind":"forged"},"event":{'],
    ['"seq":3', '"seq":"3"'],
    ['"seq":3', '"seq": 3'],
  ]
  for (const [from, to] of changes)
    await assert.rejects(verify(rows.join('\n').replace(from, to)), /twofold\.jsonl:[13]: .* not as it was exported/)
  assert.equal((await verify(rows.join('\r\n'))).head.seq, 3, 'but for the ends of its lines')
})

test('CSV quotes what must be, and gives spreadsheets no formula', async () => {
  const lines = (await mayfly('export', file, '--format', 'csv')).stdout.trim().split('\n')
  assert.equal(lines.length, 4)
  assert.match(lines[3] ?? '', /,'=cmd,"a,""b""",,'\uff1dcmd,/)
  assert.equal((await mayfly('export', file, '--format', 'xml')).status, 2)
})

test('a row that was changed in the file is named, and a file that is none is told of', async () => {
  const database = new DatabaseSync(file)
  database.exec(`UPDATE event SET body = replace(body, 'ASIASAAA', 'ASIAXXXX') WHERE seq = 2`)
  database.close()
  const found = await mayfly('verify', file, '--json')
  assert.equal(found.status, 1)
  assert.deepEqual(JSON.parse(found.stdout), {
    ok: false,
    seq: 2,
    fault: 'altered',
    because: 'row 2 is not what its hash was made of',
  })
  assert.equal((await mayfly('verify', join(directory, 'none.sqlite'))).status, 3)
  assert.equal((await mayfly('verify', file, '--head', 'x')).status, 2)
})

test('what is no ledger is told of in a sentence', async () => {
  const other = join(directory, 'notes.txt')
  writeFileSync(other, 'no database at all, but longer than the head of one: '.repeat(20))
  const empty = join(directory, 'other.sqlite')
  const database = new DatabaseSync(empty)
  database.exec('CREATE TABLE other (a)')
  database.close()
  for (const words of [
    ['verify', other],
    ['export', empty],
  ]) {
    const { status, stderr } = await mayfly(...words)
    assert.equal(status, 3, stderr)
    assert.match(stderr, /is not a ledger/)
  }
})

test('who reads the first lines only leaves no stack behind', async () => {
  const many = join(directory, 'many.sqlite')
  const ledger = await openLedger(`sqlite:${many}`)
  const at = 0
  await ledger.append(
    Array.from({ length: 2000 }, () => ({ kind: 'configured', at, digest: 'd'.repeat(64), by: 'start' }) as const),
  )
  await ledger.close()
  const pipe = `"$0" "$1" ledger export "$2" | head -1; echo "\${PIPESTATUS[0]}"`
  const words = ['-c', pipe, process.execPath, join(root, 'src/cli/main.ts'), many]
  const { stdout, stderr } = await run(['bash', ...words], { PATH: process.env.PATH, HOME: directory })
  assert.equal(stderr, '')
  assert.match(stdout, /^\{"seq":1,.*\}\n141\n$/)
})
