import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadX509 } from '../certificates/load-x509.ts'
import { Fault } from '../fault.ts'
import { defaultMappings, mappedTags, withMapping, withoutMapping } from './attribute-mapping.ts'
import { certificateFacts } from './certificate.ts'
import { leafExtensions, make } from './stage.test.ts'

const x509 = await loadX509()
const root = await make()
const role = 'arn:aws:iam::111122223333:role/web'

async function factsOf(
  name: string,
  alternatives: ConstructorParameters<typeof x509.SubjectAlternativeNameExtension>[0] = [],
) {
  const names = new x509.SubjectAlternativeNameExtension(alternatives)
  const extensions =
    Array.isArray(alternatives) && alternatives.length > 0 ? [...leafExtensions, names] : leafExtensions
  const facts = await certificateFacts((await make({ issuer: root, name, extensions })).certificate)
  assert.ok(facts)
  return facts
}

test('by default all of subject and issuer become tags, and the first alternative name of each kind', async () => {
  const facts = await factsOf('CN=web-1, OU=Ops, OU=Web, O=Example', [
    { type: 'dns', value: 'web.example.com' },
    { type: 'dns', value: 'www.example.com' },
    { type: 'url', value: 'spiffe://example/web' },
    { type: 'dn', value: 'CN=inner, O=Other' },
  ])
  assert.deepEqual(mappedTags(facts, defaultMappings, role), {
    'x509Issuer/CN': 'Root',
    'x509Issuer/O': 'Example',
    'x509Subject/CN': 'web-1',
    'x509Subject/OU': 'Ops/Web',
    'x509Subject/O': 'Example',
    'x509SAN/DNS': 'web.example.com',
    'x509SAN/URI': 'spiffe://example/web',
    'x509SAN/Name/CN': 'inner',
    'x509SAN/Name/O': 'Other',
  })
})

test('a profile may map less', async () => {
  const facts = await factsOf('CN=web-1, O=Example', [{ type: 'dns', value: 'web.example.com' }])
  const onlyName = withMapping(withoutMapping(defaultMappings, 'x509Issuer', undefined), 'x509Subject', ['CN'])
  assert.deepEqual(mappedTags(facts, withoutMapping(onlyName, 'x509SAN', ['DNS']), role), { 'x509Subject/CN': 'web-1' })
  assert.deepEqual(mappedTags(facts, withMapping({}, 'x509Subject', ['UID', 'OU']), role), {})
  assert.deepEqual(mappedTags(facts, {}, role), {})
})

test('a value that no session tag can have refuses the session, and says where it stands', async () => {
  const wildcard = await factsOf('CN=web-1', [{ type: 'dns', value: '*.example.com' }])
  assert.throws(
    () => mappedTags(wildcard, defaultMappings, role),
    (error) =>
      error instanceof Fault &&
      error.code === 'AccessDeniedException' &&
      error.message ===
        `Unable to assume role for ${role}. Some attributes failed to be mapped into session tags. Issuer: [  ]; Subject: [  ]; SAN: [ DNS ]`,
  )
  assert.ok(mappedTags(wildcard, withoutMapping(defaultMappings, 'x509SAN', ['DNS']), role))
  const long = await factsOf(`CN=web-1, O=${'x'.repeat(257)}`)
  assert.throws(() => mappedTags(long, defaultMappings, role), /Subject: \[ O \]/)
  assert.ok(mappedTags(await factsOf(`CN=web-1, O=${'x'.repeat(256)}`), defaultMappings, role))
})

test('specifiers are those the field can have', () => {
  assert.deepEqual(withMapping({}, 'x509SAN', ['Name', 'DNS', 'Name/CN', 'DNS']), {
    x509SAN: ['Name/*', 'DNS', 'Name/CN'],
  })
  assert.deepEqual(withMapping({}, 'x509Subject', ['CN', '2.5.4.97']), { x509Subject: ['CN', '2.5.4.97'] })
  for (const wrong of ['IP', '*', 'Email', ''])
    assert.throws(() => withMapping({}, 'x509SAN', [wrong]), /Invalid specifier/)
  for (const wrong of ['CN/O', 'x509Subject/CN', ''])
    assert.throws(() => withMapping({}, 'x509Subject', [wrong]), /Invalid/)
})
