import { keyOf } from './cloud.ts'
import type { Call } from './service.ts'

/** AWS keeps these by the quarter of an hour or so; here a minute, so that a busy key is not written at each call. */
const fresh = (last: { readonly at: string } | undefined, at: Date): boolean =>
  last !== undefined && Math.abs(at.getTime() - new Date(last.at).getTime()) < 60_000

/** Keeps when, where and for what a permanent key or a role was last used. */
export function noteUse({ at, caller, cloud, region }: Call, service: string): void {
  const { session } = caller
  if (session === undefined) {
    const key = cloud.accessKeys.get(caller.accessKeyId)
    const last = key?.lastUsed
    if (!key || (last?.region === region && last.service === service && fresh(last, at))) return
    cloud.accessKeys.put(key.id, { ...key, lastUsed: { at: at.toISOString(), region, service } })
  } else if (session.kind === 'assumed-role') {
    const id = keyOf(session.accountId, session.issuer.name)
    const role = cloud.roles.get(id)
    if (!role || (role.lastUsed?.region === region && fresh(role.lastUsed, at))) return
    cloud.roles.put(id, { ...role, lastUsed: { at: at.toISOString(), region } })
  }
}
