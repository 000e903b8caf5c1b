import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure, type FailureCode } from '../../model/failure.ts'
import type { SourceSpec } from '../../model/source-spec.ts'
import { explainSpec } from '../explain.ts'
import { readProfiles } from '../read.ts'
import { resolveProfile } from '../resolve.ts'

const specOf = (config: string, name = 'ann', env: Readonly<Record<string, string>> = {}): SourceSpec =>
  resolveProfile(readProfiles({ path: 'config', text: config }, { path: 'credentials', text: undefined }), name, {
    env,
    readText: () => assert.fail('no file is named here'),
  }).spec

const session = 'arn:aws:iam::111122223333:user/ann'
const profile = `[profile ann]\nlogin_session = ${session}\nregion = eu-central-1\n`

test('login_session is whoever signs in to the console, in the region of the profile', () => {
  const spec = specOf(profile)
  assert.deepEqual(spec, { kind: 'console-login', session, signin: { region: 'eu-central-1' } })
  const [hop] = explainSpec(spec)
  assert.match(`${hop?.gives} ${hop?.asks}`, /user\/ann \(console sign-in\) a sign-in in the browser/)
})

test('the endpoint is the one of AWS Sign-In', () => {
  const env = { AWS_ENDPOINT_URL_SIGNIN: 'http://127.0.0.1:4566/', AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1/' }
  const spec = specOf(profile, 'ann', env)
  assert.deepEqual(spec.kind === 'console-login' && spec.signin, {
    region: 'eu-central-1',
    endpoint: 'http://127.0.0.1:4566',
  })
})

test('a role may be assumed from it, for an hour at most', () => {
  const role = '[profile r]\nsource_profile = ann\nrole_arn = arn:aws:iam::111122223333:role/r\n'
  const found = specOf(profile + role, 'r')
  assert.equal(found.kind === 'assume-role' && found.base.kind, 'console-login')
  assert.throws(() => specOf(`${profile}${role}duration_seconds = 7200\n`, 'r'), Failure)
})

test('what is not the ARN of somebody is refused with its place', () => {
  const refused = (value: string, code: FailureCode): void =>
    assert.throws(
      () => specOf(`[profile ann]\nlogin_session = ${value}\n`),
      (error) => error instanceof Failure && error.code === code && /^config:\d/.test(error.message),
    )
  for (const value of ['ann', 'arn:aws:iam::1111:user/ann', 'arn:aws:s3:::bucket']) refused(value, 'config-invalid')
  assert.equal(
    specOf('[profile ann]\nlogin_session = arn:aws:sts::111122223333:assumed-role/dev/ann').kind,
    'console-login',
  )
})
