import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromMayfly } from '../../src/index.ts'
import { aws, root } from '../clients/clients.ts'
import { brokeredStage } from '../contracts/brokered-home.ts'

const whoami = ['sts', 'get-caller-identity', '--output', 'json']

test('a person signs in with their browser, uses a profile of the broker, and signs out', async (t) => {
  const stage = await brokeredStage(t)
  const { mayfly } = await stage.homeOf()
  const { password = '' } = stage.stage.sandbox.oidcPeople.find(({ name }) => name === 'ann') ?? {}
  const browser = { BROWSER: `${process.execPath} ${join(root, 'test', 'contracts', 'browser-person-main.ts')}` }

  const before = await mayfly(['creds', 'reader', '--no-input'])
  assert.equal(before.status, 5, before.stderr)
  assert.match(before.stderr, new RegExp(`mayfly login --broker ${stage.url}`))

  const login = await mayfly(['login', '--broker', stage.url, '--authenticator', 'corp'], {
    ...browser,
    ...{ PERSON_NAME: 'ann', PERSON_PASSWORD: password },
  })
  assert.equal(login.status, 0, login.stderr)
  assert.match(login.stdout, /signed in as ann/)

  const who = await mayfly(['whoami', 'reader', '--json'])
  assert.match(who.stdout, /:assumed-role\/reader\/ann/, who.stderr)
  const seen = await mayfly(['sessions', 'ls', '--json'])
  assert.equal(JSON.parse(seen.stdout).sessions.length, 1, seen.stderr)

  const logout = await mayfly(['logout', '--broker', stage.url])
  assert.match(logout.stdout, /signed out\.\nForgotten here: 1 session\./)
  assert.equal((await mayfly(['creds', 'reader', '--no-input'])).status, 5)
})

test('a session in use by the AWS SDK and the AWS CLI is revoked: the next call is refused', async (t) => {
  const stage = await brokeredStage(t)
  const ann = await stage.homeOf(stage.ann)
  const admin = await stage.homeOf(stage.admin)
  const { endpoint, region } = stage.stage.sandbox
  const sdk = new STSClient({
    ...{ endpoint, region, maxAttempts: 1 },
    credentials: fromMayfly({ profile: 'reader', env: ann.env, input: false }),
  })
  assert.match(String((await sdk.send(new GetCallerIdentityCommand())).Arn), /assumed-role\/reader\/ann@example\.com-s/)
  if (aws.skip === false) {
    const ran = await ann.mayfly(['exec', 'reader', '--', aws.program, ...whoami])
    assert.match(ran.stdout, /assumed-role\/reader\/ann@example\.com-s/, ran.stderr)
  }
  const { sessions } = JSON.parse((await admin.verb(['sessions', 'ls', '--json'])).stdout)
  assert.equal(sessions.length, 1, 'one session for both')
  const rehearsed = await admin.verb(['sessions', 'revoke', sessions[0].id, '--dry-run'])
  assert.match(rehearsed.stdout, /^Would revoke: 1 session\. Nothing was done\./)
  const revoked = await admin.verb(['sessions', 'revoke', sessions[0].id, '--reason', 'laptop lost'])
  assert.equal(revoked.status, 0, revoked.stderr)
  assert.match(revoked.stdout, /^Revoked: 1 session\./)
  assert.match(revoked.stdout, /aws {5}denied {4}arn:aws:iam::\d+:role\/reader/)
  assert.match(revoked.stdout, /All of them are stopped/)
  // GetCallerIdentity cannot be denied: any other call can.
  const s3 = await ann.mayfly(['exec', 'reader', '--', process.execPath, '-e', listBuckets(endpoint)])
  assert.match(s3.stdout, /AccessDenied/, s3.stderr)
  const shown = await admin.verb(['sessions', 'show', sessions[0].id])
  assert.match(shown.stdout, /revoked {2}by eve@example\.com {2}laptop lost|revoked .*laptop lost/)
})

const listBuckets = (endpoint: string): string => `
const { S3Client, ListBucketsCommand } = require(${JSON.stringify(join(root, 'node_modules', '@aws-sdk', 'client-s3'))})
new S3Client({ endpoint: ${JSON.stringify(endpoint)}, region: 'us-east-1', forcePathStyle: true })
  .send(new ListBucketsCommand()).then(() => console.log('listed'), (error) => console.log(error.name))`

test('a program that asks the agent gets nothing more once its person is revoked', async (t) => {
  const stage = await brokeredStage(t)
  const ann = await stage.homeOf(stage.ann)
  const admin = await stage.homeOf(stage.admin)
  const child = `
const { fromHttp } = require(${JSON.stringify(join(root, 'node_modules', '@aws-sdk', 'credential-providers'))})
const ask = () => fromHttp({ maxRetries: 0 })().then((key) => key.accessKeyId.slice(0, 4), (error) => 'refused: ' + error.message)
ask().then(async (first) => {
  console.log(first)
  process.stdin.once('data', async () => { console.log(await ask()); process.exit() })
})`
  const { spawn } = await import('node:child_process')
  const main = join(root, 'src', 'cli', 'main.ts')
  const agent = spawn(process.execPath, [main, 'agent', 'exec', 'reader', '--', process.execPath, '-e', child], {
    ...{ env: ann.env, cwd: ann.home },
  })
  t.after(() => agent.kill())
  let said = ''
  agent.stderr.on('data', (text) => {
    said += String(text)
  })
  const lines = agent.stdout.setEncoding('utf8')[Symbol.asyncIterator]()
  assert.equal((await lines.next()).value, 'ASIA\n', said)
  const revoked = await admin.verb(['sessions', 'revoke', '--principal', stage.ann.id, '--reason', 'left', '--json'])
  const { reach } = JSON.parse(revoked.stdout)
  assert.deepEqual(
    reach.map(({ place, effect }: { place: string; effect: string }) => [place, effect]),
    [
      ['broker', 'refused'],
      ['agent', 'dropped'],
      ['aws', 'denied'],
    ],
  )
  agent.stdin.write('again\n')
  assert.match(String((await lines.next()).value), /^refused: .*/)
  const after = await ann.verb(['creds', 'reader', '--no-input'])
  assert.equal(after.status, 5, after.stdout)
})

test('a role that needs approval is asked for, approved by another, and used by the profile', async (t) => {
  const stage = await brokeredStage(t)
  const ann = await stage.homeOf(stage.ann)
  const lead = await stage.homeOf(stage.lead)
  const refused = await ann.verb(['creds', 'admin', '--no-input'], { MAYFLY_REASON: 'deploy 4711' })
  assert.equal(refused.status, 5, refused.stderr)
  assert.match(refused.stderr, /mayfly request admin --reason/)
  const waiting = ann.verb(['request', 'admin', '--reason', 'deploy 4711', '--wait'])
  let listed: { id: string }[] = []
  for (let turn = 0; turn < 50 && listed.length === 0; turn++)
    listed = JSON.parse((await lead.verb(['requests', 'ls', '--json'])).stdout)
  const [request] = listed
  assert.ok(request)
  const own = await ann.mayfly(['requests', 'approve', request.id])
  assert.equal(own.status, 6, 'nobody decides on their own')
  const approved = await lead.verb(['requests', 'approve', request.id, '--reason', 'seen'])
  assert.match(approved.stdout, /^Approved: ann@example\.com, admin\./, approved.stderr)
  assert.equal((await waiting).status, 0)
  const used = await ann.verb(['creds', 'admin', '--no-input'])
  assert.equal(used.status, 0, used.stderr)
  const again = await ann.verb(['creds', 'admin', '--refresh', '--no-input'], { MAYFLY_REASON: 'deploy 4711' })
  assert.equal(again.status, 5, 'an approved request is used once')
})

test('what cannot be stopped is said to run on, and until when', async (t) => {
  const stage = await brokeredStage(t)
  const ann = await stage.homeOf(stage.ann)
  const admin = await stage.homeOf(stage.admin)
  assert.equal((await ann.verb(['creds', 'foreign', '--no-input'])).status, 0)
  const revoked = await admin.verb(['sessions', 'revoke', '--role', 'foreign', '--reason', 'test'])
  assert.match(revoked.stdout, /aws {5}RUNS ON {3}arn:aws:iam::\d+:role\/foreign: 1 session, until 20\d\d-/)
  assert.match(revoked.stdout, /Not everything has stopped: 1 session .* until 20\d\d-.*\(\d+m from now\)/)
  assert.doesNotMatch(revoked.stdout, /All of them are stopped/)
})
