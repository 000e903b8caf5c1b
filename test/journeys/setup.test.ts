import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createServer, request as send } from 'node:http'
import { test } from 'node:test'
import { stepAt, totpAt } from '../../src/sandbox/mfa.ts'
import { type AnAdministrator, anAdministrator, main } from './administrator.ts'

const s3 = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
const config = '.aws/config'

const setUp = (her: AnAdministrator, ...more: string[]) => her.mayfly('setup', 'user', 'ann', '--yes', ...more)

test('one command makes the user, takes the key, writes the profile and enrols a device; then a login works', async (t) => {
  const her = await anAdministrator(t)
  const ran = await setUp(her, '--managed-policy-arn', s3, '--mfa-process', her.phone)
  assert.equal(ran.status, 0, ran.stderr)
  assert.match(ran.stderr, /\+ Gate +AWS::IAM::Policy\n.*\n[\s\S]*denies everything but .*sts:GetSessionToken/)
  assert.match(ran.stderr, new RegExp(`grants ${s3}`))
  assert.match(ran.stderr, /create complete {2}User \(AWS::IAM::User\)/)
  assert.match(ran.stderr, /\+\[profile ann\]/)
  assert.match(ran.stdout, /ann is set up\. Next: mayfly login ann/)
  assert.match(
    her.read(config),
    /^\[profile ann\]\nregion = us-east-1\nmayfly_key = AKIA\w{16}\nmfa_serial = arn:aws:iam::\d{12}:mfa\/ann\n$/,
  )
  const code = totpAt(her.read('seed'), stepAt(new Date()) + 1)
  const login = await her.mayfly('login', 'ann', '--mfa-code', code)
  assert.equal(login.status, 0, login.stderr)
})

test('the key is told nowhere, not to the screen and not to a file in plain text', async (t) => {
  const her = await anAdministrator(t)
  const ran = await setUp(her, '--json')
  assert.equal(ran.status, 0, ran.stderr)
  const { accessKeyId } = JSON.parse(ran.stdout)
  const secret = her.sandbox.cloud.accessKeys.get(accessKeyId)?.secret
  assert.ok(secret)
  assert.ok(!`${ran.stdout}${ran.stderr}${her.read(config)}`.includes(secret))
})

test('a second run says that there is nothing to change, and one with other flags changes just that', async (t) => {
  const her = await anAdministrator(t)
  assert.equal((await setUp(her, '--managed-policy-arn', s3, '--no-mfa')).status, 0)
  const before = her.read(config)
  const again = await setUp(her, '--no-mfa')
  assert.equal(again.status, 0, again.stderr)
  assert.match(again.stderr, /nothing to change/)
  assert.equal(her.read(config), before)
  assert.equal(her.calls('ExecuteChangeSet'), 1)
  const changed = await setUp(her, '--no-mfa', '--managed-policy-arn', 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess')
  assert.equal(changed.status, 0, changed.stderr)
  assert.match(changed.stderr, /~ Group +AWS::IAM::Group: ManagedPolicyArns\n +grants .*AmazonS3ReadOnlyAccess/)
  assert.doesNotMatch(changed.stderr, /~ (User|Key)\b/)
})

test('without anybody to agree it stops, says how to go on, and leaves nothing behind', async (t) => {
  const her = await anAdministrator(t)
  const ran = await her.mayfly('setup', 'user', 'ann', '--no-input')
  assert.equal(ran.status, 5, ran.stderr)
  assert.match(ran.stderr, /\+ User/)
  assert.match(ran.stderr, /--yes/)
  assert.equal(her.calls('ExecuteChangeSet'), 0)
  assert.equal((await setUp(her, '--no-mfa')).status, 0)
})

test('a change set that is left for later is shown whole, executes by hand, and setup goes on from there', async (t) => {
  const her = await anAdministrator(t)
  const shown = await her.mayfly('setup', 'user', 'ann', '--no-execute', '--json')
  assert.equal(shown.status, 0, shown.stderr)
  const { changes, changeSetId } = JSON.parse(shown.stdout)
  const gate = changes.find(({ logicalId }: { logicalId: string }) => logicalId === 'Gate')
  assert.equal(gate.rights.PolicyDocument.Statement.at(-1).Sid, 'DenyAllExceptListedIfNoMFA')
  assert.match(changeSetId, /:changeSet\//)
  const told = await her.mayfly('setup', 'user', 'bob', '--no-execute')
  assert.match(told.stdout, /execute-change-set --change-set-name \S+ --region us-east-1\n {2}mayfly setup user bob/)
  assert.equal(her.calls('CreateUser'), 0)
  assert.equal((await setUp(her, '--no-mfa')).status, 0)
})

test('Ctrl-C while the stack deploys loses nothing: the same command follows it and goes on', async (t) => {
  const her = await anAdministrator(t)
  let interrupt = (): void => undefined
  const nothingYet =
    '<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents/></DescribeStackEventsResult></DescribeStackEventsResponse>'
  let isExecuted = false
  const between = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const body = Buffer.concat(parts)
    if (isExecuted && body.includes('Action=DescribeStackEvents')) {
      interrupt()
      setTimeout(() => response.writeHead(200, { 'content-type': 'text/xml' }).end(nothingYet), 200)
      return
    }
    const headers = Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key, String(value)]))
    const { connection: _, 'content-length': __, ...sent } = headers
    const answer = await fetchAs(her.sandbox.endpoint + request.url, request.method ?? 'POST', sent, body)
    isExecuted ||= body.includes('Action=ExecuteChangeSet')
    response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body)
  })
  await new Promise<void>((ready) => between.listen(0, '127.0.0.1', ready))
  t.after(() => between.close())
  const address = between.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const child = spawn(process.execPath, [main, 'setup', 'user', 'ann', '--yes', '--no-mfa'], {
    env: { ...her.env, AWS_ENDPOINT_URL_CLOUDFORMATION: `http://127.0.0.1:${port}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  interrupt = () => void child.kill('SIGINT')
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const status = await new Promise((resolve) => child.on('close', resolve))
  assert.equal(status, 130, said)
  assert.match(said, /goes on with the stack mayfly-user-ann by itself\.\n.*mayfly setup user ann/)
  const again = await setUp(her, '--no-mfa')
  assert.equal(again.status, 0, again.stderr)
  assert.equal(her.calls('CreateUser'), 1)
  assert.match(her.read(config), /mayfly_key = AKIA/)
})

test('where the vault cannot be written the key stays in its secret, and the same command goes on', async (t) => {
  const her = await anAdministrator(t)
  her.write('full', '')
  const failed = await her.mayflyWith(
    { ...her.env, MAYFLY_HOME: `${her.home}/full/home` },
    'setup',
    'user',
    'ann',
    '--yes',
    '--no-mfa',
  )
  assert.equal(failed.status, 4, failed.stderr)
  assert.match(failed.stderr, /secret/)
  const again = await setUp(her, '--no-mfa')
  assert.equal(again.status, 0, again.stderr)
  assert.match(again.stderr, /went from its secret into the vault/)
})

test('codes that are wrong leave all but MFA done, and enrolling goes on', async (t) => {
  const her = await anAdministrator(t)
  const ran = await setUp(her, '--mfa-process', 'echo 000000 111111')
  assert.equal(ran.status, 6, ran.stderr)
  assert.match(ran.stderr, /All is done but MFA.*mayfly mfa enroll ann/)
  const enrolled = await her.mayfly('mfa', 'enroll', 'ann', '--mfa-process', her.phone)
  assert.equal(enrolled.status, 0, enrolled.stderr)
})

test('a stack that fails says which resource and why in the words of AWS, and that it was rolled back', async (t) => {
  const her = await anAdministrator(t)
  const missing = `arn:aws:iam::${her.sandbox.accountId}:policy/missing`
  const ran = await setUp(her, '--managed-policy-arn', missing)
  assert.equal(ran.status, 6, ran.stderr)
  assert.match(ran.stderr, /The stack mayfly-user-ann failed\. Group \(AWS::IAM::Group\): .*missing.*\n.*rolled back/)
  const again = await setUp(her, '--managed-policy-arn', s3, '--no-mfa')
  assert.equal(again.status, 0, again.stderr)
})

test('a profile that is another identity is refused before anything is deployed', async (t) => {
  const her = await anAdministrator(t)
  her.write(config, '[profile ann]\nrole_arn = arn:aws:iam::444455556666:role/other\nsource_profile = x\n')
  const ran = await setUp(her)
  assert.equal(ran.status, 4, ran.stderr)
  assert.match(ran.stderr, /--save-as/)
  assert.equal(her.calls('CreateChangeSet'), 0)
  const other = await setUp(her, '--save-as', 'me', '--no-mfa')
  assert.equal(other.status, 0, other.stderr)
  assert.match(her.read(config), /\[profile me\]/)
})

test('the stack of somebody else is left alone', async (t) => {
  const her = await anAdministrator(t)
  assert.equal((await setUp(her, '--no-mfa')).status, 0)
  const ran = await her.mayfly('setup', 'user', 'bob', '--yes', '--stack-name', 'mayfly-user-ann')
  assert.equal(ran.status, 3, ran.stderr)
  assert.match(ran.stderr, /that of ann/)
})

test('undo brings the config file back byte for byte', async (t) => {
  const her = await anAdministrator(t)
  her.write(config, '# mine\n[profile x]\nregion=eu-west-1')
  assert.equal((await setUp(her, '--no-mfa')).status, 0)
  assert.match(her.read(config), /# mine\n\[profile x\]\nregion=eu-west-1\n\n\[profile ann\]/)
  assert.equal((await her.mayfly('setup', 'undo')).status, 0)
  assert.equal(her.read(config), '# mine\n[profile x]\nregion=eu-west-1')
})

test('a word that is none of its commands is named, with those there are', async (t) => {
  const her = await anAdministrator(t)
  const mistyped = await her.mayfly('setup', 'usr', 'ann')
  assert.equal(mistyped.status, 2)
  assert.match(mistyped.stderr, /^error: unknown command 'usr'\n\(There is: user, role, remove, undo\)\n/)
  assert.match((await her.mayfly('setup')).stderr, /setup needs to know what to do/)
})

test('a role is got with MFA through the profile that setup writes over that of a person', async (t) => {
  const her = await anAdministrator(t)
  const admin = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
  assert.equal((await setUp(her, '--managed-policy-arn', admin, '--mfa-process', her.phone)).status, 0)
  const user = `arn:aws:iam::${her.sandbox.accountId}:user/ann`
  const mistyped = await her.mayfly('setup', 'role', 'reader', '--yes', '--source-profile', 'anm')
  assert.equal(mistyped.status, 3)
  assert.match(mistyped.stderr, /There is no profile anm\.\n {2}Did you mean ann\?/)
  const ran = await her.mayfly(
    'setup',
    'role',
    'reader',
    '--yes',
    '--source-profile',
    'ann',
    '--trusted-principal-arn',
    user,
  )
  assert.equal(ran.status, 0, ran.stderr)
  assert.match(
    her.read(config),
    /\[profile reader\]\nrole_arn = \S+:role\/reader\nsource_profile = ann\nmfa_serial = \S+\nrole_session_name = ann\n/,
  )
  const code = totpAt(her.read('seed'), stepAt(new Date()) + 1)
  const who = await her.mayfly('whoami', 'reader', '--mfa-code', code, '--json')
  assert.equal(who.status, 0, who.stderr)
  assert.match(JSON.parse(who.stdout).Arn, /assumed-role\/reader\/ann$/)
})

test('remove takes the device off and leaves nothing, at AWS and here', async (t) => {
  const her = await anAdministrator(t)
  assert.equal((await setUp(her, '--mfa-process', her.phone)).status, 0)
  assert.equal((await her.mayfly('setup', 'remove', 'ann', '--no-input')).status, 5)
  const ran = await her.mayfly('setup', 'remove', 'ann', '--yes')
  assert.equal(ran.status, 0, ran.stderr)
  assert.match(ran.stderr, /- the MFA device arn/)
  const { cloud } = her.sandbox
  assert.equal([...cloud.users.values()].filter(({ name }) => name === 'ann').length, 0)
  assert.equal([...cloud.mfaDevices.values()].length, 0)
  assert.equal(her.read(config), '')
  assert.equal((await her.mayfly('keys', 'list')).stdout, '')
  assert.equal((await her.mayfly('setup', 'remove', 'ann', '--yes')).status, 2)
})

function fetchAs(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = send(url, { method, headers: { ...headers, 'content-length': body.length } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 500, body: text }))
    })
    sent.on('error', reject).end(body)
  })
}
