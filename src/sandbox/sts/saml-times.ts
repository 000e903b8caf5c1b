import { Fault } from '../fault.ts'
import type { AssertionFacts } from '../saml/assertion-facts.ts'

const minute = 60_000
/** How old an assertion may be, and how far a provider's clock may be ahead. */
const patience = 5 * minute

/**
 * Refuses an assertion that is too old, over, or from the future. Its age counts from when it was issued, whatever it
 * says of its end.
 */
export function checkTimes(facts: AssertionFacts, now: Date): void {
  const at = now.getTime()
  if (at - instantIn(facts.issueInstant).getTime() > patience)
    throw expired('Token must be redeemed within 5 minutes of issuance')
  const [confirmation] = facts.confirmations
  const ends = [facts.notOnOrAfter, facts.sessionNotOnOrAfter, confirmation?.notOnOrAfter]
  if (ends.some((end) => end !== undefined && instantIn(end).getTime() <= at)) throw expired('Token is expired')
  const starts = [facts.issueInstant, facts.notBefore, confirmation?.notBefore]
  if (starts.some((start) => start !== undefined && instantIn(start).getTime() - at > patience))
    throw new Fault('InvalidIdentityToken', 400, 'Token is not yet valid')
}

/** An instant of an assertion, which SAML wants in UTC. */
export function instantIn(text: string): Date {
  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text) ? new Date(text) : new Date(Number.NaN)
  if (Number.isNaN(instant.getTime())) throw new Fault('InvalidIdentityToken', 400, 'Invalid SAML response')
  return instant
}

const expired = (message: string): Fault => new Fault('ExpiredTokenException', 400, message)
