import type { Ledger, SessionQuery } from '../../ledger/ledger.ts'
import type { Session } from '../../model/session.ts'
import { join } from './join.ts'
import type { Use } from './read-record.ts'

/** The session that was used, among those that just came up and those in the ledger; undefined: nobody knows it. */
export async function sessionOf(use: Use, ledger: Ledger, fresh: readonly Session[]): Promise<Session | undefined> {
  const { accessKeyId, userId, accountId, sourceIdentity, roleArn } = use
  const of = async (query: SessionQuery): Promise<readonly Session[]> =>
    (await ledger.sessions({ ...query, limit: 200 })).items
  const byKey = accessKeyId === '' ? [] : [...fresh, ...(await of({ accessKeyId }))]
  const exact = join(use, byKey)
  if (exact?.accessKeyId === accessKeyId) return exact
  const named = await namedIn(use.sessionName, ledger)
  const loosely = accessKeyId === '' || use.byService
  return join(use, [
    ...fresh,
    ...(userId === '' ? [] : await of({ userId, accountId })),
    ...(named ? [named] : []),
    ...(loosely && sourceIdentity !== '' ? await of({ sourceIdentity, ...(roleArn === '' ? {} : { roleArn }) }) : []),
  ])
}

/** The session whose id stands at the end of a session's name, as this broker writes names. */
export async function namedIn(sessionName: string, ledger: Ledger): Promise<Session | undefined> {
  const id = /(?:^|-)(s[a-z2-7]{18})$/.exec(sessionName)?.[1]
  const session = id === undefined ? undefined : await ledger.session(id)
  return session?.sessionName === sessionName ? session : undefined
}
