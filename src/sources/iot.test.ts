import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { sourceContract } from '../../test/contracts/source.ts'
import { type StsStage, stsStage } from '../../test/contracts/sts-stage.ts'
import { nodeFetch } from '../host/fetch.ts'
import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import type { IotSpec } from '../model/source-spec.ts'
import { authorityOf } from '../sandbox/certificates/authority.ts'
import { issueCertificate } from '../sandbox/certificates/issue-certificate.ts'
import { keyOf } from '../sandbox/cloud.ts'
import { certificateIdOf } from '../sandbox/iot/certificates.ts'
import { iotTables } from '../sandbox/iot/state.ts'
import { memoryStore } from '../sandbox/store.ts'
import { cachedSession } from './cached-session.ts'
import { certificatesIn } from './certificates/certificate-file.ts'
import { open } from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'mayfly-iot-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const place = (name: string): string => join(directory, name)
const host: Partial<Host> = { readFile: (path) => readFile(path), variable: () => undefined }
const doc = (statement: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })

/** Gives the device a certificate that is registered, as a renewal does. */
async function renew({ sandbox: { cloud, accountId, region } }: StsStage, lifetime = 864_000): Promise<void> {
  const subject = { commonName: 'lamp', organizationalUnits: [], dns: [], uris: [], keyType: 'ec' } as const
  const { certificate, privateKey, authority } = await issueCertificate(cloud, { ...subject, lifetime })
  writeFileSync(place('key.pem'), privateKey)
  writeFileSync(place('certificate.pem'), certificate)
  writeFileSync(place('authority.pem'), authority)
  const id = certificateIdOf(certificatesIn(Buffer.from(certificate), '')[0])
  const at = cloud.now().toISOString()
  const arn = `arn:aws:iot:${region}:${accountId}:cert/${id}`
  const times = { createdAt: at, updatedAt: at }
  const row = { arn, accountId, region, id, pem: certificate, status: 'ACTIVE', policies: ['lamps'], ...times } as const
  iotTables(cloud).certificates.put(arn, row)
}

async function specOn(stage: StsStage): Promise<IotSpec> {
  const { cloud, accountId, region, iotCredentialsEndpoint } = stage.sandbox
  const createdAt = cloud.now().toISOString()
  const common = { accountId, region, createdAt }
  const prefix = `arn:aws:iot:${region}:${accountId}`
  const { policies, roleAliases } = iotTables(cloud)
  const document = doc({ Action: 'iot:AssumeRoleWithCertificate', Resource: '*' })
  policies.put(`${prefix}:policy/lamps`, {
    ...{ ...common, arn: `${prefix}:policy/lamps`, name: 'lamps', document, updatedAt: createdAt },
    ...{ defaultVersionId: '1', versions: [{ id: '1', document, createdAt }], nextVersion: 2 },
  })
  const reader = cloud.roles.get(keyOf(accountId, 'reader'))
  assert.ok(reader)
  const trust = doc({ Principal: { Service: 'credentials.iot.amazonaws.com' }, Action: 'sts:AssumeRole' })
  cloud.roles.put(keyOf(accountId, 'reader'), { ...reader, trust })
  const arn = `${prefix}:rolealias/lamp`
  const alias = { name: 'lamp', roleArn: stage.role('reader'), duration: 3600, updatedAt: createdAt }
  roleAliases.put(arn, { ...common, arn, ...alias })
  await renew(stage)
  return {
    ...{ kind: 'iot', endpoint: iotCredentialsEndpoint, roleAlias: 'lamp' },
    ...{ certificate: place('certificate.pem'), privateKey: place('key.pem'), caBundle: place('authority.pem') },
  }
}

/** The network with client certificates, counted by the stage. */
function networkOf(stage: StsStage): Host['fetch'] {
  const send = nodeFetch({})
  return (request, as) => {
    stage.calls.push(new URLSearchParams())
    return send(request, as)
  }
}

describe('iot', () => {
  const outside: { -readonly [Part in keyof Host]?: Host[Part] } = { ...host }
  sourceContract('iot', {
    spec: (stage) => {
      outside.fetch = networkOf(stage)
      return specOn(stage)
    },
    ...{ host: outside, hasKey: false, calls: 1, questions: 0 },
    arn: /:assumed-role\/reader\/[0-9a-f]{64}$/,
  })
})

describe('a device', () => {
  let stage: StsStage
  let spec: IotSpec
  let outside: Host
  before(async () => {
    stage = await stsStage()
    outside = stage.process({ ...host, fetch: networkOf(stage) })
  })
  beforeEach(async () => {
    spec = await specOn(stage)
    stage.advance(60)
    for (const name of await stage.vault.list('session/')) await stage.vault.delete(name)
    stage.calls.length = 0
  })
  after(() => stage.sandbox.close())

  const refused = (change: Partial<IotSpec>, code: string, message: RegExp, hint: RegExp) =>
    assert.rejects(
      async () => open({ ...spec, ...change }, outside)(),
      (error) => {
        assert.ok(error instanceof Failure)
        assert.match(error.message, message)
        assert.match(error.hint ?? '', hint)
        return error.code === code
      },
    )

  test('gets no session that outlives its certificate, and another one with another certificate', async () => {
    await renew(stage, 1800)
    const first = await open(spec, outside)()
    assert.ok(first.expiration.getTime() - outside.now().getTime() <= 1_800_000)
    assert.ok(await cachedSession(spec, stage.vault, outside.now()))
    await renew(stage)
    assert.equal(await cachedSession(spec, stage.vault, outside.now()), undefined)
    assert.notEqual((await open(spec, outside)()).accessKeyId, first.accessKeyId)
  })

  test('with a certificate that is over sends nothing', async () => {
    await renew(stage, 60)
    stage.advance(61)
    await refused({}, 'credentials-expired', /The certificate ended at 2026-/, /Renew it/)
    assert.equal(stage.calls.length, 0)
  })

  test('is told what is missing at AWS, in its words', async () => {
    const { cloud } = stage.sandbox
    const { certificates, things } = iotTables(cloud)
    await refused({ thing: 'kettle' }, 'access-denied', /: Invalid thing name passed$/, /to the thing kettle/)
    await refused({ roleAlias: 'other' }, 'aws-refused', /: Role alias does not exist$/, /mayfly_iot_role_alias/)
    const [certificate] = [...certificates.values()].toReversed()
    assert.ok(certificate)
    certificates.put(certificate.arn, { ...certificate, policies: [] })
    await refused({}, 'access-denied', /: Access Denied$/, /iot:AssumeRoleWithCertificate on the role alias lamp/)
    certificates.put(certificate.arn, { ...certificate, status: 'INACTIVE' })
    await refused({}, 'access-denied', /: Certificate is invalid on this endpoint$/, /ACTIVE/)
    certificates.put(certificate.arn, certificate)
    const { accountId, region } = certificate
    const arn = `arn:aws:iot:${region}:${accountId}:thing/kettle`
    const row = { arn, accountId, region, createdAt: certificate.createdAt, name: 'kettle', id: 'x', version: 1 }
    things.put(arn, { ...row, attributes: {}, principals: [certificate.arn] })
    assert.ok(await open({ ...spec, thing: 'kettle' }, outside)())
  })

  test('trusts the authorities of its bundle and no others, and no other name', async () => {
    await refused({ endpoint: spec.endpoint.replace(/^c/, 'd') }, 'network', /was not reached/, /./)
    const { caBundle: _, ...publicly } = spec
    await assert.rejects(open(publicly, outside)(), (error) => error instanceof Failure && error.code === 'network')
    const other = await authorityOf({ ...stage.sandbox.cloud, store: memoryStore() })
    writeFileSync(place('authority.pem'), other.certificate)
    await assert.rejects(open(spec, outside)(), (error) => error instanceof Failure && error.code === 'network')
  })

  test('must name its endpoint by name, and hold the key of its certificate', async () => {
    await refused({ endpoint: '127.0.0.1:8443' }, 'config-invalid', /not the name of a host/, /describe-endpoint/)
    await refused({ endpoint: 'a.example/x' }, 'config-invalid', /not the name of a host/, /describe-endpoint/)
    await refused({ roleAlias: '../x' }, 'config-invalid', /role alias cannot be/, /./)
    const stranger = await issueCertificate(stage.sandbox.cloud, {
      ...{ commonName: 'x', organizationalUnits: [], dns: [], uris: [], keyType: 'ec', lifetime: 60 },
    })
    writeFileSync(place('key.pem'), stranger.privateKey)
    await refused({}, 'config-invalid', /is not the one of/, /mayfly_private_key/)
  })

  test('may have its key encrypted, in the file of its certificate', async () => {
    const key = createPrivateKey(await readFile(place('key.pem')))
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'open sesame' }
    const encrypted = key.export({ format: 'pem', type: 'pkcs8', ...cipher })
    writeFileSync(place('both.pem'), `${encrypted}${await readFile(place('certificate.pem'), 'utf8')}`)
    const both = { ...spec, certificate: place('both.pem'), privateKey: place('both.pem') }
    const asked = { ...outside, ask: async () => 'open sesame' }
    assert.ok(await open(both, asked)())
  })
})
