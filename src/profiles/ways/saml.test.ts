import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure, type FailureCode } from '../../model/failure.ts'
import type { SessionSpec } from '../../model/source-spec.ts'
import { explainSpec } from '../explain.ts'
import { readProfiles } from '../read.ts'
import { resolveProfile } from '../resolve.ts'

const specOf = (keys: string, more = ''): SessionSpec =>
  resolveProfile(
    readProfiles({ path: 'config', text: `[profile ann]\n${keys}\n${more}` }, { path: 'credentials', text: undefined }),
    more.includes('[profile next]') ? 'next' : 'ann',
    { env: {}, readText: () => assert.fail('no file is named here') },
  ).spec
const refused = (keys: string, code: FailureCode, message: RegExp): void =>
  assert.throws(
    () => specOf(keys),
    (error) => error instanceof Failure && error.code === code && message.test(`${error.message} ${error.hint}`),
  )

const url = 'https://idp.example.com/aws'
const role = 'arn:aws:iam::111122223333:role/dev'
const provider = 'arn:aws:iam::111122223333:saml-provider/idp'

test('an address to sign in at is enough', () => {
  assert.deepEqual(specOf(`mayfly_saml_login_url = ${url}`), {
    kind: 'saml',
    login: { url },
    sts: { region: 'us-east-1' },
  })
})

test('every key of the profile is in the spec', () => {
  const keys = [
    `mayfly_saml_login_url = ${url}\nmayfly_saml_callback_port = 8765\nrole_arn = ${role}`,
    `mayfly_saml_provider_arn = ${provider}\nduration_seconds = 7200\nregion = eu-west-1`,
    'mayfly_policy = {"Version": "2012-10-17", "Statement": []}',
    'mayfly_policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess',
  ]
  assert.deepEqual(specOf(keys.join('\n')), {
    ...{ kind: 'saml', roleArn: role, providerArn: provider, login: { url, callbackPort: 8765 }, duration: 7200 },
    policy: '{"Version":"2012-10-17","Statement":[]}',
    policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    sts: { region: 'eu-west-1' },
  })
})

test('a command that prints the assertion stands in for a person', () => {
  const keys = `mayfly_saml_assertion_process = print-it --for "a b"\nrole_arn = ${role}`
  assert.deepEqual(specOf(keys), {
    ...{ kind: 'saml', roleArn: role, login: { process: 'print-it --for "a b"' }, sts: { region: 'us-east-1' } },
  })
})

test('the role of another profile is assumed from it, for an hour at most', () => {
  const next = `[profile next]\nsource_profile = ann\nrole_arn = ${role}-2\n`
  const spec = specOf(`mayfly_saml_login_url = ${url}\nrole_arn = ${role}`, next)
  assert.ok(spec.kind === 'assume-role' && spec.base.kind === 'saml' && spec.base.roleArn === role)
  assert.throws(() => specOf(`mayfly_saml_login_url = ${url}`, `${next}duration_seconds = 7200\n`), Failure)
})

test('what cannot be meant is refused, with what to write instead', () => {
  refused(`mayfly_saml_provider_arn = ${provider}`, 'profile-incomplete', /where to sign in.*mayfly_saml_login_url/)
  refused(
    `mayfly_saml_login_url = ${url}\nmayfly_saml_assertion_process = x`,
    'config-invalid',
    /config:3.* both mayfly_saml_login_url and mayfly_saml_assertion_process.*Keep one/,
  )
  refused('mayfly_saml_login_url = http://idp.example.com/aws', 'config-invalid', /https:/)
  refused('mayfly_saml_login_url = file:///etc/passwd', 'config-invalid', /cannot be/)
  refused(`mayfly_saml_login_url = ${url}\nmayfly_saml_callback_port = 65536`, 'config-invalid', /port/)
  refused(`mayfly_saml_login_url = ${url}\nmayfly_saml_provider_arn = ${role}`, 'config-invalid', /saml-provider/)
  refused(`mayfly_saml_login_url = ${url}\nduration_seconds = 899`, 'config-invalid', /900/)
  assert.ok(specOf('mayfly_saml_login_url = http://127.0.0.1:8080/sso'))
  assert.ok(specOf(`mayfly_saml_login_url = ${url}\nmayfly_saml_callback_port = 65535`))
})

test('explaining it says where the person signs in, and how the answer comes back', () => {
  const told = (keys: string): string => JSON.stringify(explainSpec(specOf(keys)))
  assert.match(
    told(`mayfly_saml_login_url = ${url}`),
    /chosen at the sign-in.*sign-in in the browser, at https.*pasted/,
  )
  assert.match(told(`mayfly_saml_login_url = ${url}\nmayfly_saml_callback_port = 0`), /the browser brings/)
  const command = told(`mayfly_saml_assertion_process = print\nrole_arn = ${role}`)
  assert.match(command, /session of arn.*role\/dev.*prints/)
  assert.ok(!command.includes('asks'))
})
