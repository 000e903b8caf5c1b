import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { SamlIdentity } from '../saml-idp/identity.ts'
import { type ResponseContent, responseXml } from '../saml-idp/response-xml.ts'
import { signResponse } from '../saml-idp/sign-response.ts'
import { identity } from '../saml-idp/stage.test.ts'
import { type Verified, verifyResponse } from './verify-response.ts'

const at = new Date('2026-11-21T09:00:00Z')
const content: ResponseContent = {
  ...{ responseId: '_response', assertionId: '_assertion', issuer: 'urn:idp', audience: 'urn:amazon:webservices' },
  ...{ destination: 'https://signin.aws.amazon.com/saml', recipient: 'https://signin.aws.amazon.com/saml' },
  ...{ nameId: 'ann', nameIdFormat: 'persistent', issueInstant: at, notBefore: at, notOnOrAfter: at },
  attributes: [['Role', ['a,b']]],
}

let idp: SamlIdentity
let keys: readonly string[]
/** Responses to ann, and what the parts of the one with a signed assertion are. */
let [onAssertion, onResponse, onBoth] = ['', '', '']
let [signed, signature, original, evil] = ['', '', '', '']

const publicKey = ({ certificate }: SamlIdentity): string =>
  new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }).toString()

before(async () => {
  idp = await identity('idp')
  keys = [publicKey(idp)]
  const xml = responseXml(content)
  onAssertion = await signResponse(xml, idp, 'assertion')
  onResponse = await signResponse(xml, idp, 'response')
  onBoth = await signResponse(xml, idp, 'both')
  signed = part(onAssertion, /<saml:Assertion .*<\/saml:Assertion>/)
  signature = part(signed, /<ds:Signature .*<\/ds:Signature>/)
  original = signed.replace(signature, '')
  evil = original.replace('_assertion', '_evil').replaceAll('>ann<', '>eve<')
})

const part = (text: string, pattern: RegExp): string => pattern.exec(text)?.[0] ?? assert.fail(`no ${pattern}`)
const verify = (xml: string): Verified => verifyResponse(xml, keys)
const subject = (xml: string): string | undefined => {
  const verified = verify(xml)
  return verified.kind === 'verified' ? verified.assertion.nameId?.value : undefined
}
const around = (inside: string): string => onAssertion.replace(signed, () => inside)

test('an untouched response is verified, whatever part of it was signed', () => {
  for (const xml of [onAssertion, onResponse, onBoth]) assert.equal(subject(xml), 'ann')
})

test('a signature may stand anywhere in what it covers', () => {
  const outer = part(onBoth, /<ds:Signature .*?<\/ds:Signature>/)
  const last = onBoth.replace(outer, '').replace('</samlp:Response>', () => `${outer}</samlp:Response>`)
  assert.notEqual(last, onBoth)
  assert.equal(subject(last), 'ann')
})

test('types of attribute values, and the prefixes kept for them, do no harm', async () => {
  const { SignedXml } = await import('xml-crypto')
  const xml = responseXml(content)
    .replace('<saml:Assertion ', '<saml:Assertion xmlns:xs="http://www.w3.org/2001/XMLSchema" ')
    .replaceAll(
      '<saml:AttributeValue>',
      '<saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">',
    )
  const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
  const signer = new SignedXml({
    privateKey: idp.privateKey,
    canonicalizationAlgorithm: exclusive,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  })
  signer.addReference({
    xpath: "//*[local-name(.)='Assertion']",
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', exclusive],
    inclusiveNamespacesPrefixList: ['xs'],
  })
  signer.computeSignature(xml, { location: { reference: "//*[local-name(.)='Assertion']", action: 'append' } })
  const typed = signer.getSignedXml()
  assert.match(typed, /InclusiveNamespaces/)
  const verified = verify(typed)
  assert.deepEqual(verified.kind === 'verified' && verified.assertion.attributes, [{ name: 'Role', values: ['a,b'] }])
})

test('a signature over SHA-1 is refused although it holds', async () => {
  const { SignedXml } = await import('xml-crypto')
  const sign = (hash: string, digest: string): string => {
    const signer = new SignedXml({
      privateKey: idp.privateKey,
      canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
      signatureAlgorithm: `http://www.w3.org/${hash}`,
    })
    signer.addReference({
      xpath: "//*[local-name(.)='Assertion']",
      digestAlgorithm: `http://www.w3.org/${digest}`,
      transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
    })
    signer.computeSignature(responseXml(content), {
      location: { reference: "//*[local-name(.)='Assertion']", action: 'append' },
    })
    return signer.getSignedXml()
  }
  const [rsa256, rsa1] = ['2001/04/xmldsig-more#rsa-sha256', '2000/09/xmldsig#rsa-sha1']
  const [sha256, sha1] = ['2001/04/xmlenc#sha256', '2000/09/xmldsig#sha1']
  assert.equal(verify(sign(rsa256, sha256)).kind, 'verified')
  assert.equal(verify(sign(rsa1, sha256)).kind, 'unsigned')
  assert.equal(verify(sign(rsa256, sha1)).kind, 'unsigned')
})

test('whatever is put anywhere into a response, what is read from it stays the same, or nothing is read', () => {
  const untouched = verify(onAssertion)
  const piece = fc.oneof(
    fc.constantFrom(evil, original, signed, signature, '<!-- -->', '<![CDATA[x]]>', '&#101;', ' ID="_assertion"'),
    fc.string({ unit: 'grapheme-ascii', maxLength: 4 }),
  )
  const change = fc.tuple(fc.nat(onAssertion.length), fc.nat(3), piece)
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      let xml = onAssertion
      for (const [place, cut, put] of changes) xml = xml.slice(0, place) + put + xml.slice(place + cut)
      const verdict = verify(xml)
      if (verdict.kind === 'verified') assert.deepEqual(verdict, untouched)
    }),
    { numRuns: 300 },
  )
})

/** Ways of putting what was signed where it is verified, and something else where it is read. */
const wrappings: Readonly<Record<string, () => string>> = {
  'another assertion before the signed one': () => around(evil + signed),
  'another assertion after the signed one': () => around(signed + evil),
  'the signed assertion inside another': () => around(evil.replace('</saml:Assertion>', `${signed}</saml:Assertion>`)),
  'the signed assertion inside the subject of another': () =>
    around(evil.replace('</saml:Subject>', `${signed}</saml:Subject>`)),
  'the signature moved to another assertion, the signed one behind it': () => around(withSignature(evil) + original),
  'the signature moved to another assertion, the signed one before it': () => around(original + withSignature(evil)),
  'the signed assertion in an Object of the signature of another': () =>
    around(withSignature(evil, `<ds:Object>${original}</ds:Object>`)),
  'the signed assertion in the KeyInfo of the signature of another': () =>
    around(withSignature(evil).replace('</ds:KeyInfo>', `${original}</ds:KeyInfo>`)),
  'the signed assertion in the extensions of the response': () =>
    around(evil).replace('<samlp:Status>', `<samlp:Extensions>${signed}</samlp:Extensions><samlp:Status>`),
  'the signed assertion in a detail of the status': () =>
    around(evil).replace('</samlp:Status>', `<samlp:StatusDetail>${signed}</samlp:StatusDetail></samlp:Status>`),
  'another assertion with the ID of the signed one': () => around(evil.replace('_evil', '_assertion') + signed),
  'another assertion of another namespace': () =>
    around(
      evil.replaceAll('saml:Assertion', 'x:Assertion').replace('<x:Assertion', '<x:Assertion xmlns:x="urn:x"') + signed,
    ),
  'the ID of the signed assertion elsewhere, in another spelling': () =>
    around(signed).replace('<samlp:Status>', '<samlp:Status Id="_assertion">'),
  'the signed response inside another': () => outerResponse(`${onResponse}${evil}`),
  'the signed response in the signature of another': () => {
    const moved = part(onResponse, /<ds:Signature .*?<\/ds:Signature>/)
    const bare = onResponse.replace(moved, '')
    return outerResponse(`${moved.replace('</ds:Signature>', `<ds:Object>${bare}</ds:Object></ds:Signature>`)}${evil}`)
  },
  'a signed response that stands in a SOAP envelope': () => `<Envelope>${onResponse}</Envelope>`,
}

const withSignature = (assertion: string, more = ''): string =>
  assertion.replace(
    '</saml:Issuer>',
    () => `</saml:Issuer>${signature.replace('</ds:Signature>', `${more}</ds:Signature>`)}`,
  )

const outerResponse = (inside: string): string =>
  responseXml({ ...content, responseId: '_outer' }).replace(/<saml:Assertion .*<\/saml:Assertion>/, () => inside)

describe('a wrapped signature is refused', () => {
  for (const [how, wrap] of Object.entries(wrappings))
    test(how, () => {
      const xml = wrap()
      assert.notEqual(xml, onAssertion)
      assert.notEqual(verify(xml).kind, 'verified')
    })
})

const changes: Readonly<Record<string, () => string>> = {
  'a text of the signed assertion': () => onAssertion.replaceAll('>ann<', '>eve<'),
  'an attribute value of the signed response': () => onResponse.replace('a,b', 'c,d'),
  'a value of the signed response outside its assertion': () =>
    onResponse.replace('Destination="https://signin', 'Destination="https://x'),
  'the outer of two signatures no longer holds': () =>
    onBoth.replace('Destination="https://signin', 'Destination="https://x'),
  'no signature': () => onAssertion.replace(signature, ''),
  'a reference to everything': () => onAssertion.replace('URI="#_assertion"', 'URI=""'),
  'a reference by expression': () => onAssertion.replace('URI="#_assertion"', `URI="#xpointer(id('_assertion'))"`),
  'a signature that stands somewhere else as well': () =>
    onAssertion.replace('<samlp:Status>', `<samlp:Extensions>${signature}</samlp:Extensions><samlp:Status>`),
  'an object in the signature': () => onAssertion.replace('</ds:Signature>', '<ds:Object/></ds:Signature>'),
  'an ID that stands twice, of whatever': () => onAssertion.replace('<samlp:Status>', '<samlp:Status Id="_response">'),
  'two references': () => onAssertion.replace(/<ds:Reference .*<\/ds:Reference>/, '$&$&'),
  'two SignedInfo': () => onAssertion.replace(/<ds:SignedInfo>.*<\/ds:SignedInfo>/, '$&$&'),
  'a transform that is none of SAML': () =>
    onAssertion.replace('2000/09/xmldsig#enveloped-signature', 'TR/1999/REC-xpath-19991116'),
  'a canonicalization that keeps comments': () => onAssertion.replaceAll('xml-exc-c14n#', 'xml-exc-c14n#WithComments'),
  'a signature with a shared secret': () =>
    onAssertion.replace('2001/04/xmldsig-more#rsa-sha256', '2000/09/xmldsig#hmac-sha1'),
  'a digest of SHA-1': () => onAssertion.replace('2001/04/xmlenc#sha256', '2000/09/xmldsig#sha1'),
  'a signature over SHA-1': () => onAssertion.replace('2001/04/xmldsig-more#rsa-sha256', '2000/09/xmldsig#rsa-sha1'),
}

describe('a changed response is refused', () => {
  for (const [what, change] of Object.entries(changes))
    test(what, () => {
      assert.notEqual(change(), onAssertion)
      assert.equal(verify(change()).kind, 'unsigned')
    })
})

test('only the provider’s keys count, not the one that comes with the signature', async () => {
  const other = await identity('other')
  const foreign = await signResponse(responseXml(content), other, 'both')
  assert.ok(foreign.includes('X509Certificate'))
  assert.equal(verify(foreign).kind, 'unsigned')
  assert.equal(verifyResponse(foreign, [publicKey(other)]).kind, 'verified')
  assert.equal(verifyResponse(onAssertion, [publicKey(other), ...keys]).kind, 'verified', 'any key of the metadata')
  assert.equal(verifyResponse(onAssertion, []).kind, 'unsigned')
})

test('a signature needs no KeyInfo', () => {
  assert.equal(subject(onAssertion.replace(/<ds:KeyInfo>.*<\/ds:KeyInfo>/, '')), 'ann')
})

test('a comment in a text neither breaks the signature nor shortens the text', async () => {
  const long = await signResponse(responseXml({ ...content, nameId: 'ann@example.com.evil.test' }), idp, 'assertion')
  const commented = long.replace('ann@example.com.evil', 'ann@example.com<!-- -->.evil')
  assert.notEqual(commented, long)
  assert.equal(subject(commented), 'ann@example.com.evil.test')
})

test('documents that two readers may read differently are none', () => {
  const doctype = '<!DOCTYPE r [<!ENTITY e "ann">]>'
  assert.equal(verify(doctype + onAssertion).kind, 'malformed')
  assert.equal(verify(onAssertion.replace('<samlp:Status>', '<?php echo 1 ?><samlp:Status>')).kind, 'malformed')
  assert.equal(verify(`${onAssertion}${onAssertion}`).kind, 'malformed')
  assert.equal(verify('').kind, 'malformed')
  assert.equal(verify('<a>'.repeat(30_000)).kind, 'malformed')
  assert.equal(verify(`<?xml version="1.0"?>\n${onAssertion}`).kind, 'verified')
})

test('a response about a failure is none, signed or not', () => {
  const failed = onAssertion.replace('status:Success', 'status:Responder')
  assert.equal(verify(failed).kind, 'malformed')
})

test('an encrypted assertion is not read', () => {
  assert.equal(verify(around(`<saml:EncryptedAssertion/>${signed}`)).kind, 'unsigned')
})
