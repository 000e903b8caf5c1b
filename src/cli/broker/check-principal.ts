import { Failure } from '../../model/failure.ts'
import { type BrokerClient, itemsOf } from './client.ts'
import { textOf } from './show.ts'

/**
 * Refuses what is only somebody's name: the same name at another authenticator is somebody else, and a revocation of
 * nobody looks as if it had worked. The hint has the ids that are known under that name.
 */
export async function checkPrincipal(client: BrokerClient, id: string): Promise<void> {
  if (id.includes(':')) return
  const known = itemsOf(await client.get('/v1/sessions', { text: id, limit: 200 }))
  const named = known.filter(({ principalId, principalName }) => principalName === id || endsIn(principalId, id))
  const ids = [...new Set(named.map((session) => textOf(session, 'principalId')))].filter(Boolean)
  throw new Failure('usage', `${JSON.stringify(id)} is a name, not the id of a principal.`, {
    hint:
      ids.length > 0 ? `Say --principal ${ids.join(', or --principal ')}` : 'An id looks like corp:ann@example.com.',
  })
}

const endsIn = (principalId: unknown, name: string): boolean =>
  typeof principalId === 'string' && principalId.endsWith(`:${name}`)
