import { deny } from '../../model/decision.ts'
import { childrenNamed, instantIn, onlyChild, type SamlElement } from './saml-xml.ts'

/** What an assertion says of somebody, once it is known to be for us, now, and an answer to what we asked. */
export interface AssertedPerson {
  readonly assertionId: string
  readonly nameId: string
  /** Whether the name is another one at each login. */
  readonly isTransient: boolean
  readonly attributes: Readonly<Record<string, string | readonly string[]>>
  /** Until when the assertion could be shown again: milliseconds since 1970. */
  readonly showableUntil: number
  /** When the session at the provider ends, where it says so. */
  readonly sessionEnds?: number
  readonly context?: string
  readonly signedInAt?: number
}

export interface Wanted {
  readonly issuer: string
  readonly audience: string
  readonly recipient: string
  /** The ID of the request that was sent. */
  readonly inResponseTo: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Milliseconds that clocks may differ. */
const leeway = 60_000
const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'

type Read =
  | { readonly allowed: true; readonly person: AssertedPerson }
  | ReturnType<typeof deny<'proof-malformed' | 'proof-invalid' | 'proof-expired'>>

/** Checks a verified assertion as the web browser profile demands (SAML 2.0 profiles, section 4.1.4.3). */
export function readAssertion(assertion: SamlElement, wanted: Wanted): Read {
  const { now } = wanted
  const { ID: assertionId, Version: version } = assertion.attributes
  const issuer = onlyChild(assertion, 'saml:Issuer')?.text.trim()
  const subject = onlyChild(assertion, 'saml:Subject')
  const nameId = onlyChild(subject, 'saml:NameID')
  const conditions = onlyChild(assertion, 'saml:Conditions')
  if (!assertionId || version !== '2.0' || !nameId || nameId.children.length > 0 || !conditions)
    return deny('proof-malformed', 'The assertion lacks an id, a name or conditions.')
  if (issuer !== wanted.issuer) return deny('proof-invalid', 'The assertion is another provider’s.')
  const start = conditions.attributes.NotBefore
  const ends = [conditions.attributes.NotOnOrAfter]
  if (start !== undefined && !((instantIn(start) ?? Number.NaN) <= now + leeway))
    return deny('proof-invalid', 'The assertion does not hold yet.')
  const restrictions = childrenNamed(conditions, 'saml:AudienceRestriction')
  const isForUs = restrictions.every((restriction) =>
    childrenNamed(restriction, 'saml:Audience').some(({ text }) => text.trim() === wanted.audience),
  )
  if (restrictions.length === 0 || !isForUs) return deny('proof-invalid', 'The assertion is for another audience.')
  const confirmation = childrenNamed(subject, 'saml:SubjectConfirmation')
    .filter(({ attributes: { Method: method } }) => method === bearer)
    .map((one) => onlyChild(one, 'saml:SubjectConfirmationData')?.attributes)
    .find((data) => data?.Recipient === wanted.recipient && data.InResponseTo === wanted.inResponseTo)
  if (confirmation === undefined)
    return deny('proof-invalid', 'The assertion is bound for elsewhere, or answers another login.')
  if (confirmation.NotBefore !== undefined)
    return deny('proof-malformed', 'The confirmation of the subject has a NotBefore, which it must not.')
  ends.push(confirmation.NotOnOrAfter)
  const statements = childrenNamed(assertion, 'saml:AuthnStatement')
  const [statement] = statements
  if (statement === undefined) return deny('proof-malformed', 'The assertion tells of no sign-in.')
  const end = earliest(ends)
  if (end === undefined || confirmation.NotOnOrAfter === undefined)
    return deny('proof-malformed', 'The assertion does not say how long it holds.')
  const sessionTexts = statements.map(({ attributes }) => attributes.SessionNotOnOrAfter)
  const sessionEnds = earliest(sessionTexts)
  if (sessionEnds === undefined && sessionTexts.some((text) => text !== undefined))
    return deny('proof-malformed', 'The assertion does not say when its session ends.')
  if (end <= now - leeway || (sessionEnds ?? Number.POSITIVE_INFINITY) <= now)
    return deny('proof-expired', 'The assertion has ended.')
  const context = onlyChild(onlyChild(statement, 'saml:AuthnContext'), 'saml:AuthnContextClassRef')?.text.trim()
  const signedInAt = instantIn(statement.attributes.AuthnInstant)
  return {
    allowed: true,
    person: {
      assertionId,
      nameId: nameId.text.trim(),
      isTransient: nameId.attributes.Format === transient,
      attributes: attributesOf(assertion),
      showableUntil: end + leeway,
      ...(sessionEnds === undefined ? {} : { sessionEnds }),
      ...(context === undefined ? {} : { context }),
      ...(signedInAt === undefined ? {} : { signedInAt }),
    },
  }
}

/** The first of several ends; undefined when there is none, or one that cannot be read. */
function earliest(texts: readonly (string | undefined)[]): number | undefined {
  const said = texts.filter((text) => text !== undefined)
  const instants = said.map(instantIn)
  return said.length > 0 && instants.every((instant) => instant !== undefined) ? Math.min(...instants) : undefined
}

/** By name; what stands twice under one name is joined, a single value is a text. */
function attributesOf(assertion: SamlElement): AssertedPerson['attributes'] {
  const found = new Map<string, string[]>()
  for (const statement of childrenNamed(assertion, 'saml:AttributeStatement'))
    for (const attribute of childrenNamed(statement, 'saml:Attribute')) {
      const values = childrenNamed(attribute, 'saml:AttributeValue').map(({ text }) => text.trim())
      const name = attribute.attributes.Name ?? ''
      found.set(name, [...(found.get(name) ?? []), ...values])
    }
  return Object.fromEntries(
    [...found].map(([name, values]) => [name, values.length === 1 && values[0] !== undefined ? values[0] : values]),
  )
}
