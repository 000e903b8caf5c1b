import type { LedgerEvent } from '../model/ledger-event.ts'
import type { Revocation } from '../model/revocation.ts'
import type { Session } from '../model/session.ts'
import type { ApprovalRequest } from '../model/session-request.ts'
import { conflict, proofRevoked } from './conflict.ts'

/** What the events add up to, as a fold reads and writes it within one transaction. */
export interface Folded {
  session(id: string): Promise<Session | undefined>
  putSession(session: Session): Promise<void>
  request(id: string): Promise<ApprovalRequest | undefined>
  putRequest(request: ApprovalRequest): Promise<void>
  revocation(id: string): Promise<Revocation | undefined>
  putRevocation(revocation: Revocation): Promise<void>
  /** Sessions that are neither failed nor revoked, and not over at that instant. */
  standing(target: Revocation['target'], now: number): Promise<readonly Session[]>
  /** Theirs or everybody's, whichever is later. */
  barrier(principalId: string): Promise<number | undefined>
  raiseBarrier(principalId: string, before: number): Promise<void>
}

/** Stands for everybody among the barriers. */
export const everybody = '*'

/**
 * Adds an event to what is there, and gives it as it is to be kept: a revocation names every session its target stands
 * for. Rejects with a `Failure` of code `ledger-conflict` when it does not follow.
 */
export async function fold(event: LedgerEvent, state: Folded): Promise<LedgerEvent> {
  switch (event.kind) {
    case 'intent':
      return intend(event, state)
    case 'issued': {
      const { kind: _, at: __, sessionId, ...outcome } = event
      const session = await pending(sessionId, state)
      await state.putSession({ ...session, ...outcome, state: 'issued' })
      return event
    }
    case 'failed': {
      const session = await pending(event.sessionId, state)
      const ends = event.expiresAt === undefined ? {} : { expiresAt: event.expiresAt }
      await state.putSession({ ...session, ...ends, state: 'failed', failure: event.because })
      return event
    }
    case 'found':
      if (await state.session(event.session.id)) throw conflict(`the session ${event.session.id} is there already`)
      await state.putSession(event.session)
      return event
    case 'used': {
      const session = await known(event.sessionId, state)
      await state.putSession({ ...session, use: event.use })
      return event
    }
    case 'asked':
      if (await state.request(event.request.id)) throw conflict(`the request ${event.request.id} is there already`)
      await state.putRequest(event.request)
      return event
    case 'voted':
      return vote(event, state)
    case 'revoked':
      return revoke(event, state)
    case 'reached': {
      const revocation = await state.revocation(event.revocationId)
      if (!revocation) throw conflict(`there is no revocation ${event.revocationId}`)
      await state.putRevocation({ ...revocation, reach: [...revocation.reach, event.reach] })
      return event
    }
    default:
      return event
  }
}

type Of<Kind extends LedgerEvent['kind']> = Extract<LedgerEvent, { readonly kind: Kind }>

async function intend(event: Of<'intent'>, state: Folded): Promise<LedgerEvent> {
  const { session } = event
  if (session.state !== 'pending') throw conflict('an intent is of a session that is pending')
  if (await state.session(session.id)) throw conflict(`the session ${session.id} is there already`)
  if (event.provenAt < ((await state.barrier(session.principalId)) ?? 0)) throw conflict(proofRevoked)
  if (session.requestId !== undefined) {
    const request = await state.request(session.requestId)
    if (request?.state !== 'approved') throw conflict(`the request ${session.requestId} is not approved, or was used`)
    if (request.principalId !== session.principalId || request.grant !== session.grant)
      throw conflict(`the request ${session.requestId} was approved for another session`)
    await state.putRequest({ ...request, state: 'used' })
  }
  await state.putSession(session)
  return event
}

async function vote(event: Of<'voted'>, state: Folded): Promise<LedgerEvent> {
  const request = await state.request(event.requestId)
  if (request?.state !== 'waiting') throw conflict(`the request ${event.requestId} waits for no vote`)
  if (event.provenAt < ((await state.barrier(event.vote.by)) ?? 0)) throw conflict(proofRevoked)
  // One person may have come by two authenticators, of which one writes names in small letters.
  const { by, byName } = event.vote
  if (request.votes.some((vote) => vote.by === by || vote.byName.toLowerCase() === byName.toLowerCase()))
    throw conflict(`${byName} has voted already`)
  const votes = [...request.votes, event.vote]
  const yes = votes.filter(({ approve }) => approve).length
  const became = !event.vote.approve ? 'refused' : yes >= request.needed ? 'approved' : 'waiting'
  await state.putRequest({ ...request, votes, state: became })
  return { ...event, state: became }
}

async function revoke(event: Of<'revoked'>, state: Folded): Promise<LedgerEvent> {
  const { target, at, revocationId } = event
  const before = 'before' in target && target.before !== undefined ? target.before : at + 1
  if (target.kind === 'principal') await state.raiseBarrier(target.principalId, before)
  if (target.kind === 'everything') await state.raiseBarrier(everybody, before)
  const ended = new Set(event.sessions)
  for (const session of await state.standing(target, at)) if (session.askedAt < before) ended.add(session.id)
  for (const id of ended) {
    const session = await known(id, state)
    // Who failed stays failed: nobody has its credentials.
    if (session.state === 'failed' || session.state === 'revoked') continue
    await state.putSession({ ...session, state: 'revoked', revokedAt: at, revocationId })
  }
  const { by, reason } = event
  const told = { id: revocationId, target, by, reason, at, dryRun: false, sessions: ended.size, reach: [] }
  await state.putRevocation(told)
  return { ...event, sessions: [...ended] }
}

async function known(id: string, state: Folded): Promise<Session> {
  const session = await state.session(id)
  if (!session) throw conflict(`there is no session ${id}`)
  return session
}

async function pending(id: string, state: Folded): Promise<Session> {
  const session = await known(id, state)
  if (session.state !== 'pending') throw conflict(`the session ${id} is ${session.state}, and not pending`)
  return session
}
