import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure, type FailureCode } from '../../model/failure.ts'
import type { SessionSpec, WebIdentitySpec } from '../../model/source-spec.ts'
import { explainSpec } from '../explain.ts'
import { readProfiles } from '../read.ts'
import { resolveProfile } from '../resolve.ts'

const role_arn = 'arn:aws:iam::111122223333:role/web'

interface Outside {
  readonly env?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
  readonly name?: string
  readonly more?: string
}

function specOf(
  keys: Readonly<Record<string, string>>,
  { env = {}, files = {}, name = 'web', more = '' }: Outside = {},
): SessionSpec {
  const lines = Object.entries(keys).map(([key, value]) => `${key} = ${value}`)
  const text = `[profile web]\n${lines.join('\n')}\n${more}`
  const profiles = readProfiles({ path: '/home/ann/.aws/config', text }, { path: '/none', text: undefined })
  const readText = (path: string): string => files[path] ?? assert.fail(`${path} is not there`)
  return resolveProfile(profiles, name, { env: { HOME: '/home/ann', ...env }, readText }).spec
}
const tokenOf = (keys: Readonly<Record<string, string>>, outside?: Outside) =>
  (specOf({ role_arn, ...keys }, outside) as WebIdentitySpec).token
const holderOf = (keys: Readonly<Record<string, string>>, outside: Outside): string => {
  const token = tokenOf(keys, outside)
  return 'holder' in token ? (token.holder ?? '') : ''
}
const fails = (code: FailureCode, text: RegExp) => (error: unknown) =>
  error instanceof Failure && error.code === code && text.test(`${error.message} ${error.hint}`)
const jwt = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`

test('a file of a token, with all that a session may have beside it', () => {
  const spec = specOf({
    ...{ role_arn, web_identity_token_file: '/var/run/token', role_session_name: 'job', duration_seconds: '7200' },
    ...{ mayfly_policy_arns: 'arn:aws:iam::aws:policy/ReadOnlyAccess', region: 'eu-central-1' },
  })
  assert.deepEqual(spec, {
    kind: 'web-identity',
    token: { from: 'file', path: '/var/run/token' },
    ...{ roleArn: role_arn, sessionName: 'job', duration: 7200 },
    policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    sts: { region: 'eu-central-1' },
  })
})

test('paths are relative to the file that names them, or to the home directory', () => {
  const path = (web_identity_token_file: string) => (tokenOf({ web_identity_token_file }) as { path: string }).path
  assert.equal(path('tokens/web'), '/home/ann/.aws/tokens/web')
  assert.equal(path('~/web'), '/home/ann/web')
})

test('every other place a token may come from', () => {
  assert.deepEqual(tokenOf({ web_identity_token_process: 'get token' }), { from: 'command', commandLine: 'get token' })
  assert.deepEqual(tokenOf({ mayfly_web_identity_token_variable: 'CI_TOKEN' }), { from: 'variable', name: 'CI_TOKEN' })
  assert.deepEqual(tokenOf({ mayfly_github_actions_audience: 'aws' }), { from: 'github-actions', audience: 'aws' })
  const login = { mayfly_oidc_issuer: 'https://idp.example/staff', mayfly_oidc_client_id: 'cli' }
  assert.deepEqual(tokenOf(login), {
    from: 'login',
    issuer: 'https://idp.example/staff',
    clientId: 'cli',
    scopes: ['openid'],
  })
  const more = {
    mayfly_oidc_scopes: 'email, openid offline_access',
    mayfly_oidc_redirect_port: '8765',
    mayfly_oidc_flow: 'device',
  }
  assert.deepEqual(tokenOf({ ...login, ...more }), {
    ...{ from: 'login', issuer: 'https://idp.example/staff', clientId: 'cli' },
    ...{ scopes: ['openid', 'email', 'offline_access'], redirectPort: 8765, device: true },
  })
})

test("a session is kept for a token's holder: a renewed token is the same, another's is not", () => {
  const inFile = (claims: object) =>
    holderOf({ web_identity_token_file: '/token' }, { files: { '/token': `${jwt(claims)}\n` } })
  const pod = { iss: 'https://c', sub: 'a', aud: 'sts' }
  assert.match(inFile(pod), /^[0-9a-f]{32}$/)
  assert.equal(inFile({ ...pod, exp: 1, jti: 'x' }), inFile({ ...pod, exp: 2, jti: 'y' }))
  for (const change of [
    { sub: 'b' },
    { iss: 'https://d' },
    { aud: ['sts', 'x'] },
    { 'https://aws.amazon.com/tags': {} },
    { 'https://aws.amazon.com/tags/principal_tags/Team': 'red' },
    { 'https://aws.amazon.com/tags/transitive_tag_keys': ['Team'] },
  ])
    assert.notEqual(inFile({ ...pod, ...change }), inFile(pod))
  const tags = {
    'https://aws.amazon.com/tags/principal_tags/A': '1',
    'https://aws.amazon.com/tags/principal_tags/B': '2',
  }
  assert.equal(inFile({ ...pod, ...tags }), inFile({ ...Object.fromEntries(Object.entries(tags).reverse()), ...pod }))
  const inVariable = (T: string) => holderOf({ mayfly_web_identity_token_variable: 'T' }, { env: { T } })
  assert.equal(inVariable(jwt(pod)), inFile(pod))
  assert.notEqual(inVariable('no token'), inVariable('another'))
  const inJob = (job: string) =>
    holderOf({ mayfly_github_actions_audience: 'sts' }, { env: { ACTIONS_ID_TOKEN_REQUEST_URL: `https://r/${job}` } })
  assert.notEqual(inJob('1'), inJob('2'))
})

test('what cannot be is told with file and line, and the nearest that can is not', () => {
  const refused = (keys: Readonly<Record<string, string>>, text: RegExp, code: FailureCode = 'config-invalid') =>
    assert.throws(() => tokenOf(keys), fails(code, text))
  refused({ web_identity_token_file: '/a', web_identity_token_process: 'b' }, /config:4: web has both/)
  refused({ web_identity_token_file: '' }, /names no token/, 'profile-incomplete')
  refused({ mayfly_web_identity_token_variable: 'A B' }, /not the name of a variable/)
  refused({ mayfly_oidc_issuer: 'https://idp.example' }, /lacks mayfly_oidc_client_id/, 'profile-incomplete')
  for (const issuer of ['http://idp.example', 'idp.example', 'https://idp.example?a=b', 'https://u:p@idp.example'])
    refused({ mayfly_oidc_issuer: issuer, mayfly_oidc_client_id: 'x' }, /not the address of a provider/)
  assert.ok(tokenOf({ mayfly_oidc_issuer: 'http://127.0.0.1:4566/_oidc', mayfly_oidc_client_id: 'x' }))
  const login = { mayfly_oidc_issuer: 'https://idp.example', mayfly_oidc_client_id: 'x' }
  refused({ ...login, mayfly_oidc_flow: 'implicit' }, /browser or device/)
  refused({ ...login, mayfly_oidc_redirect_port: '0' }, /port/)
  assert.throws(() => specOf({ web_identity_token_file: '/a' }), fails('profile-incomplete', /lacks role_arn/))
})

test('other profiles stand on it, for an hour at most', () => {
  const more = '[profile other]\nsource_profile = web\nrole_arn = arn:aws:iam::444455556666:role/far\n'
  const spec = specOf({ role_arn, web_identity_token_file: '/t' }, { name: 'other', more })
  assert.ok(spec.kind === 'assume-role' && spec.base.kind === 'web-identity')
})

test('the variables of a pod are the default profile, where no file has one', () => {
  const env = { AWS_WEB_IDENTITY_TOKEN_FILE: '/pod/token', AWS_ROLE_ARN: role_arn, AWS_ROLE_SESSION_NAME: 'pod' }
  const spec = specOf({}, { env, name: 'default', files: { '/pod/token': jwt({ sub: 'a' }) } })
  assert.ok(spec.kind === 'web-identity' && spec.token.from === 'file')
  assert.deepEqual([spec.token.path, spec.sessionName, spec.roleArn], ['/pod/token', 'pod', role_arn])
  const { AWS_ROLE_ARN: _, ...without } = env
  for (const [name, variables] of [
    ['default', without],
    ['other', env],
  ] as const)
    assert.throws(() => specOf({}, { env: variables, name }), fails('profile-not-found', /./))
})

test('explain says where the token comes from, and what it asks', () => {
  const [hop] = explainSpec(specOf({ role_arn, web_identity_token_file: '/t' }))
  assert.match(hop?.gives ?? '', /the token in the file \/t \(AssumeRoleWithWebIdentity\)/)
  assert.equal(hop?.asks, undefined)
  const [login] = explainSpec(
    specOf({ role_arn, mayfly_oidc_issuer: 'https://idp.example', mayfly_oidc_client_id: 'x' }),
  )
  assert.match(`${login?.gives} ${login?.asks}`, /signs in to https:\/\/idp\.example .* in the browser/)
})
