import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openLedger } from '../src/ledger/index.ts'
import type { Session } from '../src/model/session.ts'
import type { Figure } from './figure.ts'

const rows = 1_000_000
const live = 10_000
const now = Date.UTC(2026, 10, 21)

/** How long `sessions ls` takes over a ledger of a million sessions, and how fast the ledger takes new ones. */
export async function run(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-bench-ledger-'))
  const file = join(directory, 'ledger.sqlite')
  try {
    await (await openLedger(`sqlite:${file}`)).close()
    fill(file)
    const ledger = await openLedger(`sqlite:${file}`)
    const queries = [
      { name: 'live', query: { liveAt: now, limit: 100 } },
      { name: 'newest', query: { limit: 100 } },
      { name: "one person's", query: { principalId: 'corp:person-77', limit: 100 } },
      { name: 'by access key', query: { accessKeyId: 'ASIA500000' } },
    ]
    const figures: Figure[] = []
    for (const { name, query } of queries) {
      const taken: number[] = []
      for (let round = 0; round < 200; round++) {
        const begun = performance.now()
        await ledger.sessions(query)
        taken.push(performance.now() - begun)
      }
      const p99 = taken.sort((a, b) => a - b)[Math.floor(taken.length * 0.99)] ?? Number.NaN
      figures.push({ name: `sessions of a million rows, ${name}: p99`, value: p99, unit: 'ms', note: 'budget 20 ms' })
    }
    const begun = performance.now()
    const many = 2000
    await Promise.all(
      Array.from({ length: many }, (_, place) =>
        ledger.append([{ kind: 'intent', at: now, session: sessionOf(rows + place), provenAt: now }]),
      ),
    )
    const rate = many / ((performance.now() - begun) / 1000)
    figures.push({ name: 'durable intents, all at once, beside a million rows', value: rate, unit: 'rows/s' })
    await ledger.close()
    return figures
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function sessionOf(place: number): Session {
  const askedAt = now - (rows - place) * 7000
  const id = `s${String(place)
    .padStart(18, '0')
    .replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)))}`
  return {
    id,
    origin: 'broker',
    operation: 'AssumeRole',
    state: 'pending',
    principalId: `corp:person-${place % 500}`,
    principalName: `person-${place % 500}@example.com`,
    principalKind: 'person',
    accountId: '111122223333',
    roleArn: `arn:aws:iam::111122223333:role/role-${place % 40}`,
    role: `role-${place % 40}`,
    grant: 'all',
    sessionName: `person-${place % 500}-${id}`,
    sourceIdentity: `person-${place % 500}`,
    askedAt,
    accessKeyId: `ASIA${place}`,
    expiresAt: place > rows - live ? now + 3_600_000 : askedAt + 1000,
  }
}

/** Straight into the table: what is measured is finding, not filling. */
function fill(file: string): void {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA synchronous = OFF; BEGIN')
  const insert = database.prepare(
    'INSERT INTO session (id, state, origin, principal_id, account_id, role, role_arn, source_identity, access_key_id, user_id, asked_at, ends_at, words, body) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)',
  )
  for (let place = 0; place < rows; place++) {
    const {
      id,
      origin,
      principalId,
      accountId,
      role,
      roleArn,
      sourceIdentity,
      accessKeyId,
      askedAt,
      expiresAt,
      ...rest
    } = sessionOf(place)
    const session = { ...rest, ...{ id, origin, principalId, accountId, role, roleArn, sourceIdentity, askedAt } }
    const body = JSON.stringify({ ...session, accessKeyId, expiresAt, state: 'issued' })
    const keys = [accountId, role, roleArn, sourceIdentity, accessKeyId ?? '', `AROA:${id}`]
    insert.run(id, 'issued', origin, principalId, ...keys, askedAt, expiresAt ?? 0, rest.principalName, body)
  }
  database.exec('COMMIT')
  database.close()
}
