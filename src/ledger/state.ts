import type { Insertable, Kysely, Transaction } from 'kysely'
import type { Revocation } from '../model/revocation.ts'
import type { Session } from '../model/session.ts'
import type { ApprovalRequest } from '../model/session-request.ts'
import { canonicalJson } from './chain.ts'
import type { Folded } from './fold.ts'
import type { Schema, SessionTable } from './schema.ts'

// What stands in `body` was written by this room, from the same types.
const read = <T>(row: { readonly body: string } | undefined): T | undefined =>
  row === undefined ? undefined : (JSON.parse(row.body) as T)

/** What the events add up to, in tables. */
export function stateIn(db: Kysely<Schema> | Transaction<Schema>): Folded {
  return {
    session: async (id) =>
      read(await db.selectFrom('session').select('body').where('id', '=', plain(id)).executeTakeFirst()),
    putSession: async (session) => {
      const row = sessionRow(session)
      await db
        .insertInto('session')
        .values(row)
        .onConflict((clash) => clash.column('id').doUpdateSet(row))
        .execute()
    },
    request: async (id) =>
      read(await db.selectFrom('request').select('body').where('id', '=', plain(id)).executeTakeFirst()),
    putRequest: async (request) => {
      const row = requestRow(request)
      await db
        .insertInto('request')
        .values(row)
        .onConflict((clash) => clash.column('id').doUpdateSet(row))
        .execute()
    },
    revocation: async (id) =>
      read(await db.selectFrom('revocation').select('body').where('id', '=', plain(id)).executeTakeFirst()),
    putRevocation: async (revocation) => {
      const row = revocationRow(revocation)
      await db
        .insertInto('revocation')
        .values(row)
        .onConflict((clash) => clash.column('id').doUpdateSet(row))
        .execute()
    },
    standing: async (target, now) => {
      if (target.kind === 'session') {
        const session = await stateIn(db).session(target.sessionId)
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
    barrier: async (principalId) =>
      (
        await db
          .selectFrom('barrier')
          .select('before')
          .where('principal_id', '=', plain(principalId))
          .executeTakeFirst()
      )?.before,
    raiseBarrier: async (principalId, before) => {
      const known = (await stateIn(db).barrier(principalId)) ?? 0
      const row = { principal_id: plain(principalId), before: Math.max(known, before) }
      await db
        .insertInto('barrier')
        .values(row)
        .onConflict((clash) => clash.column('principal_id').doUpdateSet(row))
        .execute()
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
