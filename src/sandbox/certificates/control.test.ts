import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { keyOf } from '../cloud.ts'
import type { SandboxOptions } from '../index.ts'
import { account, addRole, type Stage, setStage, start, trust } from '../stage.test.ts'

type Json = Readonly<Record<string, string>> & { readonly rolesAnywhere: Readonly<Record<string, string>> }

async function ask({ sandbox }: Stage, body: unknown, path = 'certificates', method = 'POST') {
  const answer = await fetch(`${sandbox.endpoint}/_mayfly/${path}`, {
    method,
    headers: { authorization: `Bearer ${sandbox.controlToken}` },
    ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
  })
  return { status: answer.status, told: (await answer.json()) as Json }
}

const authority = async (stage: Stage) =>
  (await ask(stage, undefined, 'certificates/authority', 'GET')).told.certificate ?? ''

test('a certificate says what was asked, is of the sandbox’s authority, and has its key with it', async (t) => {
  const stage = await setStage(t)
  for (const keyType of ['ec', 'rsa']) {
    const names = { dns: ['web.example.com', '*.example.com'], uris: ['spiffe://example/web'] }
    const subject = { commonName: 'web-1', organization: 'Example, Inc.', organizationalUnits: ['Ops', 'Web'] }
    const { status, told } = await ask(stage, { ...subject, ...names, keyType, lifetime: 60 })
    assert.equal(status, 200)
    const certificate = new X509Certificate(told.certificate ?? '')
    assert.equal(certificate.subject, 'O=Example\\, Inc.\nOU=Ops\nOU=Web\nCN=web-1')
    assert.equal(certificate.subjectAltName, 'DNS:web.example.com, DNS:*.example.com, URI:spiffe://example/web')
    assert.equal(certificate.publicKey.asymmetricKeyType, keyType)
    assert.ok(certificate.checkPrivateKey(createPrivateKey(told.privateKey ?? '')))
    assert.ok(certificate.verify(new X509Certificate(await authority(stage)).publicKey))
    assert.equal(told.authority, await authority(stage))
    assert.ok(!certificate.ca)
    assert.deepEqual(certificate.validFromDate, start)
    assert.equal(certificate.validToDate.getTime() - start.getTime(), 60_000)
    assert.equal(told.serialNumber, BigInt(`0x${certificate.serialNumber}`).toString())
  }
})

test('for a role there come a trust anchor, a profile and the role, once', async (t) => {
  const stage = await setStage(t)
  const first = await ask(stage, { commonName: 'web-1', roleName: 'web' })
  const second = await ask(stage, { commonName: 'web-2', roleName: 'web' })
  assert.deepEqual(first.told.rolesAnywhere, second.told.rolesAnywhere)
  assert.equal(first.told.rolesAnywhere.roleArn, `arn:aws:iam::${account}:role/web`)
  const role = stage.sandbox.cloud.roles.get(keyOf(account, 'web'))
  assert.deepEqual(role?.attached, ['arn:aws:iam::aws:policy/ReadOnlyAccess'])
  const own = trust({ AWS: account })
  addRole(stage, 'kept', own)
  await ask(stage, { commonName: 'web-1', roleName: 'kept', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
  const kept = stage.sandbox.cloud.roles.get(keyOf(account, 'kept'))
  assert.deepEqual([kept?.trust, kept?.attached], [own, []])
})

test('what cannot be a certificate is refused, and nothing is made', async (t) => {
  const stage = await setStage(t)
  for (const wrong of [
    {},
    [],
    { commonName: '' },
    { commonName: 'x', lifetime: 0 },
    { commonName: 'x', keyType: 'dsa' },
    { commonName: 'x', dns: ['a b'] },
  ])
    assert.equal((await ask(stage, wrong)).status, 400, JSON.stringify(wrong))
  const unknown = { commonName: 'x', roleName: 'web', policyArn: 'arn:aws:iam::aws:policy/NoSuch' }
  assert.equal((await ask(stage, unknown)).status, 400)
  assert.equal(stage.sandbox.cloud.roles.get(keyOf(account, 'web')), undefined)
  const { endpoint } = stage.sandbox
  const stranger = await fetch(`${endpoint}/_mayfly/certificates`, { method: 'POST', body: '{"commonName":"x"}' })
  assert.equal(stranger.status, 401)
})

test('the authority is made once, and outlives the sandbox with its state', async (t) => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'mayfly-authority-'))
  t.after(() => rmSync(stateDirectory, { recursive: true, force: true }))
  const run = async (context: TestContext, options: Partial<SandboxOptions>) => {
    const stage = await setStage(context, options)
    const [one, two] = await Promise.all([authority(stage), ask(stage, { commonName: 'x' })])
    assert.equal(one, two.told.authority)
    await stage.sandbox.close()
    return one
  }
  assert.equal(await run(t, { stateDirectory }), await run(t, { stateDirectory }))
})
