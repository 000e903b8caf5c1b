import type { Kysely } from 'kysely'
import { Failure } from '../model/failure.ts'
import type { LedgerEvent, LedgerRow } from '../model/ledger-event.ts'
import type { Session } from '../model/session.ts'
import type { ApprovalRequest } from '../model/session-request.ts'
import type { EventQuery, Page, RequestQuery, SessionQuery } from './ledger.ts'
import type { Schema } from './schema.ts'
import { plain } from './state.ts'

const mostOnPage = 1000
/** Sessions that a search by words looks through for one page: no index helps it. */
const mostSearched = 5000

const onPage = (limit = 100): number => Math.max(1, Math.min(limit, mostOnPage))

interface Place {
  readonly asked_at: number
  readonly id: string
}

const cursorOf = ({ asked_at, id }: Place): string => `${asked_at}.${id}`

function placeIn(cursor: string): Place {
  const [, at, id] = /^(\d{1,16})\.([a-z2-7]{1,40})$/.exec(cursor) ?? []
  if (at === undefined || id === undefined)
    throw new Failure('usage', 'The cursor is not one that was given with a page.', { hint: 'Ask without a cursor.' })
  return { asked_at: Number(at), id }
}

/** The newest first. */
export async function findSessions(db: Kysely<Schema>, query: SessionQuery): Promise<Page<Session>> {
  const limit = onPage(query.limit)
  let rows = db.selectFrom('session')
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
  if (query.cursor !== undefined) {
    const { asked_at: at, id } = placeIn(query.cursor)
    rows = rows.where((row) =>
      row.or([row('asked_at', '<', at), row.and([row('asked_at', '=', at), row('id', '<', id)])]),
    )
  }
  let edge: Place | undefined
  if (query.text !== undefined && query.text !== '') {
    const words = plain(query.text).toLowerCase()
    edge = await rows
      .select(['asked_at', 'id'])
      .orderBy('asked_at', 'desc')
      .orderBy('id', 'desc')
      .limit(1)
      .offset(mostSearched - 1)
      .executeTakeFirst()
    rows = rows.where('words', 'like', `%${words.replace(/[%_\\]/g, '_')}%`)
    if (edge) {
      const { asked_at: at, id } = edge
      rows = rows.where((row) =>
        row.or([row('asked_at', '>', at), row.and([row('asked_at', '=', at), row('id', '>=', id)])]),
      )
    }
  }
  const found = await rows
    .select(['body', 'asked_at', 'id'])
    .orderBy('asked_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageOf<Session>(found, limit, edge)
}

/** The newest first. */
export async function findRequests(db: Kysely<Schema>, query: RequestQuery): Promise<Page<ApprovalRequest>> {
  const limit = onPage(query.limit)
  let rows = db.selectFrom('request').select(['body', 'asked_at', 'id'])
  if (query.state !== undefined) rows = rows.where('state', '=', query.state)
  if (query.principalId !== undefined) rows = rows.where('principal_id', '=', plain(query.principalId))
  if (query.cursor !== undefined) {
    const { asked_at: at, id } = placeIn(query.cursor)
    rows = rows.where((row) =>
      row.or([row('asked_at', '<', at), row.and([row('asked_at', '=', at), row('id', '<', id)])]),
    )
  }
  const found = await rows
    .orderBy('asked_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageOf<ApprovalRequest>(found, limit)
}

/** One row more than the page has was asked for; `edge` is where the search gave up. */
function pageOf<T>(found: readonly (Place & { readonly body: string })[], limit: number, edge?: Place): Page<T> {
  const page = found.slice(0, limit)
  const next = found.length > limit ? page.at(-1) : edge
  // Written by this room, from the same type.
  return { items: page.map(({ body }) => JSON.parse(body) as T), ...(next ? { cursor: cursorOf(next) } : {}) }
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
  let before = query.before ?? Number.MAX_SAFE_INTEGER
  let left = query.limit ?? Number.POSITIVE_INFINITY
  while (left > 0) {
    let rows = db.selectFrom('event').select(['seq', 'body', 'hash']).where('seq', '>', after).where('seq', '<', before)
    if (query.kinds) rows = rows.where('kind', 'in', [...query.kinds])
    for (const thing of things)
      rows = rows.where('seq', 'in', db.selectFrom('mention').select('seq').where('thing', '=', plain(thing)))
    const found = await rows
      .orderBy('seq', query.newestFirst ? 'desc' : 'asc')
      .limit(Math.min(left, rowsAtOnce))
      .execute()
    yield* found
    const last = found.at(-1)
    if (last === undefined || found.length < Math.min(left, rowsAtOnce)) return
    if (query.newestFirst) before = last.seq
    else after = last.seq
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
