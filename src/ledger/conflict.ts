import { Failure } from '../model/failure.ts'

/** Why a row of somebody who was revoked since they last proved who they are is refused. */
export const proofRevoked = 'the proof was revoked'

const refusal = (because: string): string => `The ledger refuses a row that does not follow: ${because}.`

/** What an append rejects with that does not follow. */
export const conflict = (because: string): Failure => new Failure('ledger-conflict', refusal(because))

/** Whether a ledger refused a row because it does not follow from those before it. */
export const isConflict = (error: unknown): error is Failure =>
  error instanceof Failure && error.code === 'ledger-conflict'

/** Whether it did because who asks, or votes, had proven who they are before they were revoked. */
export const isOfRevokedProof = (error: unknown): boolean =>
  isConflict(error) && error.message === refusal(proofRevoked)
