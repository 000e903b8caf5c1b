import type { Session } from '../api/types.ts'
import type { RevokeStart } from '../app/revoke-context.ts'
import { roleText } from './session-row.ts'

/** The dialog on one session, from where its person and its role can be reached too. */
export const startOf = (session: Session): RevokeStart => ({
  target: { kind: 'session', sessionId: session.id },
  session: { id: session.id, name: `${session.principalName} as ${roleText(session)}` },
  ...(session.principalId ? { principal: { id: session.principalId, name: session.principalName } } : {}),
  ...(session.role ? { role: session.role } : {}),
})
