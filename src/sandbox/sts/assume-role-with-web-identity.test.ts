import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { account, addRole, ask, controlCall, credentialsIn, type Reply } from '../stage.test.ts'
import { assume, mint, setWebStage, trustIssuer, webTrust } from '../web-identity/stage.test.ts'

const refused = ({ status, code, message, text }: Reply, wanted: readonly [number, string, string | RegExp]): void => {
  assert.deepEqual([status, code], wanted.slice(0, 2), text)
  if (typeof wanted[2] === 'string') assert.equal(message, wanted[2])
  else assert.match(message ?? '', wanted[2])
}
const noTrust = [403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'] as const

test('a good token gets a session that works, and the answer says whose token it was', async (t) => {
  const stage = await setWebStage(t)
  const reply = await assume(stage, await mint(stage, { newline: true }))
  assert.equal(reply.status, 200, reply.text)
  assert.equal(reply.get('SubjectFromWebIdentityToken'), 'ann-of-web')
  assert.equal(reply.get('Audience'), 'sts.amazonaws.com')
  assert.equal(reply.get('Provider'), stage.issuer)
  assert.equal(reply.get('PackedPolicySize'), undefined)
  assert.equal(reply.get('AssumedRoleUser', 'AssumedRoleId'), 'AROAWEB:job')
  assert.equal(reply.get('Credentials', 'Expiration'), '2026-11-21T10:00:00Z')
  const who = await ask(stage, credentialsIn(reply), { Action: 'GetCallerIdentity' })
  assert.equal(who.get('Arn'), `arn:aws:sts::${account}:assumed-role/web/job`)
})

test('each flaw of a token is refused in the words of AWS', async (t) => {
  const stage = await setWebStage(t)
  const noKey = [
    400,
    'InvalidIdentityToken',
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  ] as const
  const flaws = {
    expired: [400, 'ExpiredTokenException', /^Token expired: current date\/time \d+ must be before the expiration/],
    future: [400, 'InvalidIdentityToken', /^Token is not valid yet/],
    'alg-none': [400, 'InvalidIdentityToken', /not a valid JWT/],
    'algorithm-confusion': [400, 'InvalidIdentityToken', 'The algorithm that signed the token is not supported'],
    'unknown-key': noKey,
    'forged-signature': [400, 'InvalidIdentityToken', 'The signature of the token could not be verified'],
    'fractional-times': [400, 'InvalidIdentityToken', 'The claim iat is not an integer'],
  } as const
  for (const [flaw, wanted] of Object.entries(flaws)) refused(await assume(stage, await mint(stage, { flaw })), wanted)
  for (const algorithm of ['RS256', 'ES256'])
    assert.equal((await assume(stage, await mint(stage, { algorithm }))).status, 200)
})

test('the audience and the issuer must be those that are registered', async (t) => {
  const stage = await setWebStage(t)
  const other = await mint(stage, { audience: ['somebody-else'] })
  refused(await assume(stage, other), [400, 'InvalidIdentityToken', 'Incorrect token audience'])
  for (const issuer of ['https://unknown.example', `${stage.issuer.replace('http:', 'https:')}`])
    refused(await assume(stage, await mint(stage, { issuer })), [
      400,
      'InvalidIdentityToken',
      `No OpenIDConnect provider found in your account for ${issuer}`,
    ])
  const slashed = await mint(stage, { claims: { iss: `${stage.issuer}/` } })
  refused(await assume(stage, slashed), [400, 'InvalidIdentityToken', /No OpenIDConnect provider found/])
  assert.equal((await assume(stage, await mint(stage, { audience: ['x', 'sts.amazonaws.com'] }))).status, 200)
})

test('where a token has an azp it is the audience, and the real one is oaud', async (t) => {
  const stage = await setWebStage(t)
  const name = stage.issuer.slice('http://'.length)
  const role = addRole(
    stage,
    'azp',
    webTrust(stage.provider, { StringEquals: { [`${name}:aud`]: 'sts.amazonaws.com', [`${name}:oaud`]: 'api' } }),
  )
  const byAzp = await mint(stage, { audience: ['api'], claims: { azp: 'sts.amazonaws.com' } })
  assert.equal((await assume(stage, byAzp, { RoleArn: role })).get('Audience'), 'sts.amazonaws.com')
  refused(await assume(stage, await mint(stage, {}), { RoleArn: role }), noTrust)
  const unknownAzp = await mint(stage, { claims: { azp: 'somebody-else' } })
  refused(await assume(stage, unknownAzp), [400, 'InvalidIdentityToken', 'Incorrect token audience'])
})

test('the trust policy decides by subject and audience, under the name of the provider', async (t) => {
  const stage = await setWebStage(t)
  const gitHub = 'token.actions.githubusercontent.com'
  const provider = trustIssuer(stage, `https://${gitHub}`)
  const onMain = {
    StringEquals: { [`${gitHub}:sub`]: 'repo:octo/app:ref:refs/heads/main', [`${gitHub}:aud`]: 'sts.amazonaws.com' },
  }
  const RoleArn = addRole(stage, 'deploy', webTrust(provider, onMain))
  const as = async (github: string) => assume(stage, await mint(stage, { subject: undefined, github }), { RoleArn })
  assert.equal((await as('repo:octo/app:ref:refs/heads/main')).status, 200)
  for (const job of ['octo/app:ref:refs/heads/dev', 'octo/app2:ref:refs/heads/main', 'octo/app:pull_request'])
    refused(await as(job), noTrust)
  const byRepository = { StringEquals: { [`${gitHub}:repository`]: 'octo/app' } }
  const anyBranch = addRole(stage, 'any', webTrust(provider, byRepository))
  const token = await mint(stage, { github: 'octo/app:environment:prod' })
  assert.equal((await assume(stage, token, { RoleArn: anyBranch })).status, 200)
  // Principals are not interchangeable: the other provider's word does not count for this role.
  refused(await assume(stage, await mint(stage, {}), { RoleArn }), noTrust)
})

test('a role that is not there, or trusts others, refuses in the same words', async (t) => {
  const stage = await setWebStage(t)
  const token = await mint(stage, {})
  const keyed = addRole(
    stage,
    'keyed',
    JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }] }),
  )
  for (const RoleArn of [keyed, stage.role.replace('/web', '/nobody'), stage.role.replace('/web', '/path/web')])
    refused(await assume(stage, token, { RoleArn }), noTrust)
})

test('session tags need sts:TagSession, a source identity needs sts:SetSourceIdentity; both forms of tags are read', async (t) => {
  const stage = await setWebStage(t)
  const nested = {
    'https://aws.amazon.com/tags': { principal_tags: { Team: ['blue'] }, transitive_tag_keys: ['Team'] },
    'https://aws.amazon.com/source_identity': 'ann',
  }
  const tagged = await mint(stage, { claims: nested })
  refused(await assume(stage, tagged), [403, 'AccessDenied', 'Not authorized to perform sts:TagSession'])
  const RoleArn = addRole(stage, 'tagging', webTrust(stage.provider, undefined, ['sts:TagSession']))
  refused(await assume(stage, tagged, { RoleArn }), [
    403,
    'AccessDenied',
    'Not authorized to perform sts:SetSourceIdentity',
  ])
  const both = addRole(
    stage,
    'both',
    webTrust(stage.provider, { StringLike: { 'aws:RequestTag/Team': '*' } }, [
      'sts:TagSession',
      'sts:SetSourceIdentity',
    ]),
  )
  const reply = await assume(stage, tagged, { RoleArn: both })
  assert.equal(reply.get('SourceIdentity'), 'ann', reply.text)
  assert.ok(Number(reply.get('PackedPolicySize')) > 0)
  const session = stage.sandbox.cloud.sessions.get(credentialsIn(reply).accessKeyId)
  assert.deepEqual([session?.tags, session?.transitiveTagKeys], [{ Team: 'blue' }, ['Team']])
  const flat = await mint(stage, { claims: { 'https://aws.amazon.com/tags/principal_tags/Team': 'red' } })
  assert.equal((await assume(stage, flat, { RoleArn: both })).status, 200)
  const crooked = { 'https://aws.amazon.com/tags': { principal_tags: { Team: ['a', 'b'] } } }
  const malformed = await mint(stage, { claims: crooked })
  refused(await assume(stage, malformed, { RoleArn: both }), [400, 'InvalidIdentityToken', /session tags/])
})

test('durations, session policies and members are held to their limits', async (t) => {
  const stage = await setWebStage(t)
  const token = await mint(stage, {})
  refused(await assume(stage, token, { DurationSeconds: '3601' }), [
    400,
    'ValidationError',
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  ])
  const short = await assume(stage, token, { DurationSeconds: '900' })
  assert.equal(short.get('Credentials', 'Expiration'), '2026-11-21T09:15:00Z')
  refused(await assume(stage, token, { Policy: '{}' }), [400, 'MalformedPolicyDocument', /./])
  refused(await assume(stage, token, { ProviderId: 'www.amazon.com' }), [400, 'ValidationError', /ProviderId/])
  const long = await assume(stage, 'x'.repeat(20_001))
  refused(long, [400, 'ValidationError', /webIdentityToken/])
  assert.ok(!long.text.includes('xxxxx'), 'the token is not repeated')
})

test('what is no token is refused, and a stray session token spoils a good one', async (t) => {
  const stage = await setWebStage(t)
  for (const text of ['abcd', 'a.b.c', 'e30.e30.x', `${Buffer.from('[]').toString('base64url')}.e30.x`])
    refused(await assume(stage, text), [400, 'InvalidIdentityToken', /./])
  const crit = Buffer.from('{"alg":"RS256","crit":["exp"]}').toString('base64url')
  refused(await assume(stage, `${crit}.e30.x`), [400, 'InvalidIdentityToken', /not a valid JWT/])
  const stray = await assume(stage, await mint(stage, {}), {}, [['X-Amz-Security-Token', 'IQoJ']])
  refused(stray, [400, 'InvalidIdentityToken', /^Couldn't retrieve verification key/])
})

test('a token with any one character changed is refused, whatever it then reads as', async (t) => {
  const stage = await setWebStage(t)
  const token = await mint(stage, {})
  assert.equal((await assume(stage, token)).status, 200)
  // The last character of a signature has bits that stand for nothing.
  const places = fc.integer({ min: 0, max: token.length - 2 })
  const spoiled = fc.asyncProperty(places, fc.constantFrom('A', 'z', '.', '=', '+', '\u0000'), async (place, other) => {
    fc.pre(token.charAt(place) !== other)
    const { status, code } = await assume(stage, token.slice(0, place) + other + token.slice(place + 1))
    assert.deepEqual([status, code], [400, 'InvalidIdentityToken'])
  })
  await fc.assert(spoiled, { numRuns: 60 })
})

test('nobody else may call unsigned', async (t) => {
  const stage = await setWebStage(t)
  for (const Action of ['AssumeRole', 'GetSessionToken', 'GetCallerIdentity', 'NoSuchAction', ''])
    refused(await assume(stage, 'xxxx', { Action }), [
      403,
      'MissingAuthenticationToken',
      'Request is missing Authentication Token',
    ])
})

test('the trail names the WebIdentityUser and never the token, and what the session does names the provider', async (t) => {
  const stage = await setWebStage(t)
  const token = await mint(stage, {})
  const keys = credentialsIn(await assume(stage, token))
  await assume(stage, token, { RoleArn: stage.role.replace('/web', '/nobody') })
  await ask(stage, keys, { Action: 'GetCallerIdentity' })
  const { answer } = await controlCall(stage, 'GET', 'requests')
  const text = JSON.stringify(answer)
  assert.ok(!text.includes(token.slice(0, 40)))
  const [issued, denied, used] = answer.requests as { accountId: string; detail: Record<string, object> }[]
  assert.deepEqual(issued?.detail.userIdentity, {
    type: 'WebIdentityUser',
    principalId: `${stage.provider}:sts.amazonaws.com:ann-of-web`,
    userName: 'ann-of-web',
    identityProvider: stage.provider,
  })
  assert.deepEqual([issued?.accountId, denied?.accountId], [account, account])
  assert.equal(Object.entries(denied?.detail ?? {}).find(([name]) => name === 'errorCode')?.[1], 'AccessDenied')
  assert.match(JSON.stringify(used?.detail.userIdentity), /"webIdFederationData":\{"federatedProvider":"arn:aws:iam:/)
})
