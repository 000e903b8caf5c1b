import { Failure } from '../model/failure.ts'
import { readXml, type XmlElement } from '../wire/xml.ts'

/** What a SAML response says that matters before AWS sees it. None of it is verified: that is AWS's part. */
export interface SamlResponse {
  /** As AWS takes it: base64 without blanks. */
  readonly base64: string
  readonly roles: readonly SamlRole[]
  /** When the person's session at the provider ends. */
  readonly sessionEnd?: Date
  readonly inResponseTo?: string
}

export interface SamlRole {
  readonly roleArn: string
  readonly providerArn: string
}

/** More characters AWS does not take. */
const longest = 100_000
const roleAttribute = 'https://aws.amazon.com/SAML/Attributes/Role'

/**
 * Reads a response however it was copied: base64 with or without line breaks, percent-encoded, with `SAMLResponse=`
 * before it. Throws a `Failure` (`login-needed`) that quotes nothing of it: it is as good as a password for minutes.
 */
export function readSamlResponse(text: string): SamlResponse {
  const base64 = unwrapped(text)
  if (base64.length > longest) throw unusable(`has more than ${longest} characters, and AWS takes no more`)
  const root = parsed(base64)
  if (local(root) !== 'Response') throw unusable('is no SAML response')
  const assertion = root.children.find((child) => local(child) === 'Assertion')
  if (!assertion) {
    const isEncrypted = root.children.some((child) => local(child) === 'EncryptedAssertion')
    throw unusable(isEncrypted ? 'has an encrypted assertion, which AWS does not take here' : 'has no assertion')
  }
  const ends = below(assertion, 'AuthnStatement').flatMap(({ attributes }) => attributes.SessionNotOnOrAfter ?? [])
  const [end] = ends.map((instant) => new Date(instant)).sort((one, other) => one.getTime() - other.getTime())
  const values = below(assertion, 'Attribute')
    .filter(({ attributes }) => attributes.Name === roleAttribute)
    .flatMap((attribute) => below(attribute, 'AttributeValue'))
  const inResponseTo = root.attributes.InResponseTo
  return {
    base64,
    roles: values.flatMap(({ text: pair }) => roleOf(pair) ?? []),
    ...(end && !Number.isNaN(end.getTime()) ? { sessionEnd: end } : {}),
    ...(inResponseTo === undefined ? {} : { inResponseTo }),
  }
}

function unwrapped(text: string): string {
  const bare = text
    .trim()
    .replace(/^["']?SAMLResponse["']?\s*[=:]\s*["']?/, '')
    .replace(/["']$/, '')
  const decoded = /%[0-9A-Fa-f]{2}/.test(bare) ? (percentDecoded(bare.split('&')[0] ?? '') ?? bare) : bare
  return decoded.replace(/\s/g, '')
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function parsed(base64: string): XmlElement {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw unusable('is not base64')
  try {
    return readXml(Buffer.from(base64, 'base64').toString('utf8'))
  } catch {
    throw unusable('is no SAML response')
  }
}

/** A role and its provider, which stand in either order. */
function roleOf(pair: string): SamlRole | undefined {
  const arns = pair.split(',').map((arn) => arn.trim())
  const roleArn = arns.find((arn) => /^arn:[\w-]+:iam::\d{12}:role\/[\x21-\x7e]+$/.test(arn))
  const providerArn = arns.find((arn) => /^arn:[\w-]+:iam::\d{12}:saml-provider\/[\w.-]+$/.test(arn))
  return roleArn && providerArn && arns.length === 2 ? { roleArn, providerArn } : undefined
}

const local = ({ name }: XmlElement): string => name.slice(name.indexOf(':') + 1)

/** The elements of that name, at any depth. */
function below(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.flatMap((child) => [...(local(child) === name ? [child] : []), ...below(child, name)])
}

const unusable = (why: string): Failure =>
  new Failure('login-needed', `What the identity provider gave ${why}.`, {
    hint: 'Sign in again, and take the whole SAMLResponse.',
  })
