import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { fromHttp, fromIni } from '@aws-sdk/credential-providers'
import { brokeredStage } from '../contracts/brokered-home.ts'
import { BrowserPerson } from '../contracts/browser-person.ts'
import { until } from '../contracts/until.ts'
import { aws, boto3, mayfly, root, run } from './clients.ts'

const boto = 'import boto3, sys; print(len(boto3.client("s3").list_buckets()["Buckets"]))'

test('official clients use a brokered profile by credential_process and by the agent, until it is revoked', async (t) => {
  const stage = await brokeredStage(t)
  const ann = await stage.homeOf(stage.ann)
  const admin = await stage.homeOf(stage.admin)
  const { endpoint, region } = stage.stage.sandbox
  const config = join(ann.home, '.aws', 'config')
  appendFileSync(
    config,
    `\n[profile tools]\nregion = ${region}\nendpoint_url = ${endpoint}\ncredential_process = ${mayfly} creds reader --no-input\n`,
  )
  const before = { ...process.env }
  Object.assign(process.env, ann.env, { AWS_CONFIG_FILE: config })
  t.after(() => {
    process.env = before
  })
  const agent = spawn(process.execPath, [join(root, 'src', 'cli', 'main.ts'), 'agent', 'serve', 'reader', '--json'], {
    ...{ env: ann.env, cwd: ann.home },
  })
  t.after(() => agent.kill())
  agent.stderr.resume()
  const { set, unset } = JSON.parse(
    await new Promise<string>((resolve) => agent.stdout.once('data', (line) => resolve(String(line)))),
  )
  const atAgent: NodeJS.ProcessEnv = { ...ann.env, ...set }
  for (const name of unset) delete atAgent[name]

  const options = { endpoint, region, forcePathStyle: true, maxAttempts: 1 }
  const process_ = new S3Client({ ...options, credentials: fromIni({ profile: 'tools', configFilepath: config }) })
  const url = String(set.AWS_CONTAINER_CREDENTIALS_FULL_URI)
  const token = String(set.AWS_CONTAINER_AUTHORIZATION_TOKEN)
  const fromAgent = () =>
    fromHttp({ awsContainerCredentialsFullUri: url, awsContainerAuthorizationToken: token, maxRetries: 0 })
  const byAgent = new S3Client({ ...options, credentials: fromAgent() })
  const list = [aws.program, 's3api', 'list-buckets', '--output', 'json']
  for (const client of [process_, byAgent])
    assert.deepEqual((await client.send(new ListBucketsCommand())).Buckets ?? [], [])
  if (!aws.skip) {
    const byProcess = await run([...list, '--profile', 'tools'], ann.env, ann.home)
    assert.equal(byProcess.status, 0, byProcess.stderr)
    const served = await run(list, atAgent, ann.home)
    assert.equal(served.status, 0, served.stderr)
  }
  if (!boto3.skip) {
    const served = await run([boto3.program, '-c', boto], atAgent, ann.home)
    assert.equal(served.stdout, '0\n', served.stderr)
  }
  const { items } = (await stage.call('/v1/sessions', { token: await stage.tokenOf(stage.admin) })).body
  assert.equal(items.length, 1, 'one session for all of them')

  const revoked = await admin.verb(['sessions', 'revoke', '--principal', stage.ann.id, '--reason', 'left'])
  assert.match(revoked.stdout, /agent {3}dropped {3}/, revoked.stderr)

  // They hold what they were given, and AWS denies it.
  for (const client of [process_, byAgent])
    await assert.rejects(client.send(new ListBucketsCommand()), { name: 'AccessDenied' })
  // They ask anew, and are given nothing.
  await assert.rejects(fromAgent()(), { Code: 'login-needed' })
  if (!aws.skip) {
    const byProcess = await run([...list, '--profile', 'tools'], ann.env, ann.home)
    assert.match(byProcess.stderr, /mayfly login --broker/)
    assert.notEqual((await run(list, atAgent, ann.home)).status, 0)
  }
  const kept = await ann.verb(['logout', '--all', '--json'])
  assert.deepEqual(JSON.parse(kept.stdout).forgotten, [])
})

test('a kept session is served without the broker', async (t) => {
  const stage = await brokeredStage(t)
  const ann = await stage.homeOf(stage.ann)
  assert.equal((await ann.verb(['creds', 'reader'])).status, 0)
  await stage.broker.close()
  const warm = await ann.mayfly(['creds', 'reader'])
  assert.equal(warm.status, 0, warm.stderr)
  assert.match(JSON.parse(warm.stdout).AccessKeyId, /^ASIA/)
  assert.equal((await ann.mayfly(['creds', 'foreign', '--no-input'])).status, 7)
})

test('a person signs in with a code on another device', async (t) => {
  const stage = await brokeredStage(t)
  const ann = await stage.homeOf()
  const { password = '' } = stage.stage.sandbox.oidcPeople.find(({ name }) => name === 'ann') ?? {}
  const words = [join(root, 'src', 'cli', 'main.ts'), 'login', '--broker', stage.url, '--device']
  const login = spawn(process.execPath, words, { env: ann.env, cwd: ann.home })
  t.after(() => login.kill())
  const ended = new Promise((resolve) => login.once('exit', resolve))
  let said = ''
  login.stderr.on('data', (text) => {
    said += text
  })
  const user_code = await until(() => /enter the code ([A-Z-]+)\s/.exec(said)?.[1], 'a code')
  const person = new BrowserPerson({ name: 'ann', password, user_code, answer: 'allow' })
  // Once to sign in, once as somebody who is.
  for (let turn = 0; turn < 2; turn++) await person.open(`${stage.url}/device?user_code=${user_code}`)
  assert.equal(await ended, 0, said)
  assert.equal((await ann.verb(['creds', 'reader'])).status, 0)
})
