import type { Tags } from '../cloud.ts'
import type { Attributes, CertificateFacts } from './certificate.ts'
import { invalid, refused } from './faults.ts'
import type { AttributeMappings, CertificateField } from './state.ts'

/** What a new profile maps: all of subject and issuer, and the first alternative name of each kind. */
export const defaultMappings: AttributeMappings = {
  x509Issuer: ['*'],
  x509SAN: ['DNS', 'URI', 'Name/*'],
  x509Subject: ['*'],
}

/** The mappings with the specifiers of one field replaced. Throws ValidationException for one that field cannot have. */
export function withMapping(
  mappings: AttributeMappings,
  field: CertificateField,
  specifiers: readonly string[],
): AttributeMappings {
  const spelt = specifiers.map((one) => (field === 'x509SAN' && /^Name\/?$/.test(one) ? 'Name/*' : one))
  const form =
    field === 'x509SAN' ? /^(?:DNS|URI|Name\/(?:\*|[A-Za-z]+|\d+(?:\.\d+)+))$/ : /^(?:\*|[A-Za-z]+|\d+(?:\.\d+)+)$/
  const wrong = spelt.find((one) => !form.test(one))
  if (wrong !== undefined) throw invalid(`Invalid specifier ${wrong} for the certificate field ${field}`)
  return { ...mappings, [field]: [...new Set(spelt)] }
}

/** The mappings without some specifiers of a field, or (none named) without the field. */
export function withoutMapping(
  mappings: AttributeMappings,
  field: CertificateField,
  specifiers: readonly string[] | undefined,
): AttributeMappings {
  const { [field]: before = [], ...others } = mappings
  const kept = specifiers === undefined ? [] : before.filter((one) => !specifiers.includes(one))
  return kept.length === 0 ? others : { ...others, [field]: kept }
}

/** What can be the value of a session tag (`TagSession` in the STS API Reference). */
const tagValue = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u

/**
 * The session tags of a certificate: `x509Subject/CN`, `x509Issuer/O`, `x509SAN/DNS`. An attribute that stands more than
 * once is joined with slashes. Throws AccessDeniedException for values no session tag can have; rules that match
 * nothing give nothing.
 */
export function mappedTags(facts: CertificateFacts, mappings: AttributeMappings, roleArn: string): Tags {
  const found = {
    x509Issuer: pickNames(facts.issuer, mappings.x509Issuer ?? []),
    x509Subject: pickNames(facts.subject, mappings.x509Subject ?? []),
    x509SAN: pickAlternatives(facts, mappings.x509SAN ?? []),
  }
  const failed = (field: CertificateField): string =>
    [...found[field]].flatMap(([name, value]) => (tagValue.test(value) ? [] : name)).join(', ')
  const [issuer, subject, san] = [failed('x509Issuer'), failed('x509Subject'), failed('x509SAN')]
  if (issuer || subject || san)
    throw refused(
      `Unable to assume role for ${roleArn}. Some attributes failed to be mapped into session tags. Issuer: [ ${issuer} ]; Subject: [ ${subject} ]; SAN: [ ${san} ]`,
    )
  return Object.fromEntries(
    Object.entries(found).flatMap(([field, values]) => [...values].map(([name, value]) => [`${field}/${name}`, value])),
  )
}

type Found = ReadonlyMap<string, string>

function pickNames(name: Attributes, specifiers: readonly string[]): Found {
  const values = new Map<string, string>()
  for (const [type, value] of name) {
    if (!specifiers.includes('*') && !specifiers.includes(type)) continue
    const before = values.get(type)
    values.set(type, before === undefined ? value : `${before}/${value}`)
  }
  return values
}

function pickAlternatives({ dns, uris, names }: CertificateFacts, specifiers: readonly string[]): Found {
  const values = new Map<string, string>()
  const [firstDns, firstUri] = [dns[0], uris[0]]
  if (firstDns !== undefined && specifiers.includes('DNS')) values.set('DNS', firstDns)
  if (firstUri !== undefined && specifiers.includes('URI')) values.set('URI', firstUri)
  const wanted = specifiers.flatMap((one) => (one.startsWith('Name/') ? one.slice('Name/'.length) : []))
  for (const [type, value] of pickNames(names[0] ?? [], wanted)) values.set(`Name/${type}`, value)
  return values
}
