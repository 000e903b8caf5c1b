import { type NamedElement, named, onlyNamed } from './named-xml.ts'

/** What an assertion says, as plain data. Instants are as written. */
export interface AssertionFacts {
  readonly id: string
  readonly issuer: string
  readonly issueInstant: string
  readonly nameId?: { readonly value: string; readonly format?: string }
  readonly confirmations: readonly Confirmation[]
  readonly notBefore?: string
  readonly notOnOrAfter?: string
  /** One list a restriction: each of them must be met. */
  readonly audiences: readonly (readonly string[])[]
  readonly sessionNotOnOrAfter?: string
  /** In the order of the document; names may stand more than once. */
  readonly attributes: readonly { readonly name: string; readonly values: readonly string[] }[]
}

interface Confirmation {
  readonly method: string
  readonly recipient?: string
  readonly notBefore?: string
  readonly notOnOrAfter?: string
}

/** Reads an assertion; undefined when it lacks what every assertion has (SAML 2.0 core, section 2.3.3). */
export function readAssertion(assertion: NamedElement): AssertionFacts | undefined {
  const issuer = onlyNamed(assertion, 'assertion:Issuer')?.text.trim()
  const { ID: id, IssueInstant: issueInstant, Version: version } = assertion.attributes
  if (!issuer || !id || !issueInstant || version !== '2.0') return undefined
  const subject = onlyNamed(assertion, 'assertion:Subject')
  const nameId = onlyNamed(subject, 'assertion:NameID')
  const conditions = onlyNamed(assertion, 'assertion:Conditions')
  const ends = named(assertion, 'assertion:AuthnStatement').flatMap(
    ({ attributes }) => attributes.SessionNotOnOrAfter ?? [],
  )
  // Of several ends the first counts; as ISO 8601 texts in UTC they sort as they follow.
  const [sessionNotOnOrAfter] = ends.sort()
  return {
    id,
    issuer,
    issueInstant,
    ...(nameId && nameId.children.length === 0 && nameId.text.trim() !== ''
      ? { nameId: { value: nameId.text.trim(), ...(nameId.attributes.Format && { format: nameId.attributes.Format }) } }
      : {}),
    confirmations: named(subject, 'assertion:SubjectConfirmation').map(readConfirmation),
    ...present('notBefore', conditions?.attributes.NotBefore),
    ...present('notOnOrAfter', conditions?.attributes.NotOnOrAfter),
    audiences: named(conditions, 'assertion:AudienceRestriction').map((restriction) =>
      named(restriction, 'assertion:Audience').map(({ text }) => text.trim()),
    ),
    ...present('sessionNotOnOrAfter', sessionNotOnOrAfter),
    attributes: named(assertion, 'assertion:AttributeStatement').flatMap((statement) =>
      named(statement, 'assertion:Attribute').map((attribute) => ({
        name: attribute.attributes.Name ?? '',
        values: named(attribute, 'assertion:AttributeValue').map(({ text }) => text.trim()),
      })),
    ),
  }
}

function readConfirmation(confirmation: NamedElement): Confirmation {
  const data = onlyNamed(confirmation, 'assertion:SubjectConfirmationData')?.attributes
  return {
    method: confirmation.attributes.Method ?? '',
    ...present('recipient', data?.Recipient),
    ...present('notBefore', data?.NotBefore),
    ...present('notOnOrAfter', data?.NotOnOrAfter),
  }
}

const present = <Key extends string>(key: Key, value: string | undefined): { readonly [K in Key]?: string } =>
  // One member, or none; the computed name is of the type that was asked for.
  (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: string }
