import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../model/failure.ts'
import type { SessionSpec } from '../../model/source-spec.ts'
import { explainSpec } from '../explain.ts'
import { readProfiles } from '../read.ts'
import { resolveProfile } from '../resolve.ts'

const anchor = 'arn:aws:rolesanywhere:eu-central-1:111122223333:trust-anchor/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'
const profile = 'arn:aws:rolesanywhere:eu-central-1:111122223333:profile/00112233-4455-6677-8899-aabbccddeeff'
const role = 'arn:aws:iam::111122223333:role/web'
const whole: Readonly<Record<string, string>> = {
  mayfly_trust_anchor_arn: anchor,
  mayfly_profile_arn: profile,
  role_arn: role,
  mayfly_certificate: 'tls/web.crt',
}

function specOf(
  keys: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
  more = '',
): SessionSpec {
  const lines = Object.entries(keys).map(([key, value]) => `${key} = ${value}`)
  const text = `[profile web]\n${lines.join('\n')}\n${more}`
  const profiles = readProfiles({ path: '/home/ann/.aws/config', text }, { path: '/none', text: undefined })
  return resolveProfile(profiles, more ? 'other' : 'web', { env: { HOME: '/home/ann', ...env }, readText: () => '' })
    .spec
}

test('a profile with a trust anchor is a role for a certificate, in the region of the anchor', () => {
  assert.deepEqual(specOf({ ...whole, region: 'us-east-1' }), {
    kind: 'roles-anywhere',
    ...{ trustAnchorArn: anchor, profileArn: profile, roleArn: role },
    certificate: '/home/ann/.aws/tls/web.crt',
    rolesAnywhere: { region: 'eu-central-1' },
  })
})

test('every key has its place, and paths are relative to the file or the home directory', () => {
  const spec = specOf(
    {
      ...whole,
      mayfly_private_key: '~/keys/web.key',
      mayfly_certificate_chain: '/etc/chain.pem',
      mayfly_passphrase_process: 'pass show web',
      role_session_name: 'nightly',
      duration_seconds: '7200',
    },
    { AWS_ENDPOINT_URL_ROLESANYWHERE: 'http://127.0.0.1:4566/' },
  )
  assert.deepEqual(spec, {
    kind: 'roles-anywhere',
    ...{ trustAnchorArn: anchor, profileArn: profile, roleArn: role, certificate: '/home/ann/.aws/tls/web.crt' },
    ...{ privateKey: '/home/ann/keys/web.key', chain: '/etc/chain.pem', passphraseProcess: 'pass show web' },
    ...{ sessionName: 'nightly', duration: 7200 },
    rolesAnywhere: { region: 'eu-central-1', endpoint: 'http://127.0.0.1:4566' },
  })
  const [hop] = explainSpec(spec)
  assert.match(hop?.gives ?? '', /role\/web for the certificate \/home\/ann\/\.aws\/tls\/web\.crt/)
  assert.match(hop?.notes.join() ?? '', /eu-central-1 at http:\/\/127\.0\.0\.1:4566.*keys\/web\.key/)
})

test('an object of a token stays the URI it is; with the PIN in it the profile is refused', () => {
  const uri = 'pkcs11:token=web;object=tls?module-path=/usr/lib/p11.so'
  const spec = specOf({ ...whole, mayfly_certificate: uri })
  assert.ok(spec.kind === 'roles-anywhere' && spec.certificate === uri)
  assert.throws(
    () => specOf({ ...whole, mayfly_certificate: `${uri}&pin-value=1234` }),
    (error) =>
      error instanceof Failure &&
      /config:5: .*must not hold the PIN/.test(error.message) &&
      !/1234/.test(error.message),
  )
})

test('what is missing or malformed is refused with file and line', () => {
  for (const key of Object.keys(whole)) {
    const { [key]: _, ...rest } = whole
    assert.throws(
      () => specOf(rest),
      { code: 'profile-incomplete', message: new RegExp(`config:1: .*lacks ${key}`) },
      key,
    )
  }
  const bad = { mayfly_trust_anchor_arn: profile, mayfly_profile_arn: 'web', role_arn: 'web', duration_seconds: '899' }
  for (const [key, value] of Object.entries(bad))
    assert.throws(() => specOf({ ...whole, [key]: value }), { code: 'config-invalid', message: /config:\d+: / }, key)
})

test('a role may be assumed from it, as from any session', () => {
  const spec = specOf(whole, {}, `[profile other]\nsource_profile = web\nrole_arn = ${role}2\n`)
  assert.ok(spec.kind === 'assume-role' && spec.base.kind === 'roles-anywhere')
})
