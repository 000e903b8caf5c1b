import { randomUUID } from 'node:crypto'
import type { Cloud } from '../cloud.ts'
import { type SamlIdentity, samlIdentity } from './identity.ts'
import { type Person, rolesOf } from './people.ts'
import { type ResponseContent, responseXml } from './response-xml.ts'
import { type Signed, signResponse } from './sign-response.ts'

export const samlPaths = { metadata: '/saml-idp/metadata', signOn: '/saml-idp/sso' } as const
/** Where AWS takes responses; what it wants as Recipient. */
export const awsSignIn = 'https://signin.aws.amazon.com/saml'
export const awsAttribute = 'https://aws.amazon.com/SAML/Attributes/'

const minute = 60_000

/** Another content than the person's own, for who tests what AWS refuses. */
export interface Changes extends Partial<Omit<ResponseContent, 'responseId' | 'assertionId'>> {
  readonly signed?: Signed
  /** Signs in place of the provider. */
  readonly signer?: SamlIdentity
  /** Attributes of the person to leave out. */
  readonly without?: readonly string[]
}

/** The name the provider signs with: not an address, which would be another one at each start. */
export const entityId = 'urn:mayfly:sandbox:saml-idp'

/** A signed response about a person, as XML, and the ID of its assertion. */
export async function issueResponse(
  { cloud, at }: { readonly cloud: Cloud; readonly at: Date },
  person: Person,
  { signed = 'assertion', signer, without = [], ...changes }: Changes = {},
): Promise<{ readonly xml: string; readonly assertionId: string }> {
  const later = (minutes: number): Date => new Date(at.getTime() + minutes * minute)
  const assertionId = `_${randomUUID()}`
  const { attributes = [], ...others } = changes
  const changed = new Set([...without, ...attributes.map(([name]) => name)])
  const content: ResponseContent = {
    responseId: `_${randomUUID()}`,
    assertionId,
    issuer: entityId,
    destination: awsSignIn,
    recipient: awsSignIn,
    audience: 'urn:amazon:webservices',
    nameId: person.name,
    nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    issueInstant: at,
    notBefore: later(-1),
    notOnOrAfter: later(5),
    sessionNotOnOrAfter: later(8 * 60),
    ...others,
    attributes: [...attributesOf(cloud, person).filter(([name]) => !changed.has(name)), ...attributes],
  }
  const { nameId, ...nameless } = content
  const xml = responseXml(
    without.includes('NameID') ? nameless : { ...nameless, ...(nameId === undefined ? {} : { nameId }) },
  )
  return { xml: await signResponse(xml, signer ?? (await samlIdentity(cloud)), signed), assertionId }
}

const attributesOf = (cloud: Cloud, person: Person): ResponseContent['attributes'] => [
  [`${awsAttribute}Role`, rolesOf(cloud, person)],
  [`${awsAttribute}RoleSessionName`, [person.email]],
  ...Object.entries(person.attributes),
]
