import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Failure } from '../../src/model/failure.ts'
import { diff } from '../../src/profiles/diff.ts'
import { removeKeys, setKeys } from '../../src/profiles/edit.ts'
import { explainSpec } from '../../src/profiles/explain.ts'
import { type Profiles, readProfiles } from '../../src/profiles/read.ts'
import { resolveProfile } from '../../src/profiles/resolve.ts'

const megabyte = 1_000_000
const key = 'mayfly_key = AKIAIOSFODNN7EXAMPLE\n'
const times = (count: number, part: (at: number) => string): string =>
  Array.from({ length: count }, (_, i) => part(i)).join('')
const fill = (part: string): string => part.repeat(megabyte / part.length)

const shapes: Readonly<Record<string, string>> = {
  'one long line': fill('x'),
  'one long value': `[default]\nregion = ${fill('x')}`,
  'one long value of blanks': `[default]\nregion = x${fill(' ')}y`,
  'one long key': `[default]\n${fill('k')} = 1`,
  'one long header': `[profile ${fill('x')}]\nregion = x`,
  'one long header of quotes': `[profile ${fill('"')}]`,
  'one long header of escapes': `[profile "${fill('\\')}"]`,
  'one long header of words': `[profile ${fill('a ')}]`,
  'a million opening brackets': fill('['),
  'a million brackets in a section': `[default]\n${fill('[')}`,
  'a million closing brackets': `[default${fill(']')}`,
  'a bracket a line': `[default]\n${fill('[\n')}`,
  '100,000 sections': times(100_000, (i) => `[s${i}]\n`),
  '100,000 profiles': times(100_000, (i) => `[profile p${i}]\n`),
  '100,000 keys': `[default]\n${key}${times(100_000, (i) => `k${i} = 1\n`)}`,
  '100,000 times the same key': `[default]\n${times(100_000, () => 'k = 1\n')}`,
  '100,000 times [DEFAULT]': `[default]\n${times(90_000, () => '[DEFAULT]\n')}`,
  'keys of [DEFAULT] times sections': `[DEFAULT]\n${times(50_000, (i) => `k${i}=1\n`)}${times(50_000, (i) => `[p${i}]\n`)}`,
  'deeper and deeper': `[default]\n${times(1400, (i) => `${' '.repeat(i)}k${i} = 1\n`)}`,
  'one value of 300,000 lines': `[default]\nregion =1\n${fill(' x\n')}`,
  'one block of 200,000 keys': `[default]\ns3 =\n${times(100_000, (i) => ` k${i} = 1\n`)}`,
  'a value and a million blank lines': `[default]\nregion = x\n${fill('\n')} y`,
  'a million line ends of the old kind': `[default]\r${key}${fill('\r')}`,
  comments: `[default]\n${key}${fill('# c\n')}`,
  blanks: `[default]\n${key}${fill('\t\u00a0 ')}`,
  nulls: `[default]\n${fill('\0')}=${fill('\0')}`,
  'slashes in an endpoint': `[default]\n${key}endpoint_url = http://127.0.0.1${fill('/')}x`,
  'commas in tags': `[default]\n${key}role_arn = arn:aws:iam::111122223333:role/r\nsource_profile = default\nsession_tags = ${fill(',')}`,
  'tags by the thousand': `[default]\n${key}role_arn = arn:aws:iam::111122223333:role/r\nsource_profile = default\nsession_tags = ${times(90_000, (i) => `k${i}=v,`)}`,
  'a policy nested deep': `[default]\n${key}role_arn = arn:aws:iam::111122223333:role/r\nsource_profile = default\nmayfly_policy = {"a":${'['.repeat(megabyte / 2)}${']'.repeat(megabyte / 2)}}`,
  'roles in a row': times(
    12_000,
    (i) => `[profile p${i}]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = p${i + 1}\n`,
  ).replace('profile p0', 'default'),
  'roles in a circle': times(
    12_000,
    (i) => `[profile p${i}]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = p${(i + 1) % 12_000}\n`,
  ),
  'secrets by the thousand': `[default]\n${times(30_000, (i) => `k${i}_secret = ${i}\n`)}`,
}

/** What comes out, or the `Failure`; anything else thrown is a fault of ours. */
function tried<Result>(act: () => Result): Result | Failure {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    assert.ok(error.message.length < 600 && (error.hint?.length ?? 0) < 1200, `${error.message.length} long`)
    assert.doesNotMatch(error.message + error.hint, /[\0-\x1f\x7f]/)
    return error
  }
}

const readText = (): string => '{}'
/** Both files are read by the same parser: a megabyte of each is not needed, small texts are tried as both. */
function everything(text: string): void {
  const asConfig = { path: 'config', text }
  const asCredentials = { path: 'credentials', text }
  const none = { path: 'none', text: undefined }
  const both = [
    [asConfig, none],
    [none, asCredentials],
  ] as const
  const resolved = (profiles: Profiles, name: string): void => {
    const profile = tried(() => resolveProfile(profiles, name, { env: {}, readText }))
    if (!(profile instanceof Failure)) explainSpec(profile.spec)
  }
  for (const [config, credentials] of text.length < 10_000 ? both : both.slice(0, 1)) {
    const profiles = tried(() => readProfiles(config, credentials))
    if (profiles instanceof Failure) continue
    for (const name of ['default', 'missing']) resolved(profiles, name)
  }
  const changed = tried(() => setKeys(text, 'default', { region: 'eu-central-1', fresh: 'x' }, 'config'))
  const after = changed instanceof Failure ? changed : tried(() => removeKeys(changed, 'default', ['k1'], 'config'))
  if (!(after instanceof Failure)) diff(text, after, 'config')
}

for (const [what, text] of Object.entries(shapes))
  test(`a megabyte of this is read, resolved, edited and compared at once: ${what}`, () => {
    const start = process.cpuUsage()
    everything(text)
    const { user, system } = process.cpuUsage(start)
    assert.ok((user + system) / 1e6 < 3, `${((user + system) / 1e6).toFixed(1)} s`)
  })

test('arbitrary text is read or refused with a Failure', () => {
  const pieces = fc.constantFrom(
    '[',
    ']',
    '[default]',
    '[profile p0]',
    '[DEFAULT]',
    '=',
    ':',
    ' ',
    '\t',
    '\n',
    '\r',
    '\r\n',
    '#',
    ';',
    '"',
    "'",
    '\\',
    'region',
    'role_arn',
    'source_profile = p0',
    'mfa_serial',
    'aws_secret_access_key',
    's3 =\n',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\0',
    '\ud800',
    '🦟',
  )
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: pieces, maxLength: 40 }))
  fc.assert(fc.property(text, everything), { numRuns: 500 })
})

test('arbitrary values are resolved or refused with a Failure', () => {
  const keys = fc.constantFrom(
    'region',
    'role_arn',
    'source_profile',
    'mfa_serial',
    'mfa_process',
    'duration_seconds',
    'mayfly_session_duration',
    'session_tags',
    'transitive_session_tags',
    'mayfly_policy',
    'mayfly_policy_arns',
    'external_id',
    'role_session_name',
    'source_identity',
    'services',
    'endpoint_url',
    'mayfly_key',
    'aws_access_key_id',
    'credential_source',
  )
  const values = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '',
      'default',
      'p0',
      '3600',
      '7200',
      'arn:aws:iam::111122223333:role/r',
      'arn:aws:iam::111122223333:mfa/m',
      'AKIAIOSFODNN7EXAMPLE',
      'a=b',
      '{}',
      '__proto__=1',
      'http://127.0.0.1:1',
    ),
  )
  const profile = fc.dictionary(keys, values, { maxKeys: 8 }).map((entries) =>
    Object.entries(entries)
      .map(([name, value]) => `${name} = ${value.replaceAll(/[\r\n]/g, ' ')}\n`)
      .join(''),
  )
  fc.assert(
    fc.property(profile, profile, (one, two) => everything(`[default]\n${one}[profile p0]\n${two}`)),
    { numRuns: 500 },
  )
})
