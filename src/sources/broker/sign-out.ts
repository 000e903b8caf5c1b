import type { Host } from '../../host/host.ts'
import { askBroker } from './call.ts'
import { dropKept } from './kept.ts'
import { forgetLogin, readLogin } from './login.ts'

/** What became of a sign-in: ended at the broker too, only forgotten here, or there was none. */
export interface SignedOut {
  readonly outcome: 'ended' | 'forgotten' | 'none'
  /** The broker's ids of the sessions that were dropped here; they work at AWS until they end or are revoked. */
  readonly sessions: readonly string[]
}

/** Ends a sign-in to a broker, and drops what is kept of its sessions. */
export async function signOutOfBroker(broker: string, host: Pick<Host, 'fetch' | 'vault'>): Promise<SignedOut> {
  const login = await readLogin(host.vault, broker)
  await forgetLogin(host.vault, broker)
  const sessions = await dropKept(host.vault, broker)
  if (!login) return { outcome: 'none', sessions }
  const answer = await askBroker(host, { broker, method: 'POST', path: '/auth/logout', token: login.token }).catch(
    () => undefined,
  )
  return { outcome: answer?.ok || answer?.status === 401 ? 'ended' : 'forgotten', sessions }
}
