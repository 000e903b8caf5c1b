import { spaces } from '../saml/named-xml.ts'

/** A response with one assertion, before it is signed. */
export interface ResponseContent {
  /** Of the response and of the assertion in it; both begin with a letter or `_`. */
  readonly responseId: string
  readonly assertionId: string
  readonly issuer: string
  /** Where the browser takes it. */
  readonly destination: string
  /** Where the assertion says it goes: what AWS looks at. */
  readonly recipient: string
  readonly audience: string
  /** The ID of the request it answers, when there was one. */
  readonly inResponseTo?: string
  readonly nameId?: string
  readonly nameIdFormat: string
  readonly issueInstant: Date
  readonly notBefore: Date
  readonly notOnOrAfter: Date
  readonly sessionNotOnOrAfter?: Date
  readonly attributes: readonly (readonly [name: string, values: readonly string[]])[]
}

/** The response as XML. See SAML 2.0 core, sections 2 and 3.2.2, and the web browser profile, section 4.1.4.2. */
export function responseXml(content: ResponseContent): string {
  const { issuer, destination, inResponseTo, issueInstant, responseId } = content
  const answers = inResponseTo === undefined ? '' : ` InResponseTo="${escaped(inResponseTo)}"`
  return [
    `<samlp:Response xmlns:samlp="${spaces.protocol}" xmlns:saml="${spaces.assertion}" ID="${escaped(responseId)}"`,
    ` Version="2.0" IssueInstant="${instant(issueInstant)}" Destination="${escaped(destination)}"${answers}>`,
    `<saml:Issuer>${escaped(issuer)}</saml:Issuer>`,
    '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>',
    assertionXml(content, answers),
    '</samlp:Response>',
  ].join('')
}

function assertionXml(content: ResponseContent, answers: string): string {
  const { issuer, recipient, audience, nameId, nameIdFormat, sessionNotOnOrAfter, assertionId } = content
  const [issued, start, end] = [content.issueInstant, content.notBefore, content.notOnOrAfter].map(instant)
  const sessionEnd = sessionNotOnOrAfter ? ` SessionNotOnOrAfter="${instant(sessionNotOnOrAfter)}"` : ''
  return [
    `<saml:Assertion ID="${escaped(assertionId)}" Version="2.0" IssueInstant="${issued}">`,
    `<saml:Issuer>${escaped(issuer)}</saml:Issuer>`,
    '<saml:Subject>',
    ...(nameId === undefined
      ? []
      : [`<saml:NameID Format="${escaped(nameIdFormat)}">${escaped(nameId)}</saml:NameID>`]),
    '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">',
    `<saml:SubjectConfirmationData NotOnOrAfter="${end}" Recipient="${escaped(recipient)}"${answers}/>`,
    '</saml:SubjectConfirmation></saml:Subject>',
    `<saml:Conditions NotBefore="${start}" NotOnOrAfter="${end}">`,
    `<saml:AudienceRestriction><saml:Audience>${escaped(audience)}</saml:Audience></saml:AudienceRestriction>`,
    '</saml:Conditions>',
    `<saml:AuthnStatement AuthnInstant="${issued}" SessionIndex="${escaped(assertionId)}"${sessionEnd}>`,
    '<saml:AuthnContext><saml:AuthnContextClassRef>',
    'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
    '</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>',
    '<saml:AttributeStatement>',
    ...content.attributes.map(attributeXml),
    '</saml:AttributeStatement></saml:Assertion>',
  ].join('')
}

const attributeXml = ([name, values]: readonly [string, readonly string[]]): string =>
  [
    `<saml:Attribute Name="${escaped(name)}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">`,
    ...values.map((value) => `<saml:AttributeValue>${escaped(value)}</saml:AttributeValue>`),
    '</saml:Attribute>',
  ].join('')

const instant = (date: Date): string => date.toISOString()

/** Text that means itself in XML and in HTML, between tags and in quoted attributes. */
export const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"'\t\n\r]/g, (symbol) => `&#${symbol.charCodeAt(0)};`)
