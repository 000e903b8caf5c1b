import { CompiledQuery, type Insertable, type Kysely, type Transaction } from 'kysely'
import type { Revocation } from '../model/revocation.ts'
import type { Session } from '../model/session.ts'
import type { ApprovalRequest } from '../model/session-request.ts'
import { canonicalJson } from './chain.ts'
import { everybody, type Folded } from './fold.ts'
import type { Schema, SessionTable } from './schema.ts'

// What stands in `body` was written by this room, from the same types.
const read = <T>(row: { readonly body: string } | undefined): T | undefined =>
  row === undefined ? undefined : (JSON.parse(row.body) as T)

/** How a database marks the places of values: `?`, or `$1` and on. */
export type Marks = 'plain' | 'numbered'

/** What a session is from its first event to its last. */
const settled: ReadonlySet<string> = new Set<keyof SessionTable>([
  ...(['origin', 'principal_id', 'account_id', 'role', 'role_arn', 'source_identity', 'asked_at', 'words'] as const),
])

const upsert = (table: string, columns: readonly string[]): string => {
  const [key = '', ...others] = columns
  const marks = columns.map(() => '?').join(', ')
  // An index over a column that is set is written anew, though nothing changed.
  const changing = others.filter((column) => !(table === 'session' && settled.has(column)))
  const changes = changing.map((column) => `${column} = excluded.${column}`).join(', ')
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks}) ON CONFLICT (${key}) DO UPDATE SET ${changes}`
}

// Written out, for these run several times for each session, and building them would cost more than running them.
const find = (table: string): string => `SELECT body FROM ${table} WHERE id = ?`
const texts = {
  session: find('session'),
  request: find('request'),
  revocation: find('revocation'),
  barrier: 'SELECT MAX(before) AS before FROM barrier WHERE principal_id IN (?, ?)',
  raise: upsert('barrier', ['principal_id', 'before']),
}
const numbered = new Map<string, string>()
const upserts = new Map<string, string>()

/** All rows of a table are made in one place, with their columns in one order. */
function upsertOf(table: string, row: object): string {
  const known = upserts.get(table) ?? upsert(table, Object.keys(row))
  upserts.set(table, known)
  return known
}

/** Runs a query that is written out, with `?` for its values. */
export function run<Row>(
  db: Kysely<Schema> | Transaction<Schema>,
  marks: Marks,
  text: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  let written = marks === 'plain' ? text : numbered.get(text)
  if (written === undefined) {
    let place = 0
    written = text.replace(/\?/g, () => `$${++place}`)
    numbered.set(text, written)
  }
  return db.executeQuery<Row>(CompiledQuery.raw(written, [...values])).then(({ rows }) => rows)
}

/** What the events add up to, in tables. */
export function stateIn(db: Kysely<Schema> | Transaction<Schema>, marks: Marks): Folded {
  const one = async <T>(text: string, id: string): Promise<T | undefined> =>
    read<T>((await run<{ readonly body: string }>(db, marks, text, [plain(id)]))[0])
  const put = async (table: string, row: object): Promise<void> => {
    await run(db, marks, upsertOf(table, row), Object.values(row))
  }
  const barrier = async (principalId: string): Promise<number | undefined> =>
    (await run<{ readonly before: number | null }>(db, marks, texts.barrier, [plain(principalId), everybody]))[0]
      ?.before ?? undefined
  return {
    session: (id) => one(texts.session, id),
    putSession: (session) => put('session', sessionRow(session)),
    request: (id) => one(texts.request, id),
    putRequest: (request) => put('request', requestRow(request)),
    revocation: (id) => one(texts.revocation, id),
    putRevocation: (revocation) => put('revocation', revocationRow(revocation)),
    standing: async (target, now) => {
      if (target.kind === 'session') {
        const session = await one<Session>(texts.session, target.sessionId)
        return session ? [session] : []
      }
      let query = db.selectFrom('session').select('body').where('ends_at', '>', now)
      if (target.kind === 'role')
        query = query.where((row) =>
          row.or([row('role', '=', plain(target.role)), row('role_arn', '=', plain(target.role))]),
        )
      if (target.kind === 'principal') {
        const own = db.selectFrom('session').select('source_identity').distinct()
        const identities = own.where('principal_id', '=', plain(target.principalId)).where('source_identity', '<>', '')
        query = query.where((row) =>
          row.or([row('principal_id', '=', plain(target.principalId)), row('source_identity', 'in', identities)]),
        )
      }
      return (await query.execute()).flatMap((row) => read<Session>(row) ?? [])
    },
    barrier,
    raiseBarrier: async (principalId, before) => {
      const known = (await barrier(principalId)) ?? 0
      await run(db, marks, texts.raise, [plain(principalId), Math.max(known, before)])
    },
  }
}

/** Text as every database takes it: for NUL and halves of surrogate pairs a mark stands, so that no text becomes another. */
export const plain = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed()

function sessionRow(session: Session): Insertable<SessionTable> {
  const { principalName, role, roleArn, sessionName, id } = session
  const over = session.state === 'failed' || session.state === 'revoked'
  return {
    id,
    state: session.state,
    origin: session.origin,
    principal_id: plain(session.principalId),
    account_id: plain(session.accountId),
    role: plain(role),
    role_arn: plain(roleArn),
    source_identity: plain(session.sourceIdentity),
    access_key_id: session.accessKeyId ?? null,
    user_id: session.userId ?? null,
    asked_at: session.askedAt,
    ends_at: over ? 0 : (session.expiresAt ?? Number.MAX_SAFE_INTEGER),
    words: plain([principalName, role, roleArn, sessionName, id].join(' ').toLowerCase()),
    body: canonicalJson(session),
  }
}

const requestRow = (request: ApprovalRequest) => ({
  id: request.id,
  state: request.state,
  principal_id: plain(request.principalId),
  asked_at: request.askedAt,
  body: canonicalJson(request),
})

const revocationRow = (revocation: Revocation) => ({
  id: revocation.id,
  at: revocation.at,
  body: canonicalJson(revocation),
})
