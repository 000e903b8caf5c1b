import type { Session } from '../../model/session.ts'
import type { BrokerParts } from '../broker.ts'
import { foundByIssue } from './found-session.ts'
import { isOwn, type Own } from './own-calls.ts'
import type { Issuance } from './read-record.ts'
import type { Remembered } from './remembered.ts'
import { namedIn } from './session-of.ts'

/** Sessions that others issued and the ledger does not know, by id, each with the session it was taken with. */
export type Strays = ReadonlyMap<string, { readonly session: Session; readonly parent?: Session }>

export interface Ours {
  readonly own: Own
  /** Is told of the keys whose uses mean nothing. */
  readonly ignored: Remembered
}

/** AWS services that give sessions to others, and not to themselves. */
const givers = ['rolesanywhere.amazonaws.com', 'credentials.iot.amazonaws.com']

/** The issues, in their order, that somebody should know of: not the broker's own, nor those of AWS services, nor what is over. */
export async function straysIn(
  issues: readonly Issuance[],
  parts: BrokerParts,
  { own, ignored }: Ours,
): Promise<Strays> {
  const { ledger, config, now } = parts
  const strays = new Map<string, { readonly session: Session; readonly parent?: Session }>()
  const byKey = new Map<string, Session>()
  const known = async (accessKeyId: string): Promise<Session | undefined> =>
    byKey.get(accessKeyId) ?? (await ledger.sessions({ accessKeyId, limit: 1 })).items[0]
  for (const issued of issues) {
    const { accessKeyId, expiresAt, byKeyId } = issued
    if (expiresAt <= now().getTime() || ignored.has(accessKeyId) || (await known(accessKeyId))) continue
    if (isServices(issued, parts)) {
      ignored.add(accessKeyId)
      continue
    }
    if (isOwn(own, { userId: issued.byUserId, accessKeyId: byKeyId })) {
      const made = await madeByUs(issued, parts)
      if (made === 'helper') ignored.add(accessKeyId)
      if (made !== undefined) continue
    }
    const parent = byKeyId.startsWith('ASIA') ? await known(byKeyId) : undefined
    const session = foundByIssue(issued, parent, config())
    byKey.set(accessKeyId, session)
    strays.set(session.id, { session, ...(parent ? { parent } : {}) })
  }
  return strays
}

/** What the broker took it for: to hand it out, or to help itself (a canary, an administrator's session). */
async function madeByUs(
  { roleArn, sessionName, userId, accountId, issuedAt }: Issuance,
  { ledger, config }: BrokerParts,
): Promise<'session' | 'helper' | undefined> {
  const session = await namedIn(sessionName, ledger)
  if (session?.roleArn === roleArn) return session.accessKeyId === undefined ? 'session' : 'helper'
  // The canary of a session that others took has that one's name.
  const { items: alike } = await ledger.sessions({ userId, accountId, state: 'revoked', limit: 20 })
  const isSince = ({ revokedAt = Number.POSITIVE_INFINITY }: Session): boolean =>
    issuedAt >= Math.floor(revokedAt / 1000) * 1000
  if (userId !== '' && alike.some((one) => one.roleArn === roleArn && isSince(one))) return 'helper'
  const administers = Object.values(config().roles).some(({ administratorArn }) => administratorArn === roleArn)
  return administers ? 'helper' : undefined
}

/** Whether an AWS service took it for itself, on a role that is none of ours: functions and machines do all the time. */
const isServices = ({ service, by, roleArn }: Issuance, { config }: BrokerParts): boolean =>
  service !== undefined &&
  !givers.includes(service) &&
  !givers.includes(by) &&
  !Object.values(config().roles).some(({ arn }) => arn === roleArn)
