import type { RequestContext } from '../../policy/index.ts'
import type { Role, Session } from '../cloud.ts'
import type { Call } from '../service.ts'
import { issueServiceSession } from '../service-session.ts'
import { instanceTables } from './state.ts'

/** Seconds that credentials of machines and tasks last, and that the old ones live on when new ones are to be had. */
const lifetime = 6 * 3600
const overlap = 3600

interface Wanted {
  readonly role: Role
  readonly sessionName: string
  /** Who gets them: what they are told apart by. */
  readonly place: string
  readonly context?: RequestContext
}

export interface Delivered {
  readonly session: Session
  readonly updatedAt: Date
}

/** The credentials a place has of a role: the same ones until an hour before their end, as AWS has it. */
export function deliver(call: Call, { role, sessionName, place, context }: Wanted): Delivered {
  const { cloud, at } = call
  const { deliveries } = instanceTables(cloud)
  const known = deliveries.get(place)
  const kept = known?.roleId === role.id ? cloud.sessions.get(known.accessKeyId) : undefined
  if (known && kept && new Date(kept.expiresAt).getTime() - at.getTime() > overlap * 1000)
    return { session: kept, updatedAt: new Date(known.updatedAt) }
  const issued = issueServiceSession(call, { role, sessionName, duration: lifetime, ...(context ? { context } : {}) })
  const session = cloud.sessions.get(issued.AccessKeyId)
  if (!session) throw new TypeError('a session that was issued is there')
  deliveries.put(place, { accessKeyId: session.accessKeyId, roleId: role.id, updatedAt: at.toISOString() })
  return { session, updatedAt: at }
}
