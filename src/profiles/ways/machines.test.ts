import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure, type FailureCode } from '../../model/failure.ts'
import type { SessionSpec } from '../../model/source-spec.ts'
import { explainSpec } from '../explain.ts'
import { readProfiles } from '../read.ts'
import { resolveProfile } from '../resolve.ts'

type Texts = Readonly<Record<string, string>>

const key = 'AKIARTX3GSDSJOURNEYA'
const roleArn = 'arn:aws:iam::111122223333:role/web'
const sts = { region: 'us-east-1' }

function specOf(text: string, env: Texts = {}): SessionSpec {
  const profiles = readProfiles({ path: '/home/ann/.aws/config', text }, { path: '/none', text: undefined })
  return resolveProfile(profiles, 'x', { env: { HOME: '/home/ann', ...env }, readText: () => '{}' }).spec
}
const profile = (keys: Texts): string =>
  `[profile x]\n${Object.entries(keys)
    .map((pair) => pair.join(' = '))
    .join('\n')}\n`

function refused(keys: Texts, code: FailureCode, message: RegExp, env?: Texts): void {
  assert.throws(
    () => specOf(profile(keys), env),
    (error) => {
      assert.ok(error instanceof Failure)
      assert.match(error.message, message)
      assert.ok(error.hint)
      return error.code === code
    },
  )
}

const device = {
  mayfly_iot_endpoint: 'c2z.credentials.iot.eu-central-1.amazonaws.com',
  mayfly_iot_role_alias: 'lamp',
  mayfly_certificate: 'lamp/certificate.pem',
  mayfly_private_key: '~/lamp.key',
}

test('a profile with an IoT endpoint is a role for a device', () => {
  const spec: SessionSpec = {
    ...{ kind: 'iot', endpoint: device.mayfly_iot_endpoint, roleAlias: 'lamp' },
    ...{ certificate: '/home/ann/.aws/lamp/certificate.pem', privateKey: '/home/ann/lamp.key' },
  }
  assert.deepEqual(specOf(profile(device)), spec)
  const more = { mayfly_iot_thing: 'lamp:1', mayfly_ca_bundle: '/etc/ca.pem', mayfly_passphrase_process: 'pass lamp' }
  const whole: SessionSpec = { ...spec, thing: 'lamp:1', caBundle: '/etc/ca.pem', passphraseProcess: 'pass lamp' }
  assert.deepEqual(specOf(profile({ ...device, ...more })), whole)
  const [hop] = explainSpec(whole)
  assert.match(hop?.gives ?? '', /alias lamp for the certificate \/home\/ann/)
  assert.match(hop?.notes.join('\n') ?? '', /as the thing lamp:1/)
})

test('a device needs all four keys, a name for an endpoint, and no role_arn', () => {
  for (const missing of Object.keys(device).filter((name) => name !== 'mayfly_private_key')) {
    const { [missing]: _, ...rest } = device as Texts
    if (missing !== 'mayfly_certificate' || rest.mayfly_iot_endpoint)
      refused(rest, 'profile-incomplete', new RegExp(`lacks ${missing}`))
  }
  refused({ ...device, role_arn: roleArn }, 'config-invalid', /a role alias and a role_arn/)
  for (const bad of ['https://c2z.example', '10.0.0.1', 'a/b', 'a:0', '-a.example'])
    refused({ ...device, mayfly_iot_endpoint: bad }, 'config-invalid', /mayfly_iot_endpoint = /)
  refused({ ...device, mayfly_private_key: 'pkcs11:token=x' }, 'config-invalid', /is a file, not an object of a token/)
  refused({ ...device, mayfly_iot_role_alias: 'a/b' }, 'config-invalid', /mayfly_iot_role_alias = /)
  refused({ ...device, mayfly_iot_thing: 'a b' }, 'config-invalid', /mayfly_iot_thing = /)
  assert.ok(specOf(profile({ ...device, mayfly_iot_endpoint: 'c.localhost:8443' })))
})

const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
const guest = { mayfly_key: key, mayfly_federation_name: 'guest', mayfly_policy_arns: readOnly }

test('a profile with a federation name is a federated session of its own key or that of its source', () => {
  const spec: SessionSpec = {
    ...{ kind: 'federation-token', base: { kind: 'stored-key', accessKeyId: key }, name: 'guest', duration: 43_200 },
    ...{ policyArns: [readOnly], sts },
  }
  assert.deepEqual(specOf(profile(guest)), spec)
  const { mayfly_key: _, ...bare } = guest
  const over = profile({ ...bare, source_profile: 'ann', mayfly_session_duration: '900' })
  assert.deepEqual(specOf(`${over}[profile ann]\nmayfly_key = ${key}\n`), { ...spec, duration: 900 })
  assert.deepEqual(
    explainSpec(spec).map(({ kind }) => kind),
    ['stored-key', 'federation-token'],
  )
})

test('a federated session without a policy is refused, for it would be allowed nothing', () => {
  const { mayfly_policy_arns: _, ...bare } = guest
  refused(bare, 'profile-incomplete', /:3: x has no session policy, and would be allowed nothing/)
  assert.ok(specOf(profile({ ...bare, mayfly_policy: '{"Version": "2012-10-17", "Statement": []}' })))
  refused({ ...guest, mayfly_federation_name: 'g' }, 'config-invalid', /mayfly_federation_name = g cannot be/)
  refused({ ...guest, mayfly_session_duration: '899' }, 'config-invalid', /not a duration/)
  refused({ ...guest, role_arn: roleArn }, 'config-invalid', /assumes no role/)
  refused({ ...guest, source_profile: 'nobody' }, 'config-invalid', /source_profile is not there/)
})

const permanent = { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: 'secret' }
const temporary = { AWS_ACCESS_KEY_ID: 'ASIARTX3GSDSJOURNEYA', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' }
const container = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/secret-id' }

test('a profile may stand for what is at hand', () => {
  const here = (source: string, env: Texts) => specOf(profile({ mayfly_source: source }), env)
  assert.deepEqual(here('environment', temporary), { kind: 'environment', accessKeyId: temporary.AWS_ACCESS_KEY_ID })
  const found = here('container', container)
  assert.equal(found.kind === 'container' && found.origin, 'http://169.254.170.2')
  assert.doesNotMatch(JSON.stringify(found), /secret-id/)
  assert.deepEqual(here('imds', {}), { kind: 'imds', endpoint: 'http://169.254.169.254' })
  assert.deepEqual(
    here('imds', { AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'IPv6', AWS_EC2_METADATA_V1_DISABLED: 'true' }),
    {
      ...{ kind: 'imds', endpoint: 'http://[fd00:ec2::254]', v1Disabled: true },
    },
  )
  const own = { mayfly_source: 'imds', ec2_metadata_service_endpoint: 'http://127.0.0.1:1338/' }
  assert.deepEqual(specOf(profile(own)), { kind: 'imds', endpoint: 'http://127.0.0.1:1338' })
  for (const [source, env] of [
    ['environment', temporary],
    ['container', container],
    ['imds', {}],
  ] as const)
    assert.match(explainSpec(here(source, env))[0]?.notes.join() ?? '', /kept nowhere/)
})

test('what is not at hand is said, and a permanent key is never handed out', () => {
  refused({ mayfly_source: 'environment' }, 'profile-incomplete', /:2: there are no AWS_ACCESS_KEY_ID/)
  refused({ mayfly_source: 'container' }, 'profile-incomplete', /neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI/)
  refused({ mayfly_source: 'vault' }, 'config-invalid', /mayfly_source = vault is not a source/)
  refused({ mayfly_source: 'environment' }, 'profile-incomplete', /never handed out/, permanent)
  refused({ mayfly_source: 'imds', role_arn: roleArn }, 'config-invalid', /both role_arn and mayfly_source/)
  const odd = { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'file:///etc' }
  refused({ mayfly_source: 'imds' }, 'config-invalid', /not an http or https address/, odd)
})

test('credential_source assumes the role from what is at hand', () => {
  const role = (source: string, env: Texts, more: Texts = {}) =>
    specOf(profile({ role_arn: roleArn, credential_source: source, ...more }), env)
  const base = { kind: 'environment-key', accessKeyId: key } as const
  assert.deepEqual(role('Environment', permanent), { kind: 'assume-role', base, roleArn, sts })
  const serial = 'arn:aws:iam::111122223333:mfa/ann'
  const long = { mfa_serial: serial, duration_seconds: '7200' }
  const withCode = { kind: 'assume-role', base, mfa: { serial }, roleArn, duration: 7200, sts } as const
  assert.deepEqual(role('Environment', permanent, long), withCode)
  const session = { kind: 'environment', accessKeyId: temporary.AWS_ACCESS_KEY_ID } as const
  assert.deepEqual(role('Environment', temporary), { kind: 'assume-role', base: session, roleArn, sts })
  assert.throws(() => role('Environment', temporary, { duration_seconds: '3601' }), /AWS ends what comes of that/)
  const machine = { kind: 'imds', endpoint: 'http://169.254.169.254' } as const
  assert.deepEqual(role('Ec2InstanceMetadata', {}), { kind: 'assume-role', base: machine, roleArn, sts })
  const task = role('EcsContainer', container)
  assert.equal(task.kind === 'assume-role' && task.base.kind, 'container')
  assert.throws(() => role('environment', permanent), /credential_source = environment is not a source/)
})
