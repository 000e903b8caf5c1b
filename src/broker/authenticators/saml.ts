import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { deflateRawSync } from 'node:zlib'
import { deny } from '../../model/decision.ts'
import { withAttributes, writeXml } from '../../wire/xml.ts'
import type { AuthenticatorConfig } from '../config/broker-config.ts'
import type { LoginAuthenticator, Proven } from './authenticator.ts'
import { flatClaims, isIdText, textOf, textsOf } from './claims.ts'
import { fetchText } from './fetch-text.ts'
import type { OpeningParts } from './index.ts'
import { keep } from './kept.ts'
import { type AssertedPerson, readAssertion } from './saml-assertion.ts'
import { readSamlMetadata, type SamlProvider } from './saml-metadata.ts'
import { signedAssertion } from './saml-signature.ts'
import { onlyChild, readSamlXml, type SamlElement, spaces } from './saml-xml.ts'
import { tellsSecondFactor } from './second-factor.ts'

type Config = Extract<AuthenticatorConfig, { kind: 'saml' }>

const longest = 256 * 1024
const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'

/**
 * Signs people in at a SAML identity provider: a request by redirect, the response by POST. Only a response to a
 * request of this login counts, so nobody can be signed in with somebody else's; an assertion counts once.
 */
export function openSaml(config: Config, { ledger, fetch, now }: OpeningParts): LoginAuthenticator {
  const { name, metadataFile, metadataUrl, entityId, lifetime } = config
  const provider = keep({
    now,
    fetch: async () => {
      const text =
        metadataFile === undefined ? await fetchText(fetch, metadataUrl ?? '') : await readMetadata(metadataFile)
      const found = readSamlMetadata(text)
      if ((found.validUntil ?? Number.POSITIVE_INFINITY) <= now().getTime())
        throw new Error('the metadata has ended (validUntil)')
      return found
    },
  })

  return {
    name,
    kind: 'saml',
    broken: provider.broken,
    async begin(returnUrl) {
      const { signOnUrl } = await provider.get()
      const requestId = `_${randomBytes(20).toString('hex')}`
      const redirect = new URL(signOnUrl)
      const request = authnRequest({ requestId, signOnUrl, returnUrl, entityId, at: now() })
      redirect.searchParams.set('SAMLRequest', deflateRawSync(request).toString('base64'))
      return { redirect: redirect.href, keep: { requestId } }
    },
    async finish({ SAMLResponse: encoded }, { requestId }, { returnUrl }) {
      if (encoded === undefined || encoded.length > longest || !/^[A-Za-z0-9+/=\s]+$/.test(encoded))
        return deny('proof-malformed', 'The identity provider sent no response.')
      if (requestId === undefined) return deny('proof-malformed', 'The login was not begun here.')
      let found: SamlProvider
      try {
        found = await provider.get()
      } catch (error) {
        return deny('unavailable', error instanceof Error ? error.message : String(error))
      }
      const assertion = verifiedIn(Buffer.from(encoded, 'base64').toString('utf8'), found, returnUrl)
      if (!assertion.allowed) return assertion
      const at = now().getTime()
      const wanted = {
        issuer: found.entityId,
        audience: entityId,
        recipient: returnUrl,
        inResponseTo: requestId,
        now: at,
      }
      const read = readAssertion(assertion.element, wanted)
      if (!read.allowed) return read
      const { assertionId, showableUntil } = read.person
      if (!(await ledger.spend(`saml:${found.entityId}:${assertionId}`, showableUntil, at)))
        return deny('proof-replayed', 'The assertion was used before.')
      return principalOf(read.person, at)
    },
  }

  function principalOf(person: AssertedPerson, at: number): Proven {
    const claims = flatClaims(person.attributes)
    const named = config.nameAttribute === undefined ? undefined : textOf(claims, config.nameAttribute)
    const subject = person.isTransient ? named : person.nameId
    if (subject === undefined || !isIdText(subject))
      return deny('not-known', 'The assertion has no lasting name: a NameID, or the configured nameAttribute.')
    const { context, signedInAt, sessionEnds = Number.POSITIVE_INFINITY } = person
    return {
      allowed: true,
      principal: {
        ...{ id: `${name}:${subject}`, kind: 'person', authenticator: name, claims },
        name: named !== undefined && isIdText(named) ? named : subject,
        groups: textsOf(claims, config.groupsAttribute),
        authenticatedAt: new Date(at),
        expiresAt: new Date(Math.min(at + lifetime * 1000, sessionEnds)),
        ...(tellsSecondFactor([], context) && signedInAt !== undefined
          ? { mfaAt: new Date(Math.min(signedInAt, at)) }
          : {}),
      },
    }
  }
}

/** The assertion that the provider's signature covers. */
function verifiedIn(
  xml: string,
  { keys }: SamlProvider,
  returnUrl: string,
):
  | { readonly allowed: true; readonly element: SamlElement }
  | ReturnType<typeof deny<'proof-malformed' | 'proof-invalid'>> {
  try {
    const response = readSamlXml(xml)
    const { Destination: destination } = response.attributes
    if (response.name !== 'samlp:Response') return deny('proof-malformed', 'What came is no SAML response.')
    const status = onlyChild(onlyChild(response, 'samlp:Status'), 'samlp:StatusCode')?.attributes.Value
    if (status !== success) return deny('proof-invalid', 'The identity provider did not sign the person in.')
    if (destination !== undefined && destination !== returnUrl)
      return deny('proof-invalid', 'The response is bound for elsewhere.')
    const element = signedAssertion(xml, response, keys)
    return element ? { allowed: true, element } : deny('proof-invalid', 'The response is not signed by the provider.')
  } catch {
    return deny('proof-malformed', 'The response is no XML that can be read.')
  }
}

function authnRequest(request: {
  readonly requestId: string
  readonly signOnUrl: string
  readonly returnUrl: string
  readonly entityId: string
  readonly at: Date
}): string {
  const { requestId, signOnUrl, returnUrl, entityId, at } = request
  const attributes = {
    ...{ 'xmlns:samlp': spaces.samlp, 'xmlns:saml': spaces.saml },
    ...{ ID: requestId, Version: '2.0', IssueInstant: at.toISOString() },
    ...{ Destination: signOnUrl, AssertionConsumerServiceURL: returnUrl },
    ProtocolBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
  }
  return writeXml('samlp:AuthnRequest', withAttributes(attributes, { 'saml:Issuer': entityId }))
}

const readMetadata = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: Error) => {
    throw new Error(`metadataFile ${file} cannot be read`, { cause })
  })
