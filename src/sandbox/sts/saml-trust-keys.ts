import type { RequestContext } from '../../policy/question.ts'

const eduPerson = 'urn:oid:1.3.6.1.4.1.5923.1.1.1.'
const eduOrg = 'urn:oid:1.3.6.1.4.1.5923.1.2.1.'
const directory = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/'

/** Attributes that trust policies can ask for, by the name providers send. "Available keys for SAML", IAM User Guide. */
const keys: readonly (readonly [attribute: string, key: string])[] = [
  [`${eduPerson}1`, 'edupersonaffiliation'],
  [`${eduPerson}2`, 'edupersonnickname'],
  [`${eduPerson}3`, 'edupersonorgdn'],
  [`${eduPerson}4`, 'edupersonorgunitdn'],
  [`${eduPerson}5`, 'edupersonprimaryaffiliation'],
  [`${eduPerson}6`, 'edupersonprincipalname'],
  [`${eduPerson}7`, 'edupersonentitlement'],
  [`${eduPerson}8`, 'edupersonprimaryorgunitdn'],
  [`${eduPerson}9`, 'edupersonscopedaffiliation'],
  [`${eduPerson}10`, 'edupersontargetedid'],
  [`${eduPerson}11`, 'edupersonassurance'],
  [`${eduOrg}2`, 'eduorghomepageuri'],
  [`${eduOrg}3`, 'eduorgidentityauthnpolicyuri'],
  [`${eduOrg}4`, 'eduorglegalname'],
  [`${eduOrg}5`, 'eduorgsuperioruri'],
  [`${eduOrg}6`, 'eduorgwhitepagesuri'],
  ['urn:oid:2.5.4.3', 'cn'],
  [`${directory}name`, 'name'],
  [`${directory}CommonName`, 'commonName'],
  [`${directory}givenname`, 'givenName'],
  [`${directory}surname`, 'surname'],
  [`${directory}emailaddress`, 'mail'],
  ['http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid', 'primaryGroupSID'],
  ['urn:oid:2.5.4.4', 'surname'],
  ['urn:oid:2.5.4.42', 'givenName'],
  ['urn:oid:2.5.4.45', 'x500UniqueIdentifier'],
  ['urn:oid:0.9.2342.19200300.100.1.1', 'uid'],
  ['urn:oid:0.9.2342.19200300.100.1.3', 'mail'],
  ['urn:oid:0.9.2342.19200300.100.1.45', 'organizationStatus'],
]

/** The `saml:` condition keys that attributes bring; of two attributes for one key the first in the table counts. */
export function samlTrustKeys(attributes: ReadonlyMap<string, readonly string[]>): RequestContext {
  const context: Record<string, readonly string[]> = {}
  for (const [attribute, key] of keys) {
    const values = attributes.get(attribute)
    if (values !== undefined) context[`saml:${key}`] ??= values
  }
  return context
}
