import { validationError } from '../fault.ts'
import type { Call } from '../service.ts'

/**
 * The user meant when UserName is left out: the one who signed, with a permanent key or a session of it. Undefined is
 * the account's root. Sessions of roles and federated users have no user to mean.
 */
export function implicitUserName(call: Call): string | undefined {
  const { caller } = call
  if (caller.kind === 'root') return undefined
  if (caller.kind === 'user' && caller.userName !== undefined) return caller.userName
  throw validationError('Must specify userName when calling with non-User credentials')
}
