import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SigningKey } from '../../model/signing-key.ts'
import { sign } from '../../wire/sigv4/sign.ts'
import { account, addUser, allow, otherAccount, type Stage, send, setStage } from '../stage.test.ts'
import { leafExtensions, make, revoke, setRolesAnywhereStage, signerOf } from './stage.test.ts'

/** A call of the control plane, and what came of it. */
async function ask(
  stage: Stage,
  target: string,
  body?: object,
  method = body ? 'POST' : 'GET',
  key: SigningKey = stage.sandbox,
) {
  const text = body === undefined ? '' : JSON.stringify(body)
  const request = {
    ...{ method, target },
    headers: [
      ['Host', new URL(stage.sandbox.endpoint).host],
      ['Content-Type', 'application/json'],
      ['Content-Length', String(Buffer.byteLength(text))],
    ] as const,
  }
  const signed = sign(request, { body: text }, key, { region: 'us-east-1', service: 'rolesanywhere' }, stage.now)
  const { status, headers, text: told } = await send(stage, signed, text)
  return { status, code: headers['x-amzn-errortype'], told: JSON.parse(told) }
}

const bundle = (x509CertificateData: string) => ({
  sourceType: 'CERTIFICATE_BUNDLE',
  sourceData: { x509CertificateData },
})

test('a trust anchor is made of authorities, shown, changed, switched and deleted', async (t) => {
  const stage = await setStage(t)
  const root = await make()
  const leaf = await make({ issuer: root, extensions: leafExtensions })
  const made = await ask(stage, '/trustanchors', { name: 'ca', source: bundle(root.pem), enabled: true })
  assert.equal(made.status, 201)
  const { trustAnchorId: id, trustAnchorArn, createdAt, enabled } = made.told.trustAnchor
  assert.deepEqual(
    [trustAnchorArn, createdAt, enabled],
    [`arn:aws:rolesanywhere:us-east-1:${account}:trust-anchor/${id}`, stage.now.toISOString(), true],
  )
  assert.deepEqual((await ask(stage, `/trustanchor/${id}`)).told, made.told)
  for (const wrong of ['', 'no certificate', `${root.pem}${leaf.pem}`, leaf.pem]) {
    const { status, code } = await ask(stage, '/trustanchors', { name: 'x', source: bundle(wrong) })
    assert.deepEqual([status, code], [400, 'ValidationException'], wrong.slice(0, 20))
  }
  assert.equal((await ask(stage, '/trustanchors', { name: 'x', source: { sourceType: 'AWS_ACM_PCA' } })).status, 400)
  assert.equal((await ask(stage, `/trustanchor/${id}/disable`, {})).told.trustAnchor.enabled, false)
  assert.equal((await ask(stage, `/trustanchor/${id}`, { name: 'other' }, 'PATCH')).told.trustAnchor.name, 'other')
  assert.equal((await ask(stage, `/trustanchor/${id}`, undefined, 'DELETE')).status, 200)
  const gone = await ask(stage, `/trustanchor/${id}`)
  assert.deepEqual(
    [gone.status, gone.code, gone.told],
    [404, 'ResourceNotFoundException', { message: 'Trust anchor not found.' }],
  )
})

test('who may pass a role may hand it out in a profile, and nobody else', async (t) => {
  const stage = await setStage(t)
  const roleArns = [`arn:aws:iam::${account}:role/web`]
  const create = (name: string, key: SigningKey) => ask(stage, '/profiles', { name, roleArns }, 'POST', key)
  const only = addUser(stage, 'ann', allow('rolesanywhere:*', '*'))
  const refused = await create('x', only)
  assert.deepEqual([refused.status, refused.code], [403, 'AccessDeniedException'])
  assert.match(refused.told.message, /not authorized to perform: iam:PassRole on resource: .*role\/web/)
  const both = addUser(stage, 'bob', allow(['rolesanywhere:*', 'iam:PassRole'], '*'))
  const made = await create('web', both)
  assert.equal(made.status, 201)
  const { profileId } = made.told.profile
  const more = { roleArns: [...roleArns, `arn:aws:iam::${account}:role/admin`] }
  assert.equal((await ask(stage, `/profile/${profileId}`, more, 'PATCH', only)).status, 403)
  assert.equal((await ask(stage, `/profile/${profileId}`, { durationSeconds: 900 }, 'PATCH', only)).status, 200)
  const nobody = addUser(stage, 'eve')
  assert.equal((await ask(stage, '/profiles', undefined, 'GET', nobody)).status, 403)
})

test('what is another account’s, or of another region, is not there', async (t) => {
  const stage = await setStage(t)
  const made = await ask(stage, '/trustanchors', { name: 'ca', source: bundle((await make()).pem) })
  const { trustAnchorId, trustAnchorArn } = made.told.trustAnchor
  const other = addUser(stage, 'zoe', allow('*', '*'), { accountId: otherAccount })
  assert.equal((await ask(stage, `/trustanchor/${trustAnchorId}`, undefined, 'GET', other)).status, 404)
  assert.deepEqual((await ask(stage, '/trustanchors', undefined, 'GET', other)).told.trustAnchors, [])
  const tags = `/ListTagsForResource?resourceArn=${encodeURIComponent(trustAnchorArn)}`
  assert.equal((await ask(stage, tags, undefined, 'GET', other)).status, 404)
  assert.deepEqual((await ask(stage, tags)).told, { tags: [] })
  const crl = { name: 'x', trustAnchorArn, crlData: Buffer.from(await revoke(await make())).toString('base64') }
  assert.equal((await ask(stage, '/crls', crl, 'POST', other)).status, 404)
  assert.equal((await ask(stage, '/crls', crl)).status, 201)
})

test('who came with a certificate is kept, with what became of it', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const leaf = await make({ issuer: stage.root, serial: '11' })
  await stage.createSession(signerOf(leaf))
  stage.later(60)
  await stage.createSession(signerOf(await make({ issuer: await make(), serial: '12' })))
  const { subjects } = (await ask(stage, '/subjects')).told
  assert.equal(subjects.length, 1)
  const { subject } = (await ask(stage, `/subject/${subjects[0].subjectId}`)).told
  assert.equal(subject.x509Subject, 'CN=web-1,O=Example')
  assert.equal(subject.lastSeenAt, stage.now.toISOString())
  assert.deepEqual(
    subject.credentials.map(({ serialNumber, failed }: { serialNumber: string; failed: boolean }) => [
      serialNumber,
      failed,
    ]),
    [
      ['18', true],
      ['17', false],
    ],
  )
})

test('paths and methods that are none, and bodies that are no JSON, are refused in REST JSON', async (t) => {
  const stage = await setStage(t)
  for (const [target, method] of [
    ['/', 'GET'],
    ['/trustanchor', 'GET'],
    ['/trustanchor/a/b/c', 'GET'],
    ['/trustanchors', 'PUT'],
  ] as const)
    assert.deepEqual([(await ask(stage, target, undefined, method)).code], ['UnknownOperationException'], target)
  const wrong = await ask(stage, '/trustanchor/not-an-id')
  assert.deepEqual([wrong.status, wrong.code], [400, 'ValidationException'])
  assert.match(wrong.told.message, /'trustAnchorId' failed to satisfy constraint/)
  assert.equal((await ask(stage, '/profiles', [] as object)).code, 'SerializationException')
})
