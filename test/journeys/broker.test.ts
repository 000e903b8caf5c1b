import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { DeleteObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { UpFacts } from '../../src/cli/up/tell-up.ts'
import { freePort } from '../contracts/free-port.ts'
import { postgresSkip, startPostgres } from '../contracts/postgres.ts'
import { until } from '../contracts/until.ts'
import { company, type Someone } from './company.ts'

const profile = (name: string, { url, sandbox }: UpFacts, more = ''): string =>
  `[profile ${name}]\nmayfly_broker = ${url}\nmayfly_role = ${name}\nregion = us-east-1\nendpoint_url = ${sandbox.endpoint}\n${more}`

/** The AWS SDK with what `mayfly creds` gives. */
async function sdkOf(who: Someone, name: string, { sandbox }: UpFacts): Promise<S3Client> {
  const { status, stdout, stderr } = await who.mayfly('creds', name)
  assert.equal(status, 0, stderr)
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = JSON.parse(stdout)
  const credentials = { accessKeyId, secretAccessKey, sessionToken }
  return new S3Client({ endpoint: sandbox.endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
}

const isDenied = (error: unknown): boolean => error instanceof Error && error.name === 'AccessDenied'
const kindOf = (kind: string, who?: string) => (event: Readonly<Record<string, unknown>>) =>
  event.kind === kind && (who === undefined || JSON.stringify(event).includes(who))

describe('a company with a broker', { concurrency: true }, () => {
  test('somebody signs in, asks, is approved, works, is seen, and is revoked: the next call is denied', async (t) => {
    const { facts, someone } = await company(t)
    const [ann, bob] = [someone('ann'), someone('bob')]
    for (const person of [ann, bob])
      assert.equal((await person.mayfly('login', '--broker', facts.url)).status, 0, 'a person signs in')
    bob.configure(profile('admin', facts))
    const watch = await ann.watch(facts.url)

    const alone = await bob.mayfly('exec', 'admin', '--', 'true')
    assert.notEqual(alone.status, 0, 'nobody is admin without having asked')
    const asked = await bob.ask('request', 'admin', '--reason', 'deploy 4711')
    assert.equal((await bob.mayfly('requests', 'approve', asked.id)).status, 6, 'nobody approves what they asked for')
    await watch.until(kindOf('asked', 'deploy 4711'))
    assert.equal((await ann.ask('requests', 'approve', asked.id)).state, 'approved')

    const sdk = await sdkOf(bob, 'admin', facts)
    const { Buckets = [] } = await sdk.send(new ListBucketsCommand())
    assert.deepEqual(
      Buckets.map(({ Name }) => Name),
      ['company-plans'],
    )
    await watch.until(kindOf('issued'))
    const { sessions } = await ann.ask('sessions', 'ls', '--role', 'admin')
    assert.deepEqual(
      sessions.map((session: { principalName: string }) => session.principalName),
      ['bob@example.com'],
    )

    const told = await ann.ask('sessions', 'revoke', sessions[0].id, '--reason', 'laptop lost')
    const effects = told.reach.map(({ place, effect }: { place: string; effect: string }) => `${place} ${effect}`)
    assert.deepEqual(effects, ['broker refused', 'aws denied'])
    await watch.until(kindOf('revoked', 'laptop lost'))
    await assert.rejects(sdk.send(new ListBucketsCommand()), isDenied)
    const { events } = await ann.ask('sessions', 'show', sessions[0].id)
    const kinds = events.map(({ event }: { event: { kind: string } }) => event.kind)
    for (const kind of ['intent', 'issued', 'revoked']) assert.ok(kinds.includes(kind), `${kind} of ${kinds}`)
    assert.equal((await bob.mayfly('login', 'admin', '--refresh')).status, 6, 'an approval is good for one session')
  })

  test('in an emergency somebody breaks the glass, and an alert says so', async (t) => {
    const { facts, someone } = await company(t)
    const ann = someone('ann')
    assert.equal((await ann.mayfly('login', '--broker', facts.url)).status, 0)
    ann.configure(profile('admin', facts))
    const watch = await ann.watch(facts.url)
    Object.assign(ann.env, { MAYFLY_REASON: 'production is down' })
    assert.equal((await ann.mayfly('login', 'admin')).status, 5, 'without an emergency it needs approval')
    Object.assign(ann.env, { MAYFLY_BREAK_GLASS: '1' })
    await (await sdkOf(ann, 'admin', facts)).send(new ListBucketsCommand())
    await watch.until(kindOf('alert', 'break-glass'))
  })

  test('a job of the right branch deploys and can do no more, any other job is refused, and all of them are ended', async (t) => {
    const { facts, scratch, someone } = await company(t)
    const [ann, job] = [someone('ann'), someone('job')]
    const file = join(scratch, 'token')
    const control = {
      ...job.env,
      MAYFLY_CONTROL_TOKEN: facts.sandbox.controlToken,
      AWS_ENDPOINT_URL: facts.sandbox.endpoint,
    }
    Object.assign(job.env, control)
    const becomes = async (name: string): Promise<void> => {
      const ran = await job.mayfly('sandbox', 'token', '--github', name, '--audience', facts.url, '--out', file)
      assert.equal(ran.status, 0, ran.stderr)
    }
    job.configure(profile('developer', facts, `mayfly_broker_proof = token\nweb_identity_token_file = ${file}\n`))
    await becomes('repo:octo/app:pull_request')
    assert.equal((await job.mayfly('creds', 'developer')).status, 6, 'a pull request does not deploy')
    await becomes('repo:octo/app:ref:refs/heads/main')
    const sdk = await sdkOf(job, 'developer', facts)
    const plan = { Bucket: 'company-plans', Key: 'new.json' }
    await sdk.send(new PutObjectCommand({ ...plan, Body: '{}' }))
    await assert.rejects(sdk.send(new DeleteObjectCommand(plan)), isDenied)

    assert.equal((await ann.mayfly('login', '--broker', facts.url)).status, 0)
    await ann.ask('sessions', 'revoke', '--everything', '--reason', 'the repository was taken over')
    await assert.rejects(sdk.send(new PutObjectCommand({ ...plan, Body: '{}' })), isDenied)
  })

  test('what one broker issued another one revokes, and both tell of it', { skip: postgresSkip }, async (t) => {
    const postgres = await startPostgres()
    const database = await postgres.database()
    const founding = company(t, '--postgres', database)
    // After the brokers have ended.
    t.after(() => postgres.stop())
    const { facts, start, someone } = await founding
    const { key } = JSON.parse(readFileSync(join(dirname(facts.configFile), 'up.json'), 'utf8'))
    const port = await freePort()
    const config = join(dirname(facts.configFile), 'second.yaml')
    const second = `http://127.0.0.1:${port}`
    const text = readFileSync(facts.configFile, 'utf8')
    writeFileSync(config, text.replaceAll(facts.url, second).replace(/port: \d+/, `port: ${port}`))
    start(['broker', '--config', config, '--database', database, '--log-level', 'error'], {
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    })
    await until(async () => (await fetch(`${second}/readyz`).catch(() => undefined))?.ok, 'the second broker')

    const [ann, bob] = [someone('ann'), someone('bob')]
    for (const url of [facts.url, second]) assert.equal((await ann.mayfly('login', '--broker', url)).status, 0)
    assert.equal((await bob.mayfly('login', '--broker', facts.url)).status, 0)
    const watches = [await ann.watch(facts.url), await ann.watch(second)]
    bob.configure(profile('reader', facts))
    const sdk = await sdkOf(bob, 'reader', facts)
    await sdk.send(new ListBucketsCommand()).catch((error) => assert.ok(isDenied(error)))
    for (const watch of watches) await watch.until(kindOf('issued'))

    const told = await ann.ask(
      'sessions',
      'revoke',
      '--principal',
      'corp:bob@example.com',
      '--reason',
      'gone',
      '--broker',
      second,
    )
    assert.equal(told.sessions, 1)
    for (const watch of watches) await watch.until(kindOf('revoked', 'gone'))
    await assert.rejects(sdk.send(new ListBucketsCommand()), isDenied)
    assert.equal((await bob.mayfly('login', 'reader', '--refresh')).status, 5, 'the first broker refuses as well')
  })
})
