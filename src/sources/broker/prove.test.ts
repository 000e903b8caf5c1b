import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { account, type BrokerStage, configText, person, start } from '../../../test/contracts/broker-stage.ts'
import { closedHost } from '../../../test/contracts/closed-host.ts'
import { freePort } from '../../../test/contracts/free-port.ts'
import { runningBroker } from '../../../test/contracts/running-broker.ts'
import { queues } from '../../../test/contracts/sts-stage.ts'
import { mintOn } from '../../../test/contracts/web-identity.ts'
import { nodeFetch } from '../../host/fetch.ts'
import type { Host } from '../../host/host.ts'
import { memoryVault } from '../../host/vaults/memory.ts'
import { Failure } from '../../model/failure.ts'
import type { BrokeredSpec, BrokerProof } from '../../model/source-spec.ts'
import { certify, issueCertificate } from '../../sandbox/certificates/issue-certificate.ts'
import { open } from '../index.ts'

/** A broker that takes proofs of workloads of three kinds, and what they are made of. */
async function workloads(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-prove-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const place = (name: string): string => join(folder, name)
  const [port, mutual] = [await freePort(), await freePort()]
  const config = async ({ sandbox }: BrokerStage): Promise<string> => {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    const day = { notBefore: new Date(start.getTime() - 1000), notAfter: new Date('2036-01-01T00:00:00Z') }
    const named = { commonName: 'localhost', organizationalUnits: [], dns: ['localhost'], uris: [] }
    const server = await certify(sandbox.cloud, { ...named, ...day, publicKey: keys.publicKey, isServer: true })
    const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
    const client = await issueCertificate(sandbox.cloud, {
      ...named,
      ...{ commonName: 'web-1', keyType: 'ec', lifetime: 86_400 },
    })
    writeFileSync(place('server.crt'), server.toString())
    writeFileSync(place('server.key'), `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`)
    for (const [name, text] of [
      ['ca.crt', client.authority],
      ['web.crt', client.certificate],
      ['web.key', client.privateKey],
    ] as const)
      writeFileSync(place(name), text)
    return configText()
      .replace('publicUrl: http://127.0.0.1:8484', `publicUrl: http://localhost:${port}`)
      .replace(
        'authenticators:\n',
        `mutualTls: { port: ${mutual}, certificateFile: ${place('server.crt')}, privateKeyFile: ${place('server.key')} }
authenticators:
  ci: { kind: jwt, issuer: "${sandbox.oidcIssuer}" }
  account: { kind: aws, accounts: ["${account}"], stsEndpoint: "${sandbox.endpoint}" }
  machines: { kind: x509, authoritiesFile: ${place('ca.crt')} }
`,
      )
      .replace(
        'grants:\n',
        'grants:\n  - { name: jobs, to: { authenticators: [ci, account, machines] }, role: reader, longest: 1h }\n',
      )
  }
  const running = await runningBroker(t, { port, config })
  const { stage } = running
  const broker = `http://localhost:${port}`
  const vault = memoryVault()
  const host: Host = {
    ...closedHost,
    ...{ vault, exclusively: queues(), now: () => stage.now, fetch: nodeFetch({}) },
    readFile: (path) => readFile(path),
    variable: (name) => ({ AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey })[name],
  }
  const key = await stage.parts.aws.key()
  const specFor = (proof: BrokerProof): BrokeredSpec => ({ kind: 'brokered', broker, role: 'reader', proof })
  const sts = { region: 'us-east-1', endpoint: stage.sandbox.endpoint }
  const base = {
    kind: 'assume-role',
    base: { kind: 'environment-key', accessKeyId: key.accessKeyId },
    ...{ roleArn: `arn:aws:iam::${account}:role/admin`, sessionName: 'instance', sts },
  } as const
  const certificate = {
    by: 'certificate',
    ...{ address: `https://localhost:${mutual}`, caBundle: place('ca.crt') },
    ...{ certificate: place('web.crt'), privateKey: place('web.key') },
  } as const
  const token = { by: 'token', token: { from: 'file', path: place('token') } } as const
  const tokenFor = async (order: object): Promise<void> =>
    writeFileSync(place('token'), `${await mintOn(stage, order)}\n`)
  const whose = async (): Promise<string[]> =>
    (await running.call('/v1/sessions', { token: await running.tokenOf(person('eve', ['security'])) })).body.items.map(
      ({ principalId }: { principalId: string }) => principalId,
    )
  const proofs = { token, certificate, aws: { by: 'aws', base, sts } } as const
  return { ...running, broker, vault, host, specFor, proofs, tokenFor, whose, place }
}

test('a token of the platform, a certificate and an AWS identity each bring a session, with nobody at hand', async (t) => {
  const { host, specFor, proofs, tokenFor, broker, whose } = await workloads(t)
  await tokenFor({ audience: [broker], subject: 'system:serviceaccount:default:app' })
  for (const proof of [proofs.token, proofs.certificate, proofs.aws])
    assert.match((await open(specFor(proof), host)()).accessKeyId, /^ASIA/, proof.by)
  assert.deepEqual((await whose()).sort(), [
    `account:arn:aws:sts::${account}:assumed-role/admin`,
    'ci:system:serviceaccount:default:app',
    'machines:CN=web-1',
  ])
})

test('a proof for somebody else is refused, and the hint names the audience', async (t) => {
  const { host, specFor, proofs, tokenFor, broker, whose } = await workloads(t)
  await tokenFor({ audience: ['sts.amazonaws.com'] })
  const isRefused = (error: unknown): boolean =>
    error instanceof Failure && error.code === 'broker-refused' && (error.hint ?? '').includes(`audience is ${broker}`)
  await assert.rejects(open(specFor(proofs.token), host)(), isRefused)
  const elsewhere: Host = {
    ...host,
    fetch: async (request, as) => {
      const text = await request.clone().text()
      return host.fetch(text.includes('X-Mayfly-Audience') ? new Request(request, { body: other(text) }) : request, as)
    },
  }
  const other = (text: string): string =>
    text.replace(`"X-Mayfly-Audience":"${broker}"`, '"X-Mayfly-Audience":"https://x"')
  await assert.rejects(open(specFor(proofs.aws), elsewhere)(), isRefused)
  assert.deepEqual(await whose(), [])
})

test('a workload that was revoked is let in again by a new proof only', async (t) => {
  const { host, specFor, proofs, tokenFor, broker, call, tokenOf, stage, vault } = await workloads(t)
  await tokenFor({ audience: [broker] })
  const source = open(specFor(proofs.token), host)
  await source()
  const target = { kind: 'principal', principalId: 'ci:system:serviceaccount:default:app' }
  stage.later(2)
  const admin = await tokenOf(person('eve', ['security']))
  assert.equal((await call('/v1/revocations', { token: admin, body: { target, reason: 'test' } })).status, 200)
  stage.later(2)
  await assert.rejects(
    source({ forceRefresh: true }),
    (error) => error instanceof Failure && error.code === 'broker-refused',
  )
  assert.deepEqual(await vault.list('session/'), [])
  await tokenFor({ audience: [broker] })
  assert.ok(await source())
})

test('a certificate that was renewed earns a token of its own', async (t) => {
  const { host, specFor, proofs, stage, place, vault, whose } = await workloads(t)
  const source = open(specFor(proofs.certificate), host)
  const first = await source()
  const again = {
    commonName: 'web-2',
    organizationalUnits: [],
    dns: [],
    uris: [],
    keyType: 'ec',
    lifetime: 86_400,
  } as const
  const { certificate, privateKey } = await issueCertificate(stage.sandbox.cloud, again)
  writeFileSync(place('web.crt'), certificate)
  writeFileSync(place('web.key'), privateKey)
  assert.notEqual((await source()).accessKeyId, first.accessKeyId)
  assert.equal((await vault.list('broker-token/')).length, 2)
  assert.deepEqual((await whose()).sort(), ['machines:CN=web-1', 'machines:CN=web-2'])
})
