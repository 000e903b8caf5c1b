import type { Kysely } from 'kysely'
import { Failure } from '../model/failure.ts'
import type { LedgerEvent, LedgerRow } from '../model/ledger-event.ts'
import type { Session } from '../model/session.ts'
import type { EventQuery, Page, SessionQuery } from './ledger.ts'
import type { Schema } from './schema.ts'
import { plain } from './state.ts'

const mostOnPage = 1000

/** The newest first. */
export async function findSessions(db: Kysely<Schema>, query: SessionQuery): Promise<Page<Session>> {
  const limit = Math.max(1, Math.min(query.limit ?? 100, mostOnPage))
  let rows = db.selectFrom('session').select(['body', 'asked_at', 'id'])
  const equal = {
    state: query.state,
    origin: query.origin,
    principal_id: query.principalId,
    source_identity: query.sourceIdentity,
    role: query.role,
    role_arn: query.roleArn,
    account_id: query.accountId,
    access_key_id: query.accessKeyId,
    user_id: query.userId,
  } as const
  // Names of columns, each with a text to compare: that is what Object.entries forgets.
  for (const [column, value] of Object.entries(equal) as [keyof typeof equal, string | undefined][])
    if (value !== undefined) rows = rows.where(column, '=', plain(value))
  if (query.liveAt !== undefined) rows = rows.where('ends_at', '>', query.liveAt)
  if (query.text !== undefined && query.text !== '')
    rows = rows.where(
      'words',
      'like',
      `%${plain(query.text)
        .toLowerCase()
        .replace(/[%_\\]/g, '_')}%`,
    )
  if (query.cursor !== undefined) {
    const [, at, id] = /^(\d{1,16})\.([a-z2-7]{1,40})$/.exec(query.cursor) ?? []
    if (at === undefined || id === undefined)
      throw new Failure('usage', 'The cursor is not one that was given with a page.', { hint: 'Ask without a cursor.' })
    rows = rows.where((row) =>
      row.or([row('asked_at', '<', Number(at)), row.and([row('asked_at', '=', Number(at)), row('id', '<', id)])]),
    )
  }
  const found = await rows
    .orderBy('asked_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const page = found.slice(0, limit)
  const last = page.at(-1)
  // Written by this room, from the same type.
  const items = page.map(({ body }) => JSON.parse(body) as Session)
  return { items, ...(found.length > limit && last ? { cursor: `${last.asked_at}.${last.id}` } : {}) }
}

const rowsAtOnce = 500

/** Rows in their order, read a few hundred at a time. */
export async function* findEvents(db: Kysely<Schema>, query: EventQuery = {}): AsyncGenerator<LedgerRow> {
  for await (const { seq, body, hash } of keptRows(db, query))
    yield { seq, hash, event: JSON.parse(body) as LedgerEvent }
}

export async function* keptRows(
  db: Kysely<Schema>,
  query: EventQuery = {},
): AsyncGenerator<{ readonly seq: number; readonly body: string; readonly hash: string }> {
  const things = [query.sessionId, query.requestId, query.revocationId, query.principalId].filter(
    (thing) => thing !== undefined,
  )
  let after = query.after ?? 0
  let left = query.limit ?? Number.POSITIVE_INFINITY
  while (left > 0) {
    let rows = db.selectFrom('event').select(['seq', 'body', 'hash']).where('seq', '>', after)
    if (query.kinds) rows = rows.where('kind', 'in', [...query.kinds])
    for (const thing of things)
      rows = rows.where('seq', 'in', db.selectFrom('mention').select('seq').where('thing', '=', plain(thing)))
    const found = await rows.orderBy('seq').limit(Math.min(left, rowsAtOnce)).execute()
    yield* found
    const last = found.at(-1)
    if (last === undefined || found.length < Math.min(left, rowsAtOnce)) return
    after = last.seq
    left -= found.length
  }
}

/** The ids that an event is found by. */
export function mentionedIn(event: LedgerEvent): readonly string[] {
  const things = new Set<string>()
  if ('sessionId' in event && event.sessionId !== undefined) things.add(event.sessionId)
  if ('principalId' in event) things.add(event.principalId)
  if ('requestId' in event) things.add(event.requestId)
  if ('revocationId' in event) things.add(event.revocationId)
  if (event.kind === 'asked') things.add(event.request.id).add(event.request.principalId)
  if (event.kind === 'intent' || event.kind === 'found') {
    things.add(event.session.id).add(event.session.principalId)
    if (event.session.requestId !== undefined) things.add(event.session.requestId)
  }
  if (event.kind === 'revoked') for (const id of event.sessions) things.add(id)
  if (event.kind === 'revoked' && event.target.kind === 'principal') things.add(event.target.principalId)
  if (event.kind === 'reached') for (const id of event.reach.sessions) things.add(id)
  return [...things].map(plain)
}
