import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import type { Principal } from '../../model/principal.ts'
import type { LoginAuthenticator, Proven } from './authenticator.ts'
import { type AuthenticatorStage, authenticatorStage, publicUrl } from './stage.test.ts'

let stage: AuthenticatorStage
let way: LoginAuthenticator
before(async () => {
  stage = await authenticatorStage()
  const ann = { password: 'x'.repeat(12), attributes: { groups: ['developers', 'admins'], mail: 'ann@example.com' } }
  await stage.control('PUT', 'saml-idp', { users: { ann } })
})
after(() => stage.close())

const returnUrl = `${publicUrl}/auth/way/callback`
const open = (more: object = {}): LoginAuthenticator =>
  stage.login({
    ...{ kind: 'saml', metadataUrl: stage.sandbox.samlMetadataUrl, entityId: publicUrl },
    ...{ groupsAttribute: 'groups', lifetime: 28_800, ...more },
  })
beforeEach(() => {
  way = open()
})

interface Begun {
  readonly keep: Readonly<Record<string, string>>
  readonly request: string
}

async function begin(): Promise<Begun> {
  const { redirect, keep } = await way.begin(returnUrl)
  const sent = new URL(redirect).searchParams.get('SAMLRequest') ?? ''
  return { keep, request: inflateRawSync(Buffer.from(sent, 'base64')).toString() }
}

/** What the provider answers with, as XML. */
async function answer({ keep }: Begun, changes: object = {}): Promise<string> {
  const bound = { destination: returnUrl, recipient: returnUrl, audience: publicUrl, inResponseTo: keep.requestId }
  const made = await stage.control('POST', 'saml-idp/response', { user: 'ann', ...bound, ...changes })
  return Buffer.from(String(made.samlResponse), 'base64').toString()
}

const finish = ({ keep }: Begun, xml: string): Promise<Proven> =>
  way.finish({ SAMLResponse: Buffer.from(xml).toString('base64') }, keep, { sourceIp: '192.0.2.1', returnUrl })

async function proven(outcome: Promise<Proven>): Promise<Principal> {
  const given = await outcome
  assert.ok(given.allowed, given.allowed ? '' : `${given.code}: ${given.because}`)
  return given.principal
}

async function refused(outcome: Promise<Proven>): Promise<string> {
  const given = await outcome
  assert.equal(given.allowed, false, 'it was taken')
  return given.allowed ? '' : given.code
}

describe('people at a SAML provider', () => {
  test('are sent there with a request, and known by what was signed', async () => {
    const begun = await begin()
    assert.match(begun.request, new RegExp(`AssertionConsumerServiceURL="${returnUrl}"`))
    assert.match(begun.request, new RegExp(`ID="${begun.keep.requestId}"`))
    assert.match(begun.request, /<saml:Issuer>https:\/\/broker\.example\.com<\/saml:Issuer>/)
    const principal = await proven(finish(begun, await answer(begun)))
    assert.deepEqual([principal.id, principal.name, principal.kind], ['way:ann', 'ann', 'person'])
    assert.deepEqual(principal.groups, ['developers', 'admins'])
    assert.equal(principal.claims.mail, 'ann@example.com')
    assert.equal(principal.mfaAt, undefined)
  })

  test('have their signature where the provider puts it: on the assertion, the response or both', async () => {
    for (const signed of ['assertion', 'response', 'both']) {
      const begun = await begin()
      await proven(finish(begun, await answer(begun, { signed })))
    }
    const begun = await begin()
    assert.equal(await refused(finish(begun, await answer(begun, { signed: 'nothing' }))), 'proof-invalid')
    assert.equal(await refused(finish(begun, await answer(begun, { signer: 'another' }))), 'proof-invalid')
  })

  test('come in once by one assertion, and only by the answer to their own request', async () => {
    const [begun, other] = [await begin(), await begin()]
    const xml = await answer(begun)
    assert.equal(await refused(finish(other, xml)), 'proof-invalid')
    await proven(finish(begun, xml))
    assert.equal(await refused(finish(begun, xml)), 'proof-replayed')
    assert.equal(await refused(finish(begun, await answer(begun, { inResponseTo: undefined }))), 'proof-invalid')
    assert.equal(await refused(finish({ ...begun, keep: {} }, xml)), 'proof-malformed')
  })

  test('do not come in by an assertion for elsewhere, of another provider, or of another time', async () => {
    const begun = await begin()
    const at = (minutes: number): string => new Date(stage.now().getTime() + minutes * 60_000).toISOString()
    const wrong: readonly [object, string][] = [
      [{ audience: 'urn:amazon:webservices' }, 'proof-invalid'],
      [{ recipient: 'https://signin.aws.amazon.com/saml' }, 'proof-invalid'],
      [{ destination: 'https://signin.aws.amazon.com/saml' }, 'proof-invalid'],
      [{ issuer: 'urn:other' }, 'proof-invalid'],
      [{ notBefore: at(2) }, 'proof-invalid'],
      [{ notOnOrAfter: at(-2) }, 'proof-expired'],
      [{ sessionNotOnOrAfter: at(-1) }, 'proof-expired'],
      [{ without: ['NameID'] }, 'proof-malformed'],
    ]
    for (const [changes, code] of wrong)
      assert.equal(await refused(finish(begun, await answer(begun, changes))), code, JSON.stringify(changes))
    await proven(finish(begun, await answer(begun, { notBefore: at(0.5), notOnOrAfter: at(-0.5) })))
  })

  test('stay no longer than the provider says', async () => {
    const begun = await begin()
    const end = new Date(Math.floor(stage.now().getTime() / 1000) * 1000 + 600_000)
    const principal = await proven(finish(begun, await answer(begun, { sessionNotOnOrAfter: end.toISOString() })))
    assert.deepEqual(principal.expiresAt, end)
  })

  test('need a lasting name', async () => {
    const begun = await begin()
    const nameIdFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'
    assert.equal(await refused(finish(begun, await answer(begun, { nameIdFormat }))), 'not-known')
    way = open({ nameAttribute: 'mail' })
    assert.equal((await proven(finish(begun, await answer(begun, { nameIdFormat })))).id, 'way:ann@example.com')
    const named = await proven(finish(begun, await answer(begun)))
    assert.deepEqual([named.id, named.name], ['way:ann', 'ann@example.com'])
    assert.equal(await refused(finish(begun, await answer(begun, { nameId: 'a\u2028b' }))), 'not-known')
  })
})

describe('a response that was tampered with is refused', () => {
  const assertionIn = (xml: string): string => /<saml:Assertion .*<\/saml:Assertion>/s.exec(xml)?.[0] ?? ''
  const evil = (xml: string, id = '_evil'): string =>
    assertionIn(xml)
      .replace(/<ds:Signature .*<\/ds:Signature>/s, '')
      .replace(/ ID="[^"]+"/, ` ID="${id}"`)
      .replaceAll('>ann<', '>root<')
  const idOf = (xml: string): string => / ID="([^"]+)"/.exec(assertionIn(xml))?.[1] ?? ''
  const signatureIn = (xml: string): string => /<ds:Signature .*<\/ds:Signature>/s.exec(xml)?.[0] ?? ''
  const changes: Readonly<Record<string, (xml: string) => string>> = {
    'another name': (xml) => xml.replaceAll('>ann<', '>root<'),
    'another group': (xml) => xml.replace('>developers<', '>security<'),
    'a forged assertion before the signed one': (xml) =>
      xml.replace('<saml:Assertion ', `${evil(xml)}<saml:Assertion `),
    'a forged assertion behind the signed one': (xml) =>
      xml.replace('</saml:Assertion>', `</saml:Assertion>${evil(xml)}`),
    'a forged assertion around the signed one': (xml) =>
      xml.replace(assertionIn(xml), evil(xml).replace('</saml:Assertion>', `${assertionIn(xml)}</saml:Assertion>`)),
    'the signed one hidden in an extension of the response': (xml) =>
      xml.replace(assertionIn(xml), `<samlp:Extensions>${assertionIn(xml)}</samlp:Extensions>${evil(xml)}`),
    'a forged one with the signature that holds the signed one as an Object': (xml) =>
      xml.replace(
        assertionIn(xml),
        evil(xml).replace(
          '</saml:Issuer>',
          `</saml:Issuer>${signatureIn(xml).replace('</ds:Signature>', `<ds:Object>${assertionIn(xml).replace(signatureIn(xml), '')}</ds:Object></ds:Signature>`)}`,
        ),
      ),
    'a forged one of the same ID': (xml) => xml.replace('<saml:Assertion ', `${evil(xml, idOf(xml))}<saml:Assertion `),
    'an assertion in another namespace': (xml) =>
      xml.replace('<saml:Assertion ', '<x:Assertion xmlns:x="urn:x"/><saml:Assertion '),
    'a reference to everything': (xml) => xml.replace(/ URI="#[^"]+"/, ' URI=""'),
    'a transform that is none of SAML': (xml) =>
      xml.replace('2000/09/xmldsig#enveloped-signature', 'TR/1999/REC-xpath-19991116'),
    'a canonicalization that keeps comments': (xml) => xml.replaceAll('xml-exc-c14n#"', 'xml-exc-c14n#WithComments"'),
    'a shared secret': (xml) => xml.replace('2001/04/xmldsig-more#rsa-sha256', '2000/09/xmldsig#hmac-sha1'),
    'SHA-1': (xml) => xml.replace('2001/04/xmldsig-more#rsa-sha256', '2000/09/xmldsig#rsa-sha1'),
    'no signature': (xml) => xml.replace(signatureIn(xml), ''),
    'two references': (xml) => xml.replace(/<ds:Reference .*<\/ds:Reference>/s, '$&$&'),
    'an encrypted assertion beside it': (xml) =>
      xml.replace('<saml:Assertion ', '<saml:EncryptedAssertion/><saml:Assertion '),
  }
  for (const [what, change] of Object.entries(changes))
    test(what, async () => {
      const begun = await begin()
      const xml = await answer(begun)
      assert.notEqual(change(xml), xml, 'nothing was changed')
      assert.equal(await refused(finish(begun, change(xml))), 'proof-invalid')
      await proven(finish(begun, xml))
    })

  test('a status that is no success, a document type, an instruction, or no XML', async () => {
    const begun = await begin()
    const xml = await answer(begun)
    assert.equal(await refused(finish(begun, xml.replace('status:Success', 'status:Responder'))), 'proof-invalid')
    for (const wrong of [
      `<!DOCTYPE r [<!ENTITY e "ann">]>${xml}`,
      xml.replace('<samlp:Status>', '<?x y?><samlp:Status>'),
      xml + xml,
      '<a/>',
      'text',
    ])
      assert.equal(await refused(finish(begun, wrong)), 'proof-malformed')
    await proven(finish(begun, xml))
  })

  test('a comment in a name neither breaks the signature nor shortens the name', async () => {
    const begun = await begin()
    const xml = (await answer(begun, { nameId: 'ann.evil' })).replace('>ann.evil<', '>ann<!-- -->.evil<')
    assert.equal((await proven(finish(begun, xml))).id, 'way:ann.evil')
  })
})

test('metadata that cannot be had, or says nothing of use, leaves a reason', async () => {
  const outside = stage.fetch
  try {
    stage.fetch = async () => new Response('<a/>')
    const broken = open()
    await assert.rejects(broken.begin(returnUrl))
    assert.match(broken.broken() ?? '', /not that of one identity provider/)
    stage.fetch = async (request) =>
      new Response(
        (await (await outside(request)).text()).replaceAll(
          'Location="http://127.0.0.1',
          'Location="http://idp.example.com',
        ),
      )
    const plain = open()
    await assert.rejects(plain.begin(returnUrl))
    stage.fetch = async (request) =>
      new Response(
        (await (await outside(request)).text()).replace(' entityID=', ' validUntil="2020-01-01T00:00:00Z" entityID='),
      )
    const over = open()
    await assert.rejects(over.begin(returnUrl))
    assert.match(over.broken() ?? '', /has ended/)
  } finally {
    stage.fetch = outside
  }
  stage.later(11)
  await way.begin(returnUrl)
  const file = open({ metadataUrl: undefined, metadataFile: '/no/such/file.xml' })
  await assert.rejects(file.begin(returnUrl), /cannot be read/)
})
