import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { QueryInput } from '../../wire/query.ts'
import { trailEvent } from '../cloudtrail/trail-event.ts'
import { awsAttribute, awsSignIn, type Changes } from '../saml-idp/issue.ts'
import { responseXml } from '../saml-idp/response-xml.ts'
import { signResponse } from '../saml-idp/sign-response.ts'
import { askUnsigned, federated, identity, type SamlStage, samlActions, setSamlStage } from '../saml-idp/stage.test.ts'
import { account, addRole, allow, ask, credentialsIn, otherAccount, type Reply, start, trust } from '../stage.test.ts'

const after = (seconds: number): Date => new Date(start.getTime() + seconds * 1000)
const attribute = (name: string, ...values: string[]): Changes => ({ attributes: [[awsAttribute + name, values]] })
const attempt = async (stage: SamlStage, changes?: Changes, more?: QueryInput): Promise<Reply> =>
  stage.assume(await stage.response(changes), more)
const refusal = (reply: Reply): unknown[] => [reply.status, reply.code, reply.message]
const forbidden = [403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithSAML']
const invalid = (message: string): unknown[] => [400, 'InvalidIdentityToken', message]
const stale = [400, 'ExpiredTokenException', 'Token must be redeemed within 5 minutes of issuance']
const over = [400, 'ExpiredTokenException', 'Token is expired']

test('an assertion earns a session of the role it names, and the answer tells whose', async (t) => {
  const stage = await setSamlStage(t)
  const reply = await attempt(stage)
  assert.equal(reply.status, 200, reply.text)
  const told = (name: string) => reply.get(name)
  assert.equal(reply.get('AssumedRoleUser', 'Arn'), `arn:aws:sts::${account}:assumed-role/dev/ann@example.com`)
  assert.equal(reply.get('AssumedRoleUser', 'AssumedRoleId'), 'AROADEV:ann@example.com')
  assert.equal(reply.get('Credentials', 'Expiration'), '2026-11-21T10:00:00Z')
  assert.deepEqual([told('Subject'), told('SubjectType')], ['ann', 'persistent'])
  assert.equal(told('Issuer'), 'urn:mayfly:sandbox:saml-idp')
  assert.equal(told('Audience'), 'https://signin.aws.amazon.com/saml', 'the Recipient')
  assert.match(told('NameQualifier') ?? '', /^[A-Za-z0-9+/]{27}=$/)
  assert.deepEqual([told('SourceIdentity'), told('PackedPolicySize')], [undefined, undefined])
  const users = await ask(stage, credentialsIn(reply), { Action: 'ListUsers' }, { service: 'iam' })
  assert.equal(users.status, 200)
})

test('the response may be signed instead of the assertion, or both; not neither, and not by somebody else', async (t) => {
  const stage = await setSamlStage(t)
  for (const signed of ['assertion', 'response', 'both'] as const)
    assert.equal((await attempt(stage, { signed })).status, 200, signed)
  const unsigned = invalid('Response signature invalid')
  assert.deepEqual(refusal(await attempt(stage, { signed: 'nothing' })), unsigned)
  assert.deepEqual(refusal(await attempt(stage, { signer: await identity('other') })), unsigned)
})

test('an assertion for no audience at all is refused', async (t) => {
  const stage = await setSamlStage(t)
  const xml = responseXml({
    ...{ responseId: '_r', assertionId: '_a', issuer: stage.provider.entityId, audience: 'x', nameId: 'ann' },
    ...{ destination: awsSignIn, recipient: awsSignIn, nameIdFormat: '', attributes: [] },
    ...{ issueInstant: start, notBefore: start, notOnOrAfter: after(300) },
  })
  const without = xml.replace(/<saml:AudienceRestriction>.*<\/saml:AudienceRestriction>/, '')
  const signed = await signResponse(without, await identity('idp'), 'assertion')
  const reply = await stage.assume(Buffer.from(signed).toString('base64'))
  assert.deepEqual(refusal(reply), invalid('Response does not contain the required audience.'))
})

test('a wrapped assertion is refused where the untouched one is taken', async (t) => {
  const stage = await setSamlStage(t)
  const untouched = await stage.response()
  const xml = Buffer.from(untouched, 'base64').toString()
  const evil = xml.match(/<saml:Assertion .*<\/saml:Assertion>/)?.[0]?.replace(/ ID="[^"]*"/, ' ID="_evil"') ?? ''
  const wrapped = Buffer.from(xml.replace('<saml:Assertion ', () => `${evil}<saml:Assertion `)).toString('base64')
  assert.deepEqual(refusal(await stage.assume(wrapped)), invalid('Response signature invalid'))
  assert.equal((await stage.assume(untouched)).status, 200)
})

test('what is no response is refused as that', async (t) => {
  const stage = await setSamlStage(t)
  assert.deepEqual(refusal(await stage.assume('a?b!')), invalid('Invalid base64 SAMLResponse'))
  assert.deepEqual(refusal(await stage.assume('PGE+PC9hPg==')), invalid('Invalid SAML response'))
  const long = await stage.assume('A'.repeat(100_004))
  assert.deepEqual([long.status, long.code], [400, 'ValidationError'])
  assert.ok(!long.text.includes('AAAA'), 'assertions are not repeated')
})

test('a response may be presented more than once while it is fresh', async (t) => {
  const stage = await setSamlStage(t)
  const response = await stage.response()
  assert.equal((await stage.assume(response)).status, 200)
  stage.later(300)
  assert.deepEqual(refusal(await stage.assume(response)), over, 'its own end')
})

const times: Readonly<Record<string, readonly [Changes, unknown[] | undefined]>> = {
  'issued five minutes ago': [{ issueInstant: after(-300), notOnOrAfter: after(600) }, undefined],
  'issued longer ago, whatever its end': [{ issueInstant: after(-301), notOnOrAfter: after(600) }, stale],
  'at its end': [{ notOnOrAfter: after(0) }, over],
  'a second before its end': [{ notOnOrAfter: after(1) }, undefined],
  'after the session at the provider': [{ sessionNotOnOrAfter: after(-1) }, over],
  'from a clock five minutes ahead': [
    { issueInstant: after(300), notBefore: after(300), notOnOrAfter: after(900) },
    undefined,
  ],
  'from a clock further ahead': [
    { issueInstant: after(301), notOnOrAfter: after(900) },
    invalid('Token is not yet valid'),
  ],
  'not valid before later': [{ notBefore: after(301), notOnOrAfter: after(900) }, invalid('Token is not yet valid')],
}

const claims: Readonly<Record<string, readonly [Changes, unknown[] | undefined]>> = {
  'another issuer': [{ issuer: 'urn:other' }, invalid('Issuer not present in specified provider')],
  'another recipient': [
    { recipient: 'https://signin.example.com/saml' },
    invalid('Response does not contain the required recipient.'),
  ],
  'the recipient of a region': [{ recipient: 'https://eu-west-1.signin.aws.amazon.com/saml' }, undefined],
  'a recipient that begins like one': [
    { recipient: 'https://signin.aws.amazon.com/saml.evil.test' },
    invalid('Response does not contain the required recipient.'),
  ],
  'another audience': [{ audience: 'urn:other' }, invalid('Response does not contain the required audience.')],
  'the sign-in as audience': [{ audience: 'https://signin.aws.amazon.com/saml' }, undefined],
  'no roles': [{ without: [`${awsAttribute}Role`] }, forbidden],
  'another role': [attribute('Role', `arn:aws:iam::${account}:role/other,${federated.Federated}`), forbidden],
  'the role by another provider': [
    attribute('Role', `arn:aws:iam::${account}:role/dev,arn:aws:iam::${account}:saml-provider/other`),
    forbidden,
  ],
  'the role without a provider': [attribute('Role', `arn:aws:iam::${account}:role/dev`), forbidden],
  'the role and the provider in two values': [
    attribute('Role', `arn:aws:iam::${account}:role/dev`, federated.Federated),
    forbidden,
  ],
  'the pair in the other order, among others': [
    attribute('Role', 'a,b', `${federated.Federated},arn:aws:iam::${account}:role/dev`),
    undefined,
  ],
  'the role in an attribute that differs in case': [
    {
      without: [`${awsAttribute}Role`],
      ...attribute('role', `arn:aws:iam::${account}:role/dev,${federated.Federated}`),
    },
    forbidden,
  ],
  'no name of the subject': [{ without: ['NameID'] }, forbidden],
  'no session name': [
    { without: [`${awsAttribute}RoleSessionName`] },
    invalid('RoleSessionName is required in AuthnResponse'),
  ],
  'a session name with spaces': [
    attribute('RoleSessionName', 'ann bell'),
    invalid('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}'),
  ],
  'a session name of two characters': [attribute('RoleSessionName', 'an'), undefined],
  'a source identity that is reserved': [
    attribute('SourceIdentity', 'aws:ann'),
    invalid('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'),
  ],
  'an attribute that stands twice': [
    {
      attributes: [
        [`${awsAttribute}PrincipalTag:team`, ['blue']],
        [`${awsAttribute}PrincipalTag:team`, ['red']],
      ],
    },
    invalid('Response contains an attribute more than once'),
  ],
  'a session shorter than any': [
    attribute('SessionDuration', '899'),
    invalid('SessionDuration in AuthnResponse must be between 900 and 43200'),
  ],
}

for (const [title, cases] of Object.entries({ 'an assertion in time': times, 'what an assertion claims': claims }))
  describe(title, () => {
    for (const [what, [changes, refused]] of Object.entries(cases))
      test(`${what}: ${refused ? 'refused' : 'taken'}`, async (t) => {
        const reply = await attempt(await setSamlStage(t), changes)
        if (refused) assert.deepEqual(refusal(reply), refused)
        else assert.equal(reply.status, 200, reply.text)
      })
  })

test('the provider must be there, and the role in its account', async (t) => {
  const stage = await setSamlStage(t)
  const response = await stage.response()
  const unknown = await stage.assume(response, { PrincipalArn: `${stage.provider.arn}x` })
  assert.deepEqual(refusal(unknown), invalid("Specified provider doesn't exist"))
  const there = addRole(stage, 'there', trust(federated, undefined, samlActions), { accountId: otherAccount })
  const pair = attribute('Role', `${there},${stage.provider.arn}`)
  assert.deepEqual(refusal(await attempt(stage, pair, { RoleArn: there })), forbidden)
  const reserved = addRole(stage, 'AWSReservedSSO_x', trust(federated, undefined, samlActions))
  const other = attribute('Role', `${reserved},${stage.provider.arn}`)
  assert.deepEqual(refusal(await attempt(stage, other, { RoleArn: reserved })), forbidden)
})

test('a role that is not there is refused in the words of one that does not trust the provider', async (t) => {
  const stage = await setSamlStage(t)
  const closed = addRole(stage, 'closed', trust({ AWS: account }))
  for (const RoleArn of [closed, `arn:aws:iam::${account}:role/missing`])
    assert.deepEqual(
      refusal(await attempt(stage, attribute('Role', `${RoleArn},${stage.provider.arn}`), { RoleArn })),
      forbidden,
    )
})

test('tags and a source identity need permission of their own', async (t) => {
  const stage = await setSamlStage(t)
  const plain = addRole(stage, 'plain', trust(federated, undefined, 'sts:AssumeRoleWithSAML'))
  const pair = [`${awsAttribute}Role`, [`${plain},${stage.provider.arn}`]] as const
  const to = (role: string, changes: Changes['attributes'] = []) =>
    attempt(stage, { attributes: [...(role === plain ? [pair] : []), ...changes] }, { RoleArn: role })
  const tag = [`${awsAttribute}PrincipalTag:Team`, ['blue']] as const
  const source = [`${awsAttribute}SourceIdentity`, ['ann']] as const
  assert.equal((await to(plain)).status, 200)
  assert.deepEqual(refusal(await to(plain, [tag])), [403, 'AccessDenied', 'Not authorized to perform sts:TagSession'])
  assert.deepEqual(refusal(await to(plain, [source])), [
    ...[403, 'AccessDenied', 'Not authorized to perform sts:SetSourceIdentity'],
  ])
  const both = await to(stage.role, [tag, source, [`${awsAttribute}TransitiveTagKeys`, ['Team']]])
  assert.equal(both.get('SourceIdentity'), 'ann')
  const session = stage.sandbox.cloud.sessions.get(credentialsIn(both).accessKeyId)
  assert.deepEqual([session?.tags, session?.transitiveTagKeys], [{ Team: 'blue' }, ['Team']])
})

test('a trust policy can ask who the subject is, and for what the response was meant', async (t) => {
  const stage = await setSamlStage(t)
  const eduPerson = 'urn:oid:1.3.6.1.4.1.5923.1.1.1.1'
  const under = async (condition: object): Promise<number> => {
    addRole(stage, 'dev', trust(federated, condition, samlActions))
    return (await attempt(stage, { attributes: [[eduPerson, ['staff', 'member']]] })).status
  }
  const aud = 'https://signin.aws.amazon.com/saml'
  assert.equal(
    await under({ StringEquals: { 'saml:aud': aud, 'saml:sub': 'ann', 'saml:sub_type': 'persistent' } }),
    200,
  )
  assert.equal(await under({ StringEquals: { 'saml:aud': 'urn:amazon:webservices' } }), 403)
  assert.equal(await under({ StringEquals: { 'saml:sub': 'eve' } }), 403)
  assert.equal(await under({ StringEquals: { 'saml:iss': stage.provider.entityId } }), 200)
  assert.equal(await under({ StringEquals: { 'saml:doc': `${account}/idp` } }), 200)
  assert.equal(await under({ 'ForAnyValue:StringEquals': { 'saml:edupersonaffiliation': 'staff' } }), 200)
  assert.equal(await under({ 'ForAnyValue:StringEquals': { 'saml:edupersonaffiliation': 'student' } }), 403)
})

test('a session lasts as asked, but no longer than the assertion wishes or the session at the provider', async (t) => {
  const stage = await setSamlStage(t)
  addRole(stage, 'dev', trust(federated, undefined, samlActions), { maxSessionDuration: 7200 })
  const end = async (changes: Changes, DurationSeconds?: number) =>
    (await attempt(stage, changes, { DurationSeconds })).get('Credentials', 'Expiration')?.slice(11, 19)
  assert.equal(await end({}, 7200), '11:00:00')
  assert.equal(await end(attribute('SessionDuration', '1800'), 7200), '09:30:00')
  assert.equal(await end(attribute('SessionDuration', '7200')), '10:00:00', 'an hour unless asked for more')
  assert.equal(await end({ sessionNotOnOrAfter: after(1200) }, 7200), '09:20:00')
  const long = await attempt(stage, {}, { DurationSeconds: 7201 })
  assert.deepEqual(refusal(long), [
    ...[400, 'ValidationError'],
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  ])
})

test('a session policy narrows the session', async (t) => {
  const stage = await setSamlStage(t)
  const reply = await attempt(stage, {}, { Policy: allow('s3:*', '*') })
  assert.ok(Number(reply.get('PackedPolicySize')) > 0)
  const users = await ask(stage, credentialsIn(reply), { Action: 'ListUsers' }, { service: 'iam' })
  assert.equal(users.status, 403)
})

test('the session is no chain: it assumes a role for an hour, like every session of a role', async (t) => {
  const stage = await setSamlStage(t)
  const next = addRole(stage, 'next', trust({ AWS: stage.role }), { maxSessionDuration: 7200 })
  const session = credentialsIn(await attempt(stage))
  const assume = { Action: 'AssumeRole', RoleArn: next, RoleSessionName: 'work' }
  assert.equal((await ask(stage, session, assume)).status, 200)
  assert.equal((await ask(stage, session, { ...assume, DurationSeconds: 7200 })).code, 'ValidationError')
})

test('the trail tells of a SAML user, by the ID of the assertion and never the assertion', async (t) => {
  const stage = await setSamlStage(t)
  const reply = await attempt(stage, attribute('PrincipalTag:team', 'blue'))
  const call = [...stage.sandbox.cloud.calls.values()].find(({ operation }) => operation === 'AssumeRoleWithSAML')
  const { userIdentity, requestParameters, ...record } = call?.detail ?? {}
  assert.equal(call?.accountId, account)
  assert.equal(call && trailEvent(call).Username, 'ann')
  assert.deepEqual(userIdentity, {
    type: 'SAMLUser',
    principalId: `${reply.get('NameQualifier')}:ann`,
    userName: 'ann',
    identityProvider: reply.get('NameQualifier'),
  })
  const { sAMLAssertionID, ...parameters } = requestParameters as Record<string, unknown>
  assert.match(String(sAMLAssertionID), /^_[0-9a-f-]{36}$/)
  assert.deepEqual(parameters, {
    roleSessionName: 'ann@example.com',
    principalTags: { team: 'blue' },
    roleArn: stage.role,
    principalArn: stage.provider.arn,
    durationSeconds: 3600,
  })
  assert.equal(record.recipientAccountId, account)
  assert.ok(!JSON.stringify([...stage.sandbox.cloud.calls.values()]).includes('PHNhbWxw'))
})

test('nobody has to sign, and nothing else is open to who does not', async (t) => {
  const stage = await setSamlStage(t)
  for (const Action of ['GetCallerIdentity', 'AssumeRole'])
    assert.equal((await askUnsigned(stage, { Action })).code, 'MissingAuthenticationToken')
})
