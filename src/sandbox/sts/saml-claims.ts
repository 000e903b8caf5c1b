import { createHash } from 'node:crypto'
import type { RequestContext } from '../../policy/question.ts'
import type { SamlProvider } from '../cloud.ts'
import { accessDenied, Fault } from '../fault.ts'
import type { AssertionFacts } from '../saml/assertion-facts.ts'
import { checkTimes, instantIn } from './saml-times.ts'
import { samlTrustKeys } from './saml-trust-keys.ts'

/** What a verified assertion claims of the session that is to be issued. */
export interface SamlClaims {
  readonly subject: string
  /** `persistent`, `transient`, or whatever format the provider names. */
  readonly subjectType: string
  /** Where the response was sent, which is what STS calls its audience. */
  readonly recipient: string
  readonly nameQualifier: string
  readonly sessionName: string
  /** Seconds. */
  readonly sessionDuration?: number
  readonly sessionEnd?: Date
  readonly sourceIdentity?: string
  readonly tags: readonly { readonly Key: string; readonly Value: string }[]
  readonly transitiveTagKeys: readonly string[]
  /** The `saml:` keys, for the role's trust policy. */
  readonly trustKeys: RequestContext
}

const prefix = 'https://aws.amazon.com/SAML/Attributes/'
const tagPrefix = `${prefix}PrincipalTag:`
const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
/** AWS's sign-in endpoints, the global one and those of regions and other partitions. */
const signIn = /^https:\/\/(?:[a-z0-9-]+\.)?signin\.(?:aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn)\/saml$/
const forbidden = 'Not authorized to perform sts:AssumeRoleWithSAML'

/**
 * Checks what a verified assertion says, in AWS's order, for one role and provider at `now`. Throws the Fault AWS
 * answers with. See "Configure SAML assertions for the authentication response" in the IAM User Guide.
 */
export function checkClaims(
  facts: AssertionFacts,
  { roleArn, provider, now }: { readonly roleArn: string; readonly provider: SamlProvider; readonly now: Date },
): SamlClaims {
  if (facts.issuer !== provider.entityId) throw invalid('Issuer not present in specified provider')
  const recipient = checkConfirmation(facts)
  const isForAws = (audiences: readonly string[]): boolean =>
    audiences.includes(recipient) || audiences.includes('urn:amazon:webservices')
  if (facts.audiences.length === 0 || !facts.audiences.every(isForAws))
    throw invalid('Response does not contain the required audience.')
  checkTimes(facts, now)
  const attributes = attributesOf(facts)
  const pairs = (attributes.get(`${prefix}Role`) ?? []).map((pair) => pair.split(',').map((arn) => arn.trim()))
  const isListed = pairs.some(
    (pair) => pair.length === 2 && pair.includes(roleArn) && pair.includes(provider.arn) && roleArn !== provider.arn,
  )
  if (!isListed || facts.nameId === undefined || /\/AWSReservedSSO_[^/]*$/.test(roleArn)) throw accessDenied(forbidden)

  const sessionName = sessionNameIn(attributes)
  const sourceIdentity = one(attributes, 'SourceIdentity')
  if (sourceIdentity !== undefined && (!nameText.test(sourceIdentity) || /^aws:/i.test(sourceIdentity)))
    throw invalid('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"')
  const subjectType = (facts.nameId.format ?? '').replace('urn:oasis:names:tc:SAML:2.0:nameid-format:', '')
  const nameQualifier = createHash('sha1')
    .update(`${facts.issuer}${provider.accountId}/${provider.name}`)
    .digest('base64')
  const sessionDuration = durationIn(attributes)
  return {
    subject: facts.nameId.value,
    subjectType,
    recipient,
    nameQualifier,
    sessionName,
    ...(sessionDuration === undefined ? {} : { sessionDuration }),
    ...(facts.sessionNotOnOrAfter === undefined ? {} : { sessionEnd: instantIn(facts.sessionNotOnOrAfter) }),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    tags: tagsIn(attributes),
    transitiveTagKeys: attributes.get(`${prefix}TransitiveTagKeys`) ?? [],
    trustKeys: {
      ...samlTrustKeys(attributes),
      'saml:aud': recipient,
      'saml:iss': facts.issuer,
      'saml:sub': facts.nameId.value,
      'saml:sub_type': subjectType,
      'saml:namequalifier': nameQualifier,
      'saml:doc': `${provider.accountId}/${provider.name}`,
    },
  }
}

const invalid = (message: string): Fault => new Fault('InvalidIdentityToken', 400, message)

/** Where the one confirmation of the subject says that it was sent. */
function checkConfirmation({ confirmations }: AssertionFacts): string {
  const [confirmation, second] = confirmations
  if (confirmation?.method !== bearer || second !== undefined)
    throw invalid('Response must contain exactly one SubjectConfirmation')
  const { recipient, notOnOrAfter } = confirmation
  if (recipient === undefined || notOnOrAfter === undefined || !signIn.test(recipient))
    throw invalid('Response does not contain the required recipient.')
  return recipient
}

/** The attributes by name. One that stands twice could be read either way, so it is not read at all. */
function attributesOf(facts: AssertionFacts): ReadonlyMap<string, readonly string[]> {
  const attributes = new Map<string, readonly string[]>()
  for (const { name, values } of facts.attributes) {
    if (attributes.has(name)) throw invalid('Response contains an attribute more than once')
    attributes.set(name, values)
  }
  return attributes
}

type Attributes = ReadonlyMap<string, readonly string[]>

const nameText = /^[a-zA-Z_0-9+=,.@-]{2,64}$/

function one(attributes: Attributes, name: string): string | undefined {
  const [value, second] = attributes.get(prefix + name) ?? []
  if (second !== undefined) throw invalid(`${name} must have one value in AuthnResponse`)
  return value
}

function sessionNameIn(attributes: Attributes): string {
  const name = one(attributes, 'RoleSessionName')
  if (!name) throw invalid('RoleSessionName is required in AuthnResponse')
  if (!nameText.test(name)) throw invalid('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}')
  return name
}

function durationIn(attributes: Attributes): number | undefined {
  const text = one(attributes, 'SessionDuration')
  if (text === undefined) return undefined
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (seconds >= 900 && seconds <= 43_200) return seconds
  throw invalid('SessionDuration in AuthnResponse must be between 900 and 43200')
}

function tagsIn(attributes: Attributes): SamlClaims['tags'] {
  return [...attributes]
    .filter(([name]) => name.startsWith(tagPrefix))
    .map(([name, [Value = '', second]]) => {
      if (second !== undefined) throw invalid(`${name.slice(prefix.length)} must have one value in AuthnResponse`)
      return { Key: name.slice(tagPrefix.length), Value }
    })
}
