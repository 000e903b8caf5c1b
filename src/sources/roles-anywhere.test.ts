import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { sourceContract } from '../../test/contracts/source.ts'
import { type StsStage, stsStage } from '../../test/contracts/sts-stage.ts'
import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import type { RolesAnywhereSpec } from '../model/source-spec.ts'
import { authorityOf } from '../sandbox/certificates/authority.ts'
import { type CertificateRequest, issueCertificate } from '../sandbox/certificates/issue-certificate.ts'
import { prepareRolesAnywhere } from '../sandbox/roles-anywhere/prepare.ts'
import { rolesAnywhereState } from '../sandbox/roles-anywhere/state.ts'
import { cachedSession } from './cached-session.ts'
import { openKey } from './certificates/open-key.ts'
import { open } from './index.ts'
import { createSession } from './roles-anywhere-call.ts'

const directory = mkdtempSync(join(tmpdir(), 'mayfly-roles-anywhere-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const certificate = join(directory, 'web.crt')
const privateKey = join(directory, 'web.key')

const host: Partial<Host> = { readFile: (path) => readFile(path), variable: () => undefined }

/** Writes a certificate of the sandbox's authority and its key, as a renewal does. */
async function renew({ sandbox }: StsStage, change: Partial<CertificateRequest> = {}): Promise<void> {
  const wanted = {
    commonName: 'web-1',
    organizationalUnits: [],
    dns: [],
    uris: [],
    keyType: 'ec',
    lifetime: 864_000,
  } as const
  const issued = await issueCertificate(sandbox.cloud, { ...wanted, ...change })
  writeFileSync(privateKey, issued.privateKey)
  writeFileSync(certificate, issued.certificate)
}

async function specOn(stage: StsStage, change: Partial<RolesAnywhereSpec> = {}): Promise<RolesAnywhereSpec> {
  const { cloud } = stage.sandbox
  await renew(stage)
  const wanted = { roleName: 'web', acceptRoleSessionName: false }
  const { region, ...arns } = prepareRolesAnywhere(cloud, (await authorityOf(cloud)).certificate, wanted)
  const rolesAnywhere = { region, endpoint: stage.sandbox.endpoint }
  return { kind: 'roles-anywhere', ...arns, certificate, privateKey, rolesAnywhere, ...change }
}

describe('roles-anywhere', () =>
  sourceContract('roles-anywhere', {
    ...{ spec: specOn, host, hasKey: false, calls: 1, questions: 0 },
    arn: /:assumed-role\/web\/[0-9a-f]{32}$/,
  }))

async function staged(t: { readonly after: (work: () => Promise<void>) => void }) {
  const stage = await stsStage()
  t.after(() => stage.sandbox.close())
  return { stage, spec: await specOn(stage), at: stage.process(host) }
}

const failure = (code: string, message: RegExp, hint: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Failure, String(error))
  assert.match(error.message, message)
  assert.match(error.hint ?? '', hint)
  assert.equal(error.code, code)
  return true
}

test('a certificate that was renewed on disk gets a new session, and the old one is kept no more', async (t) => {
  const { stage, spec, at } = await staged(t)
  const first = await open(spec, at)()
  assert.deepEqual(await open(spec, at)(), first)
  await renew(stage)
  assert.equal(await cachedSession(spec, stage.vault, at.now()), undefined)
  const second = await open(spec, at)()
  assert.notEqual(second.accessKeyId, first.accessKeyId)
  assert.deepEqual(await cachedSession(spec, stage.vault, at.now()), second)
})

test('a certificate that was taken away takes the session with it', async (t) => {
  const { stage, spec, at } = await staged(t)
  await open(spec, at)()
  rmSync(certificate)
  assert.equal(await cachedSession(spec, stage.vault, at.now()), undefined)
  await assert.rejects(open(spec, at)(), /ENOENT/)
})

test('a session ends with its certificate at the latest', async (t) => {
  const { stage, spec, at } = await staged(t)
  const lasts = async () => Math.round(((await open(spec, at)()).expiration.getTime() - at.now().getTime()) / 1000)
  assert.equal(await lasts(), 3600)
  await renew(stage, { lifetime: 1200 })
  assert.equal(await lasts(), 1200)
})

test('a certificate that is over, or not begun, is not sent', async (t) => {
  const { stage, spec, at } = await staged(t)
  await renew(stage, { lifetime: 60 })
  stage.advance(61)
  await assert.rejects(open(spec, at)(), failure('credentials-expired', /^The certificate ended at 2026/, /^Renew it/))
  await renew(stage)
  stage.advance(-10)
  await assert.rejects(open(spec, at)(), failure('config-invalid', /^The certificate begins at 2026/, /clock/))
  assert.equal(stage.calls.length, 0)
  stage.advance(10)
  assert.ok(await open(spec, at)())
})

test('the name of the session and its length are passed on', async (t) => {
  const { stage, spec, at } = await staged(t)
  const { profiles } = rolesAnywhereState(stage.sandbox.cloud)
  const named = { ...spec, sessionName: 'nightly', duration: 900 }
  await assert.rejects(open(named, at)(), failure('access-denied', /does not accept a custom role session name/, /./))
  const profile = profiles.get(spec.profileArn)
  assert.ok(profile)
  profiles.put(spec.profileArn, { ...profile, acceptRoleSessionName: true })
  const { accessKeyId, expiration } = await open(named, at)()
  assert.equal(expiration.getTime() - at.now().getTime(), 900_000)
  assert.match(stage.sandbox.cloud.sessions.get(accessKeyId)?.arn ?? '', /\/web\/nightly$/)
})

test('a refusal says what AWS said, and what to do', async (t) => {
  const { spec, at, stage } = await staged(t)
  const { trustAnchors, profiles } = rolesAnywhereState(stage.sandbox.cloud)
  const [anchor, profile] = [trustAnchors.get(spec.trustAnchorArn), profiles.get(spec.profileArn)]
  assert.ok(anchor && profile)
  const { bundle } = anchor
  trustAnchors.put(anchor.arn, { ...anchor, bundle: 'none' })
  await assert.rejects(
    open(spec, at)(),
    failure('access-denied', /Untrusted Signing Certificate$/, /mayfly_certificate_chain/),
  )
  trustAnchors.put(anchor.arn, { ...anchor, bundle })
  profiles.put(profile.arn, { ...profile, roleArns: [] })
  await assert.rejects(open(spec, at)(), failure('access-denied', /Unable to assume role/, /sts:SetSourceIdentity/))
  profiles.delete(profile.arn)
  await assert.rejects(open(spec, at)(), failure('aws-refused', /Profile not found/, /mayfly_profile_arn/))
  profiles.put(profile.arn, profile)
  const late = { ...at, now: () => new Date(at.now().getTime() + 600_000) }
  await assert.rejects(
    open(spec, late)(),
    failure('aws-refused', /Signature not yet current/, /10 minutes ahead of AWS/),
  )
  assert.ok(await open(spec, at)())
})

test('a trust anchor, a profile and a role that do not belong together are refused before anything is read', async (t) => {
  const { spec, at, stage } = await staged(t)
  for (const change of [
    { profileArn: spec.profileArn.replace('us-east-1', 'eu-west-1') },
    { profileArn: spec.profileArn.replace('111122223333', '444455556666') },
    { roleArn: spec.roleArn.replace('111122223333', '444455556666') },
  ])
    assert.throws(
      () => open({ ...spec, ...change }, at),
      failure('config-invalid', /do not belong together/, /one account/),
    )
  assert.equal(stage.calls.length, 0)
})

test('AWS is tried three times when it is busy or away, and what is not AWS once', async (t) => {
  const { spec, at } = await staged(t)
  const answers = async (answer: () => Response) => {
    let calls = 0
    const fetch = async () => {
      calls += 1
      return answer()
    }
    const holder = await openKey(spec, at)
    const asked = createSession({ ...at, fetch }, spec, holder.signer, async () => undefined)
    const told = await asked.then(
      () => 'ok',
      (error: unknown) => error,
    )
    return { calls, told }
  }
  const busy = await answers(() => new Response('{}', { status: 503 }))
  assert.deepEqual([busy.calls, busy.told instanceof Failure && busy.told.code], [3, 'network'])
  const away = await answers(() => {
    throw new Error('ECONNREFUSED')
  })
  assert.deepEqual([away.calls, away.told instanceof Failure && away.told.code], [3, 'network'])
  const strange = await answers(() => new Response('<html>', { status: 403 }))
  assert.deepEqual([strange.calls, strange.told instanceof Failure && strange.told.code], [1, 'aws-refused'])
  const empty = await answers(() => Response.json({ credentialSet: [] }, { status: 201 }))
  assert.deepEqual([empty.calls, empty.told instanceof Failure && empty.told.code], [1, 'aws-refused'])
  const forged = await answers(() =>
    Response.json(
      { message: 'a\u001b[31m\nb' },
      { status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException:http://x' } },
    ),
  )
  assert.ok(forged.told instanceof Failure && forged.told.message.endsWith(': a [31m b'))
})

test('without an endpoint the region of the trust anchor is asked', async (t) => {
  const { spec, at } = await staged(t)
  const asked: string[] = []
  const fetch: Host['fetch'] = async ({ url }) => {
    asked.push(url)
    return new Response('<html>', { status: 403 })
  }
  for (const region of ['eu-central-1', 'cn-north-1'])
    await assert.rejects(open({ ...spec, rolesAnywhere: { region } }, { ...at, fetch })())
  assert.match(asked[0] ?? '', /^https:\/\/rolesanywhere\.eu-central-1\.amazonaws\.com\/sessions\?profileArn=arn%3Aaws/)
  assert.match(asked[1] ?? '', /^https:\/\/rolesanywhere\.cn-north-1\.amazonaws\.com\.cn\/sessions\?/)
})
