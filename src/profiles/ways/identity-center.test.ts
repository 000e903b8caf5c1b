import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure, type FailureCode } from '../../model/failure.ts'
import type { SourceSpec } from '../../model/source-spec.ts'
import { explainSpec } from '../explain.ts'
import { readProfiles } from '../read.ts'
import { resolveProfile } from '../resolve.ts'

const section = '[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n'
const keys = 'sso_account_id = 111122223333\nsso_role_name = Reader\n'
const specOf = (config: string, name = 'ann', env: Readonly<Record<string, string>> = {}): SourceSpec =>
  resolveProfile(readProfiles({ path: 'config', text: config }, { path: 'credentials', text: undefined }), name, {
    env,
    readText: () => assert.fail('no file is named here'),
  }).spec
const refused = (config: string, code: FailureCode, message: RegExp): void =>
  assert.throws(
    () => specOf(config),
    (error) => error instanceof Failure && error.code === code && message.test(error.message) && !!error.hint,
  )
const session = {
  startUrl: 'https://corp.awsapps.com/start',
  region: 'eu-central-1',
  scopes: ['sso:account:access'],
  oidc: { region: 'eu-central-1' },
  portal: { region: 'eu-central-1' },
}
const spec = {
  kind: 'identity-center',
  session: { name: 'corp', ...session },
  accountId: '111122223333',
  roleName: 'Reader',
}

test('a profile with an sso-session is a role of Identity Center, in the region of the section', () => {
  assert.deepEqual(specOf(`${section}[profile ann]\nsso_session = corp\n${keys}region = us-west-2\n`), spec)
})

test('a profile of before has all of it in itself, and no name of a session', () => {
  const own = 'sso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n'
  assert.deepEqual(specOf(`[profile ann]\n${own}${keys}`), { ...spec, session })
})

test('scopes and endpoints are taken from where botocore takes them', () => {
  const config = `${section}sso_registration_scopes = a:b, c\n[services s]\nsso =\n  endpoint_url = https://portal.example\n[profile ann]\nservices = s\nsso_session = corp\n${keys}`
  assert.deepEqual(specOf(config, 'ann', { AWS_ENDPOINT_URL_SSO_OIDC: 'https://oidc.example' }), {
    ...spec,
    session: {
      name: 'corp',
      ...session,
      scopes: ['a:b', 'c'],
      oidc: { region: 'eu-central-1', endpoint: 'https://oidc.example' },
      portal: { region: 'eu-central-1', endpoint: 'https://portal.example' },
    },
  })
})

test('a key that section and profile both have must be the same', () => {
  const both = (region: string): string =>
    `${section}[profile ann]\nsso_session = corp\nsso_region = ${region}\n${keys}`
  refused(both('us-east-1'), 'config-invalid', /^config:6: sso_region is not what/)
  assert.deepEqual(specOf(both('eu-central-1')), spec)
})

test('what is missing or wrong is named with its place', () => {
  refused(`[profile ann]\nsso_session = crop\n${keys}`, 'config-invalid', /^config:2: the sso_session crop/)
  refused(
    `${section}[profile ann]\nsso_session = corp\nsso_role_name = R`,
    'profile-incomplete',
    /lacks sso_account_id/,
  )
  refused(
    `${section}[profile ann]\nsso_session = corp\nsso_account_id = 111122223333`,
    'profile-incomplete',
    /lacks sso_role/,
  )
  refused(`[profile ann]\nsso_region = x\n${keys}`, 'profile-incomplete', /lacks sso_start_url/)
  refused(`${section}[profile ann]\nsso_session = corp\n${keys.replace('3333', '')}`, 'config-invalid', /^config:6: /)
  for (const url of ['http://corp.example/start', 'ftp://x', 'corp', 'https://a:b@corp.example/'])
    refused(`[profile ann]\nsso_start_url = ${url}\nsso_region = x\n${keys}`, 'config-invalid', /^config:2: /)
  const local = `[profile ann]\nsso_start_url = http://127.0.0.1:4566/start\nsso_region = us-east-1\n${keys}`
  assert.equal(specOf(local).kind, 'identity-center')
})

test('a role may be assumed from it, for an hour at most', () => {
  const role = 'role_arn = arn:aws:iam::444455556666:role/r\nsource_profile = ann\n'
  const config = `${section}[profile ann]\nsso_session = corp\n${keys}[profile r]\n${role}`
  const found = specOf(config, 'r')
  assert.deepEqual(found.kind === 'assume-role' && found.base, spec)
  assert.throws(() => specOf(`${config}duration_seconds = 7200\n`, 'r'), Failure)
})

test('explain says where one signs in, for which role, and what may be asked', () => {
  const [hop, ...others] = explainSpec(specOf(`${section}[profile ann]\nsso_session = corp\n${keys}`))
  assert.equal(others.length, 0)
  assert.match(hop?.gives ?? '', /role Reader in account 111122223333/)
  assert.match(hop?.asks ?? '', /sign-in in the browser/)
  assert.ok(hop?.notes.includes('signed in at https://corp.awsapps.com/start'))
})
