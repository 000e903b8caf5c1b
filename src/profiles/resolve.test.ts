import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure, type FailureCode } from '../model/failure.ts'
import type { AssumeRoleSpec, MfaSessionSpec } from '../model/source-spec.ts'
import type { Environment } from './locate.ts'
import { readProfiles } from './read.ts'
import { defaultProfile, type ResolvedProfile, resolveProfile } from './resolve.ts'

const key = 'AKIAIOSFODNN7EXAMPLE'
const role = (name: string): string => `arn:aws:iam::111122223333:role/${name}`
const mfa = 'arn:aws:iam::111122223333:mfa/ann'
const ann = `[profile ann]\nmayfly_key = ${key}\nregion = eu-central-1\n`
const annWithMfa = `${ann}mfa_serial = ${mfa}\n`
const over = (source: string, more = '', name = 'r'): string =>
  `[profile ${name}]\nrole_arn = ${role(name)}\nsource_profile = ${source}\n${more}\n`

interface Given {
  readonly name?: string
  readonly env?: Environment
  readonly credentials?: string
  readonly readText?: (path: string, from: string) => string
}

const noFiles = (): never => assert.fail('no file is named here')
function resolve(
  config: string,
  { name = 'r', env = {}, credentials, readText = noFiles }: Given = {},
): ResolvedProfile {
  const profiles = readProfiles({ path: 'config', text: config }, { path: 'credentials', text: credentials })
  return resolveProfile(profiles, name, { env, readText })
}
function roleSpec(config: string, given?: Given): AssumeRoleSpec {
  const { spec } = resolve(config, given)
  return spec.kind === 'assume-role' ? spec : assert.fail('this is no role')
}
function refused(config: string, code: FailureCode, message: RegExp, given?: Given): Failure {
  try {
    resolve(config, given)
  } catch (error) {
    assert.ok(error instanceof Failure, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, message)
    assert.ok(error.hint)
    return error
  }
  return assert.fail('it was accepted')
}

const storedKey = { kind: 'stored-key', accessKeyId: key } as const
const sts = { region: 'eu-central-1' } as const
const session: MfaSessionSpec = {
  kind: 'mfa-session',
  base: storedKey,
  mfa: { serial: mfa },
  duration: 43_200,
  sts,
}

test('a user with a key and a device is an MFA session of twelve hours', () => {
  assert.deepEqual(resolve(annWithMfa, { name: 'ann' }), {
    name: 'ann',
    spec: session,
    sts: session.sts,
    region: 'eu-central-1',
    endpointVariables: {},
  })
})

test('a user without a device is a session without MFA', () => {
  const { mfa: _, ...without } = session
  assert.deepEqual(resolve(ann, { name: 'ann' }).spec, without)
})

test('the length of the session may be set from 900 seconds to 36 hours', () => {
  const config = (seconds: string): string => `${ann}mayfly_session_duration = ${seconds}\n`
  for (const seconds of [900, 129_600])
    assert.partialDeepStrictEqual(resolve(config(String(seconds)), { name: 'ann' }).spec, { duration: seconds })
  for (const seconds of ['899', '129601', '1e4', '', '-900', '12h'])
    refused(config(seconds), 'config-invalid', /^config:4: mayfly_session_duration = /, { name: 'ann' })
})

test('a role of a user without a device is assumed from the key', () => {
  assert.deepEqual(roleSpec(ann + over('ann')), {
    kind: 'assume-role',
    base: storedKey,
    roleArn: role('r'),
    sts: { region: 'us-east-1' },
  })
})

test('roles of up to an hour over one user have an identical base: one code serves all', () => {
  const config =
    annWithMfa +
    over('ann', 'mfa_process = other', 'a') +
    over('ann', `region = eu-west-1\nduration_seconds = 3600`, 'b')
  const [a, b] = [roleSpec(config, { name: 'a' }), roleSpec(config, { name: 'b', env: { AWS_REGION: 'eu-north-1' } })]
  assert.equal(a.mfa, undefined)
  assert.equal(b.duration, 3600)
  const withProcess = `${annWithMfa}mfa_process = mine\n${config.slice(annWithMfa.length)}`
  const [c, d] = [roleSpec(withProcess, { name: 'a' }), roleSpec(withProcess, { name: 'b' })]
  assert.deepEqual(c.base, { ...session, mfa: { serial: mfa, process: 'mine' } })
  assert.deepEqual(c.base, d.base)
  assert.deepEqual(b.base, session)
})

test('a role of more than an hour with MFA is assumed from the key, with the code', () => {
  const spec = roleSpec(annWithMfa + over('ann', 'duration_seconds = 3601'))
  assert.deepEqual([spec.base, spec.mfa, spec.duration], [storedKey, { serial: mfa }, 3601])
})

test('a role of more than an hour without MFA is assumed from the key', () => {
  const spec = roleSpec(ann + over('ann', 'duration_seconds = 43200'))
  assert.deepEqual([spec.base, spec.mfa, spec.duration], [storedKey, undefined, 43_200])
})

test('a duration AWS does not have is refused at its line', () => {
  for (const seconds of ['899', '43201', 'one', '3600.5'])
    refused(ann + over('ann', `duration_seconds = ${seconds}`), 'config-invalid', /^config:7: duration_seconds = /)
})

test('a device named by the role only is presented where the user is', () => {
  assert.deepEqual(roleSpec(ann + over('ann', `mfa_serial = ${mfa}`)).base, session)
  const chained = ann + over('ann', '', 'low') + over('low', `mfa_serial = ${mfa}\nmfa_process = code`)
  const { base } = roleSpec(chained)
  assert.ok(base.kind === 'assume-role' && base.mfa === undefined)
  assert.deepEqual(base.base, { ...session, mfa: { serial: mfa, process: 'code' } })
})

test('one device named twice is one device, two devices are an error', () => {
  assert.deepEqual(roleSpec(annWithMfa + over('ann', `mfa_serial = ${mfa}`)).base, session)
  refused(annWithMfa + over('ann', `mfa_serial = ${mfa}2`), 'config-invalid', /^config:8 and config:4: .* two devices/)
})

test('a serial that cannot be one is refused, the empty one too; a hardware serial is taken', () => {
  for (const serial of ['', 'short', 'with space in it'])
    refused(`${ann}mfa_serial = ${serial}\n`, 'config-invalid', /^config:4: mfa_serial = /, { name: 'ann' })
  assert.deepEqual(resolve(`${ann}mfa_serial = GAHT12345678\n`, { name: 'ann' }).spec.kind, 'mfa-session')
})

test('roles chain: each is assumed from the one below', () => {
  const config = annWithMfa + over('ann', 'duration_seconds = 7200', 'low') + over('low', '', 'mid') + over('mid')
  const top = roleSpec(config)
  assert.ok(top.base.kind === 'assume-role' && top.base.base.kind === 'assume-role')
  assert.deepEqual(top.base.base.base, storedKey)
  assert.deepEqual(top.base.base.mfa, { serial: mfa })
})

test('a chained role of more than an hour is refused at its line, one of an hour is not', () => {
  const config = (seconds: number): string =>
    ann + over('ann', '', 'low') + over('low', `duration_seconds = ${seconds}`)
  refused(config(3601), 'config-invalid', /^config:11: r is assumed from a session/)
  assert.equal(roleSpec(config(3600)).duration, 3600)
})

test('a profile may be its own source when it has a key', () => {
  const config = `[profile r]\nrole_arn = ${role('r')}\nsource_profile = r\n`
  assert.deepEqual(roleSpec(`${config}mayfly_key = ${key}`).base, storedKey)
  refused(config, 'profile-loop', /r \(config:1\) → r \(config:1\)\.$/)
})

test('a source with a key of its own uses it before its role', () => {
  const config = ann + over('ann', `mayfly_key = ${'B'.repeat(20)}`, 'low') + over('low')
  assert.deepEqual(roleSpec(config).base, { kind: 'stored-key', accessKeyId: 'B'.repeat(20) })
  assert.equal(roleSpec(config, { name: 'low' }).roleArn, role('low'))
})

test('circles of any length are refused, told by place and in bounded words', () => {
  for (const length of [2, 3, 7, 50, 20_000]) {
    const ring = Array.from({ length }, (_, i) => over(`p${(i + 1) % length}`, '', `p${i}`)).join('')
    const { message } = refused(
      over('p0') + ring,
      'profile-loop',
      /^source_profile leads in a circle: p0 \(config:5\) → /,
      { name: 'r' },
    )
    assert.match(message, /p0 \(config:5\)\.$/)
    assert.ok(message.length < 300)
  }
})

test('a circle is refused even where one of it has a key, as in botocore', () => {
  refused(over('b', `mayfly_key = ${key}`, 'a') + over('a', '', 'b'), 'profile-loop', /a .* → b .* → a /, { name: 'a' })
})

test('sixteen roles in a row are followed, seventeen and more are refused', () => {
  const line = (length: number): string =>
    ann + Array.from({ length }, (_, i) => over(i === 0 ? 'ann' : `p${i - 1}`, '', `p${i}`)).join('')
  assert.equal(roleSpec(line(16), { name: 'p15' }).roleArn, role('p15'))
  refused(line(17), 'config-invalid', /p16 is 17 roles away/, { name: 'p16' })
  refused(line(15_000), 'config-invalid', /is 15000 roles away/, { name: 'p14999' })
})

test('a role needs a source that is there, and one only', () => {
  const bare = `[profile r]\nrole_arn = ${role('r')}\n`
  refused(bare, 'profile-incomplete', /^config:1: the profile r has a role_arn and no source_profile/)
  refused(`${bare}credential_source = Environment`, 'profile-incomplete', /^config:3: there are no AWS_ACCESS_KEY_ID/)
  refused(`${bare}credential_source = Vault`, 'config-invalid', /^config:3: credential_source = Vault is not a source/)
  refused(`${bare}source_profile =`, 'config-invalid', /^config:3: the source_profile {2}of r is not there/)
  const error = refused(ann + over('anne'), 'config-invalid', /^config:6: the source_profile anne of r is not there/)
  assert.equal(error.hint, 'Did you mean ann?')
  refused(
    ann + over('ann', 'credential_source = Environment'),
    'config-invalid',
    /^config:7: the profile r has both source_profile and credential_source/,
  )
})

test('a role with a token file is assumed with the token, whatever else could assume it, as in botocore', () => {
  const { spec } = resolve(ann + over('ann', 'web_identity_token_file = /t'), { readText: () => 'a token' })
  assert.equal(spec.kind, 'web-identity')
})

test('a key in plain text is refused with the way into the vault', () => {
  for (const half of [
    `aws_access_key_id = ${key}`,
    'aws_secret_access_key = secret',
    `mayfly_key = ${key}\naws_access_key_id = x`,
  ]) {
    const error = refused('', 'key-not-found', /^credentials:\d: the key of ann stands there in plain text/, {
      name: 'ann',
      credentials: `[ann]\n${half}\n`,
    })
    assert.equal(error.hint, 'Move it into the vault: mayfly keys import ann')
    assert.ok(!error.message.includes('secret'))
  }
  const quoted = refused(`[profile "it's me"]\naws_access_key_id = x`, 'key-not-found', /it's me/, { name: "it's me" })
  assert.equal(quoted.hint, String.raw`Move it into the vault: mayfly keys import 'it'\''s me'`)
})

test('a session in a file is not a key, under its old name either', () => {
  for (const token of ['aws_session_token', 'aws_security_token'])
    refused(`[profile ann]\naws_access_key_id = ASIA\n${token} = t`, 'profile-incomplete', /holds a session/, {
      name: 'ann',
    })
})

test('a profile with nothing to start from is refused, and what other tools use is named', () => {
  refused('[profile ann]\nregion = x', 'profile-incomplete', /^config:1: .* neither a key nor a role/, { name: 'ann' })
  refused('[profile ann]\nx=1\ncredential_process = s', 'profile-incomplete', /^config:3: .* from credential_process/, {
    name: 'ann',
  })
  const half = refused('[profile ann]\nsso_session = s', 'profile-incomplete', /^config:2: .* account and role/, {
    name: 'ann',
  })
  assert.match(half.hint ?? '', /mayfly sso ls/)
})

test('a mayfly_key that is no key id is refused without being shown', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
  const error = refused(`[profile ann]\nmayfly_key = ${secret}`, 'config-invalid', /^config:2: /, { name: 'ann' })
  assert.ok(!(error.message + error.hint).includes(secret.slice(0, 8)))
})

test('everything AWS can be asked for is passed on', () => {
  const more = `role_session_name = me@work\nexternal_id = a:b/c\nsource_identity = ann
session_tags = Team=blue, stage = a=b ,empty=
transitive_session_tags = team,stage
mayfly_policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess
mayfly_policy = { "Version": "2012-10-17",
  "Statement": [] }`
  assert.deepEqual(roleSpec(ann + over('ann', more)), {
    kind: 'assume-role',
    base: storedKey,
    roleArn: role('r'),
    sessionName: 'me@work',
    externalId: 'a:b/c',
    sourceIdentity: 'ann',
    tags: { Team: 'blue', stage: 'a=b', empty: '' },
    transitiveTagKeys: ['team', 'stage'],
    policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    policy: '{"Version":"2012-10-17","Statement":[]}',
    sts: { region: 'us-east-1' },
  })
})

for (const [line, message] of [
  ['role_session_name = a', /role_session_name = a cannot be/],
  ['role_session_name = two words', /role_session_name/],
  ['external_id =', /external_id = {2}cannot be/],
  ['source_identity = AWS:x', /source_identity/],
  ['session_tags = team', /team is not key=value/],
  ['session_tags = =x', /is not key=value/],
  ['session_tags = a=1,A=2', /A stands twice/],
  ['session_tags = a=<b>', /cannot be/],
  [`session_tags = ${Array.from({ length: 51 }, (_, i) => `k${i}=v`).join()}`, /51 tags/],
  ['transitive_session_tags = team', /team is not one of the session_tags/],
  ['mayfly_policy_arns = ReadOnlyAccess', /is not the ARN of a policy/],
  [`mayfly_policy_arns = ${Array(11).fill('arn:aws:iam::aws:policy/x').join()}`, /11 policies/],
  ['mayfly_policy = {"Version"', /mayfly_policy is not JSON/],
  ['mayfly_policy =', /mayfly_policy is empty/],
] as const)
  test(`refused at its line: ${line.slice(0, 50)}`, () => {
    const { message: text } = refused(ann + over('ann', line), 'config-invalid', message)
    assert.match(text, /^config:7: /)
    assert.ok(text.length < 200)
  })

test('a role_arn that is none is refused, bounded and without control characters', () => {
  for (const arn of [
    '',
    'x',
    'arn:aws:iam::1:role/x',
    'arn:aws:iam::111122223333:user/x',
    `${role('a')}\u001b[2J${'x'.repeat(9000)}`,
  ]) {
    const config = `${ann}[profile r]\nrole_arn = ${arn}\nsource_profile = ann`
    const { message } = refused(config, 'config-invalid', /^config:5: role_arn = .*cannot be/)
    assert.ok(message.length < 120 && !message.includes('\u001b'))
  }
})

test('a session policy may stand in a file, named from the config file', () => {
  const config = (path: string): string => ann + over('ann', `mayfly_policy = ${path}`)
  const asked: string[] = []
  const readText = (path: string, from: string): string => {
    asked.push(`${path} from ${from}`)
    return ' { "Statement" : [ ] } '
  }
  for (const path of ['p.json', 'file://../p.json', '/etc/p.json'])
    assert.equal(roleSpec(config(path), { readText }).policy, '{"Statement":[]}')
  assert.deepEqual(asked, ['p.json from config', '../p.json from config', '/etc/p.json from config'])
  for (const text of ['', '[]', '"x"', 'null', '{'])
    refused(config('p.json'), 'config-invalid', /^config:7: p\.json is not/, { readText: () => text })
})

test('for programs the environment names the region before the profile, for sessions after it', () => {
  const regions = (env: Environment, name = 'ann'): unknown => {
    const { region, sts } = resolve(`${ann}[profile bob]\nmayfly_key = ${key}`, { name, env })
    return [region, sts.region]
  }
  assert.deepEqual(regions({}), ['eu-central-1', 'eu-central-1'])
  assert.deepEqual(regions({ AWS_DEFAULT_REGION: 'eu-west-1' }), ['eu-west-1', 'eu-central-1'])
  assert.deepEqual(regions({ AWS_REGION: 'eu-west-2', AWS_DEFAULT_REGION: 'eu-west-1' }), ['eu-west-2', 'eu-central-1'])
  assert.deepEqual(regions({ AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-1' }, 'bob'), ['eu-west-1', 'eu-west-1'])
  assert.deepEqual(regions({}, 'bob'), [undefined, 'us-east-1'])
})

test('what is no region is refused with where it stands', () => {
  for (const region of ['eu central', 'evil.example/', '-x', '123', 'EU-WEST-1', 'a\n b']) {
    refused(
      `[profile ann]\nmayfly_key = ${key}\nregion = ${region}`,
      'config-invalid',
      /^config:3: .* is not a region/,
      { name: 'ann' },
    )
    refused(ann, 'config-invalid', /^AWS_REGION: .* is not a region/, { name: 'ann', env: { AWS_REGION: region } })
  }
})

test('the profile meant when none is named is the one botocore takes', () => {
  assert.equal(defaultProfile({}), 'default')
  assert.equal(defaultProfile({ AWS_PROFILE: 'a' }), 'a')
  assert.equal(defaultProfile({ AWS_PROFILE: 'a', AWS_DEFAULT_PROFILE: 'b' }), 'b')
  assert.equal(defaultProfile({ AWS_PROFILE: '', AWS_DEFAULT_PROFILE: '' }), 'default')
})

test('a profile that is not there is told with what is near, or what there is', () => {
  const hint = (config: string, name: string): string | undefined =>
    refused(config, 'profile-not-found', /./, { name }).hint
  assert.equal(hint(ann, 'Anm'), 'Did you mean ann?')
  assert.equal(hint(ann, 'production'), 'There is: ann.')
  assert.match(hint('', 'x') ?? '', /^There are no profiles yet/)
  assert.equal(hint('[prod]', 'prod'), 'Write it as [profile prod].')
  assert.equal(hint('[profile a b]', 'a b'), 'Write it as [profile "a b"].')
  const many = Array.from({ length: 5000 }, (_, i) => `[profile p${i}]`).join('\n')
  assert.match(hint(many, 'x'.repeat(1e6)) ?? '', /p11, and 4988 more\.$/)
  assert.ok(refused(ann, 'profile-not-found', /./, { name: 'x'.repeat(1e6) }).message.length < 100)
})
