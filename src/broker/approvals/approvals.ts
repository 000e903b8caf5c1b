import { isConflict, isOfRevokedProof } from '../../ledger/conflict.ts'
import { deny } from '../../model/decision.ts'
import type { Principal } from '../../model/principal.ts'
import type { Session } from '../../model/session.ts'
import type { ApprovalRequest } from '../../model/session-request.ts'
import type { Approvals, BrokerParts } from '../broker.ts'
import type { Grant } from '../config/broker-config.ts'
import { consider, decide, findRole, outdated } from '../decide/decide.ts'
import { isOutdated, termsOf } from '../decide/terms.ts'
import { isOneOf } from '../decide/who.ts'
import { newId } from '../new-id.ts'

/** Most requests of one principal that wait at a time. */
const mostWaiting = 20

/** Asks for sessions that need somebody's approval, and takes the approvals. */
export function openApprovals(parts: BrokerParts): Approvals {
  const { config, ledger, now, randomBytes } = parts
  return {
    async ask(principal, request) {
      const at = now()
      const { requestId: _, ...plain } = request
      const considered = consider(principal, plain, config(), at)
      // Only approval stands in the way: else it would be approved, and refused after all.
      const open = considered.find(
        (found) => !found.allowed && found.obstacles.length === 1 && found.obstacles[0]?.code === 'approval-needed',
      )
      if (!open) {
        const decision = decide(principal, plain, config(), at)
        return decision.allowed
          ? deny('not-allowed', `The grant ${decision.grant.name} needs no approval: ask for the session.`)
          : decision
      }
      const { grant } = open
      const role = findRole(config(), grant.role)
      // Those that lapsed wait no more, and may be many: the newest are the ones that still do.
      const { items: waiting } = await ledger.requests({ principalId: principal.id, state: 'waiting', limit: 1000 })
      if (waiting.filter((one) => one.expiresAt > at.getTime() && !isOutdated(one, config())).length >= mostWaiting)
        return deny('rate-limited', `There are ${mostWaiting} requests of yours that wait already.`)
      const asked: ApprovalRequest = {
        id: newId('r', randomBytes),
        state: 'waiting',
        principalId: principal.id,
        principalName: principal.name,
        role: grant.role,
        grant: grant.name,
        duration: request.duration ?? grant.usual,
        askedAt: at.getTime(),
        expiresAt: at.getTime() + (grant.approvals?.lapse ?? 0) * 1000,
        needed: grant.approvals?.count ?? 1,
        votes: [],
        ...(role ? { terms: termsOf(grant, role) } : {}),
        ...(request.policy === undefined ? {} : { policy: request.policy }),
        ...(request.reason === undefined ? {} : { reason: request.reason }),
        ...(request.ticket === undefined ? {} : { ticket: request.ticket }),
        ...(request.breakGlass ? { breakGlass: true } : {}),
      }
      await ledger.append([{ kind: 'asked', at: at.getTime(), request: asked }])
      return { allowed: true, request: asked }
    },

    async vote(by, requestId, { approve, reason }) {
      const at = now()
      const request = await ledger.request(requestId)
      const grant = config().grants.find(({ name }) => name === request?.grant)
      // Who may not vote does not learn whether there is such a request.
      if (!request || !grant || !mayVote(by, request, grant))
        return deny('not-allowed', 'There is no request of that id for you to decide.')
      if (isOwn(by, request)) return deny('not-allowed', 'Nobody decides on their own request.')
      if (request.state !== 'waiting') return deny('not-allowed', `The request is ${request.state}.`)
      if (isOutdated(request, config())) return deny('not-allowed', outdated(grant))
      if (request.expiresAt <= at.getTime()) return deny('not-allowed', 'The request has lapsed.')
      const vote = {
        by: by.id,
        byName: by.name,
        at: at.getTime(),
        approve,
        ...(reason === undefined ? {} : { reason }),
      }
      const provenAt = by.authenticatedAt.getTime()
      try {
        await ledger.append([{ kind: 'voted', at: at.getTime(), requestId, vote, provenAt, state: 'waiting' }])
      } catch (error) {
        if (!isConflict(error)) throw error
        return isOfRevokedProof(error)
          ? deny('principal-revoked', 'This login was revoked: sign in again.')
          : deny('not-allowed', 'You have voted, or somebody has decided in the meantime.')
      }
      return { allowed: true, request: (await ledger.request(requestId)) ?? request }
    },
  }
}

export const mayVote = (by: Principal, request: ApprovalRequest, grant: Grant): boolean =>
  grant.name === request.grant &&
  grant.approvals !== undefined &&
  by.kind === 'person' &&
  isOneOf(grant.approvals.by, by)

/** One person may have come by two authenticators. */
export const isOwn = (by: Principal, of: Pick<ApprovalRequest | Session, 'principalId' | 'principalName'>): boolean =>
  by.id === of.principalId || by.name.toLowerCase() === of.principalName.toLowerCase()
