import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../model/failure.ts'
import type { SessionSpec } from '../../model/source-spec.ts'
import { explainSpec } from '../explain.ts'
import { readProfiles } from '../read.ts'
import { resolveProfile } from '../resolve.ts'

const broker = 'https://mayfly.example.com'
const whole: Readonly<Record<string, string>> = { mayfly_broker: broker, mayfly_role: 'prod-reader' }

function specOf(
  keys: Readonly<Record<string, string>>,
  { env = {}, more = '', name = 'prod' }: { env?: Readonly<Record<string, string>>; more?: string; name?: string } = {},
): SessionSpec {
  const lines = Object.entries(keys).map(([key, value]) => `${key} = ${value}`)
  const text = `[profile prod]\n${lines.join('\n')}\n${more}`
  const profiles = readProfiles({ path: '/home/ann/.aws/config', text }, { path: '/none', text: undefined })
  return resolveProfile(profiles, name, { env: { HOME: '/home/ann', ...env }, readText: () => 'a.e30.b' }).spec
}
const failsWith = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof Failure && error.code === code && message.test(error.message)
const proofOf = (...given: Parameters<typeof specOf>): unknown => {
  const spec = specOf(...given)
  return spec.kind === 'brokered' ? spec.proof : undefined
}

test('a profile with a broker and a role is a session of that broker, in its one spelling', () => {
  assert.deepEqual(specOf({ ...whole, mayfly_broker: 'https://MAYFLY.example.com/' }), {
    ...{ kind: 'brokered', broker, role: 'prod-reader' },
  })
  assert.deepEqual(
    specOf({
      ...whole,
      ...{ duration_seconds: '900', mayfly_reason: 'a look', mayfly_ticket: 'OPS-1', mayfly_policy: '{ "a": 1 }' },
    }),
    {
      ...{ kind: 'brokered', broker, role: 'prod-reader', duration: 900, policy: '{"a":1}' },
      ...{ reason: 'a look', ticket: 'OPS-1' },
    },
  )
})

test('the reason and ticket of the environment go before those of the profile', () => {
  const env = { MAYFLY_REASON: 'deploy', MAYFLY_TICKET: 'OPS-2' }
  const spec = specOf({ ...whole, mayfly_reason: 'a look' }, { env })
  assert.ok(spec.kind === 'brokered' && spec.reason === 'deploy' && spec.ticket === 'OPS-2')
})

test('an emergency is said by the environment, and by no profile', () => {
  const spec = specOf(whole, { env: { MAYFLY_BREAK_GLASS: '1' } })
  assert.ok(spec.kind === 'brokered' && spec.breakGlass === true)
  const everyday = specOf(whole, { env: { MAYFLY_BREAK_GLASS: '' } })
  assert.ok(everyday.kind === 'brokered' && !('breakGlass' in everyday))
})

test('an address is https or of this machine; nothing else gets a token', () => {
  for (const bad of ['http://mayfly.example.com', 'https://ann:secret@mayfly.example.com', `${broker}/?a=b`, 'mayfly'])
    assert.throws(
      () => specOf({ ...whole, mayfly_broker: bad }),
      failsWith('config-invalid', /config:2: mayfly_broker/),
    )
  for (const good of ['http://127.0.0.1:8484', 'http://localhost:8484', 'http://[::1]:8484', `${broker}/at`])
    assert.equal(specOf({ ...whole, mayfly_broker: good }).kind, 'brokered')
})

test('a half is told with what lacks; a second way in the same profile is refused', () => {
  assert.throws(() => specOf({ mayfly_broker: broker }), failsWith('profile-incomplete', /mayfly_role/))
  assert.throws(() => specOf({ mayfly_role: 'reader' }), failsWith('profile-incomplete', /mayfly_broker/))
  const role_arn = 'arn:aws:iam::111122223333:role/x'
  assert.throws(() => specOf({ ...whole, role_arn }), failsWith('config-invalid', /both mayfly_broker and role_arn/))
  assert.throws(() => specOf({ ...whole, mayfly_broker_proof: 'password' }), failsWith('config-invalid', /no proof/))
})

test('a role may be assumed from a brokered profile', () => {
  const more = `[profile above]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = prod\n`
  const spec = specOf(whole, { more, name: 'above' })
  assert.ok(spec.kind === 'assume-role' && spec.base.kind === 'brokered')
})

test('each proof has its keys', () => {
  const file = { mayfly_broker_proof: 'token', web_identity_token_file: '/run/token' }
  const found = proofOf({ ...whole, ...file })
  assert.deepEqual(found, { by: 'token', token: { from: 'file', path: '/run/token', ...holderIn(found) } })
  const env = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://run.example.com/1' }
  const job = proofOf({ ...whole, mayfly_broker_proof: 'github-actions', mayfly_broker_authenticator: 'gh' }, { env })
  assert.deepEqual(job, {
    ...{ by: 'token', authenticator: 'gh' },
    token: { from: 'github-actions', audience: broker, ...holderIn(job) },
  })
  const certificate = { mayfly_broker_proof: 'certificate', mayfly_certificate: 'tls.crt' }
  const at = { mayfly_broker_mutual_tls: 'https://mayfly.example.com:8443/' }
  assert.deepEqual(proofOf({ ...whole, ...certificate, ...at, mayfly_private_key: '~/tls.key' }), {
    ...{ by: 'certificate', address: 'https://mayfly.example.com:8443' },
    ...{ certificate: '/home/ann/.aws/tls.crt', privateKey: '/home/ann/tls.key' },
  })
  assert.throws(() => specOf({ ...whole, ...certificate }), failsWith('profile-incomplete', /mayfly_broker_mutual_tls/))
})

/** A digest of whose token it was: any, but there. */
function holderIn(proof: unknown): object {
  const [, holder] = /"holder":"([0-9a-f]{32})"/.exec(JSON.stringify(proof)) ?? []
  assert.ok(holder)
  return { holder }
}

test('the AWS identity is that of the source profile, which must not lead back', () => {
  const proof = { ...whole, mayfly_broker_proof: 'aws', source_profile: 'machine' }
  const more = '[profile machine]\nmayfly_source = imds\n'
  assert.deepEqual(proofOf({ ...proof, region: 'eu-central-1' }, { more }), {
    ...{ by: 'aws', base: { kind: 'imds', endpoint: 'http://169.254.169.254' }, sts: { region: 'eu-central-1' } },
  })
  const { source_profile: _, ...without } = proof
  assert.throws(() => specOf(without), failsWith('profile-incomplete', /source_profile/))
  assert.throws(() => specOf({ ...proof, source_profile: 'none' }), failsWith('config-invalid', /is not there/))
  assert.throws(() => specOf({ ...proof, source_profile: 'prod' }), failsWith('profile-loop', /circle/))
  const back = '[profile machine]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = prod\n'
  assert.throws(() => specOf(proof, { more: back }), failsWith('profile-loop', /circle/))
})

test('explaining says who asks, where, and what it wants, and touches nothing', () => {
  const [hop, second] = explainSpec(specOf({ ...whole, mayfly_reason: 'a "look"' }))
  assert.equal(second, undefined)
  assert.equal(hop?.gives, 'a session of the role prod-reader, from the broker https://mayfly.example.com')
  assert.match(hop?.asks ?? '', /mayfly login --broker https:\/\/mayfly\.example\.com/)
  assert.ok(hop?.notes.includes('with the reason "a \\"look\\""'))
  const more = '[profile machine]\nmayfly_source = imds\n'
  const hops = explainSpec(specOf({ ...whole, mayfly_broker_proof: 'aws', source_profile: 'machine' }, { more }))
  assert.deepEqual(
    hops.map(({ kind }) => kind),
    ['imds', 'brokered'],
  )
  assert.equal(hops[1]?.asks, undefined)
})
