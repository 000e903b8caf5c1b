import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, otherAccount } from '../stage.test.ts'
import {
  type Answered,
  type Asked,
  allThree,
  authorityExtensions,
  make,
  setRolesAnywhereStage,
  signerOf,
  trustOf,
} from './stage.test.ts'

function refused({ status, code, message }: Answered, text: RegExp, as = 'AccessDeniedException'): void {
  assert.match(message ?? '', text)
  assert.deepEqual(
    { status, code },
    { status: as === 'AccessDeniedException' ? 403 : as === 'ResourceNotFoundException' ? 404 : 400, code: as },
  )
}

test('a certificate gets a session named after its serial number in hexadecimal, with its attributes as tags', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  for (const type of ['ec', 'rsa'] as const) {
    const leaf = await make({ issuer: stage.root, type })
    const { status, session, key } = await stage.createSession(signerOf(leaf))
    assert.equal(status, 201)
    assert.match(session.arn ?? '', /:assumed-role\/web\/0c3f5e$/)
    assert.equal(session.sourceIdentity, 'web-1')
    assert.equal(session.expiration, '2026-11-21T10:00:00Z')
    const who = await ask(stage, key, { Action: 'GetCallerIdentity' })
    assert.equal(who.get('Arn'), session.arn)
    const kept = stage.sandbox.cloud.sessions.get(key.accessKeyId)
    assert.deepEqual(kept?.tags, {
      'x509Issuer/CN': 'Root',
      'x509Issuer/O': 'Example',
      'x509Subject/CN': 'web-1',
      'x509Subject/O': 'Example',
    })
  }
})

test('a role may ask for what the certificate says, and for the trust anchor it came through', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const signer = signerOf(await make({ issuer: stage.root }))
  const conditions = (common: string, anchor: string) => ({
    StringEquals: { 'aws:PrincipalTag/x509Subject/CN': common },
    ArnEquals: { 'aws:SourceArn': anchor },
  })
  stage.changeRole({ trust: trustOf(allThree, conditions('web-1', stage.anchor().arn)) })
  assert.equal((await stage.createSession(signer)).status, 201)
  stage.changeRole({ trust: trustOf(allThree, conditions('web-2', stage.anchor().arn)) })
  refused(await stage.createSession(signer), /^Unable to assume role for arn:aws:iam::111122223333:role\/web$/)
  stage.changeRole({ trust: trustOf(allThree, conditions('web-1', `${stage.anchor().arn}0`)) })
  refused(await stage.createSession(signer), /^Unable to assume role/)
})

test('a role that leaves out one of the three actions is refused, as is one that trusts another service', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const signer = signerOf(await make({ issuer: stage.root }))
  for (const missing of allThree) {
    stage.changeRole({ trust: trustOf(allThree.filter((action) => action !== missing)) })
    refused(await stage.createSession(signer), /^Unable to assume role/)
  }
  stage.changeRole({ trust: trustOf(allThree).replace('rolesanywhere', 'ec2') })
  refused(await stage.createSession(signer), /^Unable to assume role/)
  stage.changeRole({ trust: trustOf(allThree) })
  assert.equal((await stage.createSession(signer)).status, 201)
})

test('only roles of the profile can be had, and only while anchor and profile are enabled', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const signer = signerOf(await make({ issuer: stage.root }))
  const { roleArns } = stage.profile()
  stage.changeProfile({ roleArns: [] })
  refused(await stage.createSession(signer), /^Unable to assume role/)
  stage.changeProfile({ roleArns, enabled: false })
  refused(await stage.createSession(signer), /^Profile is disabled$/)
  stage.changeProfile({ enabled: true })
  stage.changeAnchor({ enabled: false })
  refused(await stage.createSession(signer), /^Trust anchor is disabled$/)
  stage.changeAnchor({ enabled: true })
  assert.equal((await stage.createSession(signer)).status, 201)
  const nowhere = { trustAnchorArn: stage.anchor().arn.replace('anchor/0', 'anchor/1') }
  refused(await stage.createSession(signer, { arns: nowhere }), /^Trust anchor not found/, 'ResourceNotFoundException')
})

test('what belongs to another account or region does not go together', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const signer = signerOf(await make({ issuer: stage.root }))
  refused(
    await stage.createSession(signer, { region: 'eu-west-1' }),
    /^Trust anchor not found/,
    'ResourceNotFoundException',
  )
  stage.changeProfile({ accountId: otherAccount })
  refused(await stage.createSession(signer), /^Profile not found/, 'ResourceNotFoundException')
  const { roleArns } = stage.profile()
  const roleArn = roleArns[0]?.replace('role/web', 'role/path/web') ?? ''
  stage.changeProfile({ accountId: stage.anchor().accountId, roleArns: [roleArn, ...roleArns] })
  refused(await stage.createSession(signer, { arns: { roleArn } }), /^Unable to assume role for .*role\/path\/web$/)
  assert.equal((await stage.createSession(signer)).status, 201)
})

test('the ARNs may stand in the body, but not be different there', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const signer = signerOf(await make({ issuer: stage.root }))
  const inBody = { trustAnchorArn: stage.anchor().arn, profileArn: stage.profile().arn }
  assert.equal((await stage.createSession(signer, { body: inBody })).status, 201)
  const other = { body: { profileArn: stage.profile().arn.replace('profile/0', 'profile/1') } }
  refused(await stage.createSession(signer, other), /^profileArn is given twice/, 'ValidationException')
})

test('the signature covers the request: another body, another role, another serial, another algorithm are refused', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const signer = signerOf(await make({ issuer: stage.root }))
  const change = (from: string, to: string): Asked => ({
    tamper: ({ method, target, headers }) => ({
      method,
      target: target.replace(from, to),
      headers: headers.map(([name, value]) => [name, name === 'Authorization' ? value.replace(from, to) : value]),
    }),
  })
  const mismatch = /^The request signature we calculated does not match/
  refused(await stage.createSession(signer, change('role%2Fweb', 'role%2Fadmin')), mismatch)
  // 0x0c3f5e is 802654 in decimal, which is what a credential names.
  refused(await stage.createSession(signer, change('Credential=802654/', 'Credential=802655/')), mismatch)
  refused(
    await stage.createSession(signer, change('Credential=802654/', 'Credential=0c3f5e/')),
    /in decimal/,
    'ValidationException',
  )
  refused(await stage.createSession(signer, change('ECDSA', 'RSA')), mismatch)
  refused(
    await stage.createSession(signer, change('ECDSA', 'HMAC')),
    /^Unsupported AWS algorithm$/,
    'ValidationException',
  )
  assert.equal((await stage.createSession(signer)).status, 201)
})

test('a signature of somebody else for the certificate is refused', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const [leaf, thief] = [await make({ issuer: stage.root }), await make({ issuer: stage.root })]
  const forged = { ...signerOf(leaf), sign: signerOf(thief).sign }
  refused(await stage.createSession(forged), /^The request signature we calculated does not match/)
  assert.equal((await stage.createSession(signerOf(thief))).status, 201)
})

test('a signature is good for five minutes, either way', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const signer = signerOf(await make({ issuer: stage.root }))
  const at = (seconds: number) => ({ at: new Date(stage.now.getTime() + seconds * 1000) })
  assert.equal((await stage.createSession(signer, at(-300))).status, 201)
  refused(await stage.createSession(signer, at(-301)), /^Signature expired/)
  assert.equal((await stage.createSession(signer, at(300))).status, 201)
  refused(await stage.createSession(signer, at(301)), /^Signature not yet current/)
})

test('a session lasts the least of what is asked, the profile and the role', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const signer = signerOf(await make({ issuer: stage.root }))
  const lasts = async (body: object) => {
    const { session } = await stage.createSession(signer, { body })
    return (Date.parse(session.expiration ?? '') - stage.now.getTime()) / 1000
  }
  assert.equal(await lasts({ durationSeconds: 900 }), 900)
  assert.equal(await lasts({ durationSeconds: 43_200 }), 3600)
  stage.changeProfile({ duration: 7200 })
  assert.equal(await lasts({}), 3600)
  stage.changeRole({ maxSessionDuration: 43_200 })
  assert.equal(await lasts({}), 7200)
  const tooShort = await stage.createSession(signer, { body: { durationSeconds: 899 } })
  refused(tooShort, /'durationSeconds' failed to satisfy constraint/, 'ValidationException')
})

test('a name for the session is taken where the profile accepts one', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const signer = signerOf(await make({ issuer: stage.root }))
  const named = { body: { roleSessionName: 'nightly' } }
  refused(await stage.createSession(signer, named), /does not accept a custom role session name$/)
  stage.changeProfile({ acceptRoleSessionName: true })
  assert.match((await stage.createSession(signer, named)).session.arn ?? '', /\/nightly$/)
})

test('session policies of the profile narrow the session', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const signer = signerOf(await make({ issuer: stage.root }))
  stage.changeRole({ attached: ['arn:aws:iam::aws:policy/AdministratorAccess'] })
  const listUsers = async () => {
    const { key } = await stage.createSession(signer)
    return (await ask(stage, key, { Action: 'ListUsers' }, { service: 'iam' })).status
  }
  assert.equal(await listUsers(), 200)
  const readS3 = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
  stage.changeProfile({ sessionPolicy: JSON.stringify({ Version: '2012-10-17', Statement: [readS3] }) })
  assert.equal(await listUsers(), 403)
  stage.changeProfile({ managedPolicyArns: ['arn:aws:iam::aws:policy/IAMFullAccess'] })
  assert.equal(await listUsers(), 200)
  stage.changeProfile({ managedPolicyArns: ['arn:aws:iam::aws:policy/NoSuchPolicy'] })
  refused(await stage.createSession(signer), /^The managed policy .*NoSuchPolicy of the profile does not exist$/)
})

test('a certificate opens sessions and nothing else', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const signer = signerOf(await make({ issuer: stage.root, extensions: authorityExtensions() }))
  const elsewhere = await stage.createSession(signer, {
    tamper: (request) => ({ ...request, method: 'GET', target: '/trustanchors' }),
  })
  refused(elsewhere, /^A certificate can be used to create a session, and for nothing else\.$/)
})
