import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateSAMLProviderCommand,
  DeleteSAMLProviderCommand,
  GetAccountSummaryCommand,
  GetSAMLProviderCommand,
  ListSAMLProvidersCommand,
  ListSAMLProviderTagsCommand,
  TagSAMLProviderCommand,
  UntagSAMLProviderCommand,
  UpdateSAMLProviderCommand,
} from '@aws-sdk/client-iam'
import forge from 'node-forge'
import { entityId } from '../saml-idp/issue.ts'
import { metadataXml } from '../saml-idp/metadata.ts'
import { identity } from '../saml-idp/stage.test.ts'
import { account, callerNamed, fault, root, stage } from './stage.test.ts'

const arn = `arn:aws:iam::${account}:saml-provider/idp`
const metadata = async (name = 'idp'): Promise<string> =>
  metadataXml('http://127.0.0.1:1', (await identity(name)).certificate)

async function withProvider() {
  const here = stage()
  const iam = here.as(root)
  const created = await iam.send(
    new CreateSAMLProviderCommand({
      Name: 'idp',
      SAMLMetadataDocument: await metadata(),
      Tags: [{ Key: 'team', Value: 'a' }],
    }),
  )
  return { here, iam, created, found: () => iam.send(new GetSAMLProviderCommand({ SAMLProviderArn: arn })) }
}

test('a provider is made from its metadata, told, listed and deleted', async () => {
  const { here, iam, created, found } = await withProvider()
  assert.equal(created.SAMLProviderArn, arn)
  assert.deepEqual(created.Tags, [{ Key: 'team', Value: 'a' }])
  const { SAMLMetadataDocument, CreateDate, ValidUntil, SAMLProviderUUID } = await found()
  assert.equal(SAMLMetadataDocument, await metadata())
  assert.deepEqual(CreateDate, here.now())
  assert.equal(ValidUntil?.getUTCFullYear(), 2126)
  assert.match(SAMLProviderUUID ?? '', /^[A-Z0-9]{22,64}$/)
  const { SAMLProviderList } = await iam.send(new ListSAMLProvidersCommand({}))
  assert.deepEqual(SAMLProviderList, [{ Arn: arn, ValidUntil, CreateDate }])
  const stored = here.cloud.samlProviders.get(arn)
  assert.equal(stored?.entityId, entityId)
  assert.match(stored?.keys[0] ?? '', /^-----BEGIN PUBLIC KEY-----/)
  assert.equal((await iam.send(new GetAccountSummaryCommand({}))).SummaryMap?.Providers, 1)
  await iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn: arn }))
  await assert.rejects(found(), fault('NoSuchEntity', `Manifest not found for arn ${arn}`))
})

test('new metadata brings new keys; a name is taken once', async () => {
  const { iam, here, found } = await withProvider()
  const before = here.cloud.samlProviders.get(arn)
  await iam.send(new UpdateSAMLProviderCommand({ SAMLProviderArn: arn, SAMLMetadataDocument: await metadata('other') }))
  const after = here.cloud.samlProviders.get(arn)
  assert.notDeepEqual(after?.keys, before?.keys)
  assert.deepEqual([after?.createdAt, after?.tags], [before?.createdAt, before?.tags])
  assert.equal((await found()).SAMLMetadataDocument, await metadata('other'))
  const again = new CreateSAMLProviderCommand({ Name: 'idp', SAMLMetadataDocument: await metadata() })
  await assert.rejects(iam.send(again), fault('EntityAlreadyExists'))
})

test('tags of a provider come and go', async () => {
  const { iam } = await withProvider()
  const SAMLProviderArn = arn
  await iam.send(new TagSAMLProviderCommand({ SAMLProviderArn, Tags: [{ Key: 'Team', Value: 'b' }] }))
  const list = async () => (await iam.send(new ListSAMLProviderTagsCommand({ SAMLProviderArn }))).Tags
  assert.deepEqual(await list(), [{ Key: 'Team', Value: 'b' }])
  await iam.send(new UntagSAMLProviderCommand({ SAMLProviderArn, TagKeys: ['TEAM'] }))
  assert.deepEqual(await list(), [])
})

test('metadata that names nobody, or no key worth the name, is refused', async () => {
  const iam = stage().as(root)
  const good = await metadata()
  const pad = `<!-- ${'x'.repeat(1000)} -->`
  const broken: Readonly<Record<string, string>> = {
    'a byte order mark': `\ufeff${good}`,
    'no XML': 'x'.repeat(1000),
    'another document': `<a/>${pad}`,
    'a DOCTYPE': good.replace('<EntityDescriptor', '<!DOCTYPE a><EntityDescriptor'),
    'no entity ID': good.replace(/ entityID="[^"]*"/, ''),
    'no certificate': `${good.replace(/<KeyDescriptor[\s\S]*<\/KeyDescriptor>/, '')}${pad}`,
    'a certificate that is none': `${good.replace(/(<X509Certificate>)[^<]*/, '$1AAAA')}${pad}`,
    'a key of fewer than 1024 bits': withKeyOf(good, 1023),
    'a key for encryption only': good.replace('use="signing"', 'use="encryption"'),
    'no place to sign on at': `${good.replace(/<SingleSignOnService[^>]*>/g, '')}${pad}`,
    'an end that is no instant': good.replace(' entityID', ' validUntil="soon" entityID'),
  }
  for (const [what, SAMLMetadataDocument] of Object.entries(broken))
    await assert.rejects(
      iam.send(new CreateSAMLProviderCommand({ Name: 'idp', SAMLMetadataDocument })),
      fault('InvalidInput', 'Could not parse metadata'),
      what,
    )
  const short = iam.send(new CreateSAMLProviderCommand({ Name: 'idp', SAMLMetadataDocument: '<a/>' }))
  await assert.rejects(short, fault('ValidationError'))
  const smallest = new CreateSAMLProviderCommand({ Name: 'small', SAMLMetadataDocument: withKeyOf(good, 1024) })
  assert.ok((await iam.send(smallest)).SAMLProviderArn)
  const ending = good.replace(' entityID', ' validUntil="2027-01-01T00:00:00Z" entityID')
  await iam.send(new CreateSAMLProviderCommand({ Name: 'idp', SAMLMetadataDocument: ending }))
  const { ValidUntil } = await iam.send(new GetSAMLProviderCommand({ SAMLProviderArn: arn }))
  assert.deepEqual(ValidUntil, new Date('2027-01-01T00:00:00Z'))
})

/** The metadata with the certificate of a key of that many bits, and long enough. */
function withKeyOf(document: string, bits: number): string {
  const { publicKey, privateKey } = forge.pki.rsa.generateKeyPair(bits)
  const certificate = forge.pki.createCertificate()
  Object.assign(certificate, { publicKey, serialNumber: '01' })
  certificate.sign(privateKey, forge.md.sha256.create())
  const der = forge.util.encode64(forge.asn1.toDer(forge.pki.certificateToAsn1(certificate)).getBytes())
  return `${document.replace(/(<X509Certificate>)[^<]*/, `$1${der}`)}<!-- ${'x'.repeat(500)} -->`
}

test('each call needs its permission, on the provider', async () => {
  const { here } = await withProvider()
  const nobody = here.as(callerNamed('nobody'))
  await assert.rejects(nobody.send(new GetSAMLProviderCommand({ SAMLProviderArn: arn })), fault('AccessDenied'))
  assert.deepEqual(
    here.asked().map(({ action, resource }) => [action, resource]),
    [['iam:GetSAMLProvider', arn]],
  )
  await assert.rejects(nobody.send(new ListSAMLProvidersCommand({})), fault('AccessDenied'))
})
