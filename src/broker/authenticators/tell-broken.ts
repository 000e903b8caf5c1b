import type { BrokerParts } from '../broker.ts'
import type { Authenticators } from './index.ts'

/** Tells the operator, at each call, of ways that broke or work again since the last one. */
export function brokenTeller(authenticators: Pick<Authenticators, 'list'>, log: BrokerParts['log']): () => void {
  let told = new Map<string, string>()
  return () => {
    const now = new Map(
      authenticators.list().flatMap(({ name, broken }) => (broken === undefined ? [] : [[name, broken]])),
    )
    for (const [authenticator, because] of now)
      if (told.get(authenticator) !== because)
        log('warn', 'an authenticator cannot be used', { authenticator, because })
    for (const authenticator of told.keys())
      if (!now.has(authenticator)) log('info', 'an authenticator can be used again', { authenticator })
    told = now
  }
}
