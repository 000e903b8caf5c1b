import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { makeSample } from '../../src/sandbox/identity-center/sample.ts'
import { instanceOf } from '../../src/sandbox/identity-center/state.ts'
import { control } from '../contracts/sign-in.ts'
import { aws, type Bench, bench, boto3, mayfly, type Ran, run } from './clients.ts'

/** The first AWS CLI of version 2 on this machine, or the reason there is none. */
const aws2 = await (async () => {
  for (const program of [process.env.MAYFLY_TEST_AWS2 ?? '', '/usr/bin/aws', '/usr/local/bin/aws', aws.program]) {
    const version = program && (await run([program, '--version'], process.env)).stdout
    const minor = /^aws-cli\/2\.(\d+)\./.exec(version)?.[1]
    if (minor !== undefined) return { program, minor: Number(minor), skip: false as const }
  }
  return { program: '', minor: 0, skip: 'no AWS CLI of version 2 here: install one and set MAYFLY_TEST_AWS2' }
})()

interface SsoBench extends Bench {
  /** Plays ann at a browser for programs that start one. */
  readonly person: NodeJS.ProcessEnv
  /** The start URL as AWS would have given it, which newer CLIs insist on. */
  readonly awsStartUrl: string
}

/** A bench with the sample's people, an sso-session `corp`, and the profiles `reader`, `admin` and `legacy`. */
async function ssoBench(t: TestContext): Promise<SsoBench> {
  const at = await bench(t)
  const { sandbox } = at
  makeSample(sandbox.cloud)
  const awsStartUrl = `https://${instanceOf(sandbox.cloud).identityStoreId}.awsapps.com/start`
  const profile = (name: string, role: string, more: string): string =>
    `[profile ${name}]\n${more}\nsso_account_id = ${sandbox.accountId}\nsso_role_name = ${role}\nregion = us-east-1\n`
  at.write(
    '.aws/config',
    `[sso-session corp]\nsso_start_url = ${awsStartUrl}\nsso_region = us-east-1\nsso_registration_scopes = sso:account:access\n` +
      profile('reader', 'Reader', 'sso_session = corp') +
      profile('admin', 'Administrator', 'sso_session = corp') +
      profile('legacy', 'Reader', `sso_start_url = ${awsStartUrl}\nsso_region = us-east-1`) +
      `[profile fed]\ncredential_process = ${mayfly} creds admin --no-input\nregion = us-east-1\n`,
  )
  const person = at.write('person.mjs', personScript(sandbox.endpoint, sandbox.controlToken))
  const { CI: _, SSH_CONNECTION: _1, SSH_CLIENT: _2, SSH_TTY: _3, CODESPACES: _4, ...nobody } = at.nobody
  return { ...at, nobody, awsStartUrl, person: { ...nobody, BROWSER: `${process.execPath} ${person}` } }
}

const personScript = (endpoint: string, token: string): string => `
const address = process.argv[2]
const userCode = new URL(address).searchParams.get('user_code')
const answer = await fetch('${endpoint}/_mayfly/identity-center/approve', {
  method: 'POST',
  headers: { Authorization: 'Bearer ${token}' },
  body: JSON.stringify({ userName: 'ann', ...(userCode ? { userCode } : { authorize: address }) }),
})
const { redirect } = await answer.json()
if (redirect) await fetch(redirect)
`

const cacheOf = (at: Bench): string => join(at.home, '.aws', 'sso', 'cache')
const tokenPath = (at: Bench, key = 'corp'): string =>
  join(cacheOf(at), `${createHash('sha1').update(key).digest('hex')}.json`)
const readToken = (at: Bench): Record<string, string> => JSON.parse(readFileSync(tokenPath(at), 'utf8'))

const reader = /^arn:aws:sts::111122223333:assumed-role\/AWSReservedSSO_Reader_[0-9a-f]{16}\/ann$/
const good = (ran: Ran): string => {
  assert.equal(ran.status, 0, ran.stderr)
  return ran.stdout.trim()
}
const whoWith = (at: SsoBench, program: string, profile: string): Promise<Ran> =>
  run([program, 'sts', 'get-caller-identity', '--profile', profile, '--query', 'Arn', '--output', 'text'], at.nobody)

test("Mayfly's sign-in serves botocore's token and credential providers, refresh included", {
  skip: boto3.skip,
}, async (t) => {
  const at = await ssoBench(t)
  good(await run([mayfly, 'login', 'reader'], at.person))
  const script = join(import.meta.dirname, 'python', 'sso_profile.py')
  const [token, arn = ''] = good(await run([boto3.program, script, 'reader', 'token'], at.nobody)).split('\n')
  assert.equal(token, readToken(at).accessToken)
  assert.match(arn, reader)
  const soon = new Date(Date.now() + 120_000).toISOString().replace(/\.\d+Z/, 'Z')
  writeFileSync(tokenPath(at), JSON.stringify({ ...readToken(at), expiresAt: soon }))
  const [renewed] = good(await run([boto3.program, script, 'reader', 'token'], at.nobody)).split('\n')
  assert.notEqual(renewed, token)
  assert.equal(readToken(at).accessToken, renewed, 'botocore writes what it renewed')
  assert.match(good(await run([mayfly, 'whoami', 'admin', '--no-input'], at.nobody)), /AWSReservedSSO_Administrator_/)
})

test("Mayfly's sign-in serves the AWS SDK for JavaScript, refresh included", async (t) => {
  const at = await ssoBench(t)
  good(await run([mayfly, 'login', 'reader'], at.person))
  const before = readToken(at).accessToken
  const soon = new Date(Date.now() + 60_000).toISOString().replace(/\.\d+Z/, 'Z')
  writeFileSync(tokenPath(at), JSON.stringify({ ...readToken(at), expiresAt: soon }))
  const script = at.write(
    'sdk.mjs',
    `import { STSClient, GetCallerIdentityCommand } from ${JSON.stringify(import.meta.resolve('@aws-sdk/client-sts'))}
import { fromSSO } from ${JSON.stringify(import.meta.resolve('@aws-sdk/credential-providers'))}
const sts = new STSClient({ credentials: fromSSO({ profile: 'reader' }) })
console.log((await sts.send(new GetCallerIdentityCommand({}))).Arn)`,
  )
  assert.match(good(await run([process.execPath, script], at.nobody)), reader)
  assert.notEqual(readToken(at).accessToken, before, 'the SDK renewed it with the refresh token that Mayfly left')
  good(await run([mayfly, 'whoami', 'admin', '--no-input'], at.nobody))
})

test('the AWS CLI of version 1 works with the sign-in, of a session and of a legacy profile', {
  skip: aws.skip,
}, async (t) => {
  const at = await ssoBench(t)
  good(await run([mayfly, 'login', 'reader'], at.person))
  assert.match(good(await whoWith(at, aws.program, 'reader')), reader)
  good(await run([mayfly, 'login', 'legacy'], at.person))
  assert.ok(existsSync(tokenPath(at, at.awsStartUrl)), 'by the start URL')
  assert.match(good(await whoWith(at, aws.program, 'legacy')), reader)
})

test("Mayfly's source feeds the AWS CLI, boto3 and the SDK", { skip: aws.skip || boto3.skip }, async (t) => {
  const at = await ssoBench(t)
  good(await run([mayfly, 'login', 'admin'], at.person))
  assert.match(good(await whoWith(at, aws.program, 'fed')), /AWSReservedSSO_Administrator_[0-9a-f]+\/ann$/)
  const script = join(import.meta.dirname, 'python', 'sso_profile.py')
  assert.match(good(await run([boto3.program, script, 'fed'], at.nobody)), /AWSReservedSSO_Administrator_/)
  const exec = [mayfly, 'exec', 'admin', '--', aws.program, 's3', 'mb', 's3://from-exec']
  assert.match(good(await run(exec, at.nobody)), /make_bucket/)
  const answer: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string } = JSON.parse(
    good(await run([mayfly, 'creds', 'admin', '--no-input'], at.nobody)),
  )
  const client = new STSClient({
    endpoint: at.sandbox.endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: answer.AccessKeyId,
      secretAccessKey: answer.SecretAccessKey,
      sessionToken: answer.SessionToken,
    },
  })
  assert.match((await client.send(new GetCallerIdentityCommand({}))).Arn ?? '', /\/ann$/)
})

/** Old CLIs know no AWS_ENDPOINT_URL; all of them read endpoint rules of the user's own. */
function pointAtSandbox(at: Bench): void {
  const rules = {
    version: '1.0',
    parameters: Object.fromEntries(
      [
        ['Region', 'AWS::Region', 'String'],
        ['Endpoint', 'SDK::Endpoint', 'String'],
        ['UseDualStack', 'AWS::UseDualStack', 'Boolean'],
        ['UseFIPS', 'AWS::UseFIPS', 'Boolean'],
        ['UseGlobalEndpoint', 'AWS::STS::UseGlobalEndpoint', 'Boolean'],
      ].map(([name, builtIn, type]) => [
        name,
        {
          builtIn,
          type,
          documentation: '',
          ...(type === 'Boolean' ? { required: true, default: false } : { required: false }),
        },
      ]),
    ),
    rules: [{ conditions: [], type: 'endpoint', endpoint: { url: at.sandbox.endpoint, properties: {}, headers: {} } }],
  }
  for (const service of ['sso-oidc/2019-06-10', 'sso/2019-06-10', 'sts/2011-06-15']) {
    const directory = join(at.home, '.aws', 'models', service)
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'endpoint-rule-set-1.json'), JSON.stringify(rules))
  }
}

/** Runs `aws sso login` and, as ann, allows whatever it shows. */
function signInWithCli(at: SsoBench, words: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(aws2.program, words, { env: { ...at.nobody, PYTHONUNBUFFERED: '1' }, stdio: 'pipe' })
    const said = { stdout: '', stderr: '' }
    let answered = false
    const look = (): void => {
      const userCode = /^([A-Z]{4}-[A-Z]{4})$/m.exec(said.stdout)?.[1]
      const authorize = /^(http\S+\/authorize\?\S+)$/m.exec(said.stdout)?.[1]
      if (answered || (userCode ?? authorize) === undefined) return
      answered = true
      const what = userCode === undefined ? { authorize } : { userCode }
      void control(at.sandbox, 'POST', 'identity-center/approve', { userName: 'ann', ...what }).then(({ redirect }) =>
        typeof redirect === 'string' ? fetch(redirect) : undefined,
      )
    }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text
        look()
      })
    child.on('close', (status) => resolve({ status: status ?? 1, ...said }))
    child.stdin.end()
  })
}

test('aws sso login of version 2 completes, Mayfly uses its sign-in, and its logout is one for both', {
  skip: aws2.skip,
}, async (t) => {
  const at = await ssoBench(t)
  pointAtSandbox(at)
  const device = aws2.minor >= 22 ? ['--use-device-code'] : []
  const login = ['sso', 'login', '--no-browser', '--profile', 'reader']
  for (const more of device.length > 0 ? [device, []] : [[]]) {
    assert.match(good(await signInWithCli(at, [...login, ...more])), /Successfully logged in/)
    assert.match(good(await run([mayfly, 'whoami', 'reader', '--no-input'], at.nobody)), /AWSReservedSSO_Reader_/)
    assert.match(good(await whoWith(at, aws2.program, 'reader')), reader)
  }
  good(await run([mayfly, 'logout', '--all'], at.nobody))
  good(await run([aws2.program, 'sso', 'logout'], at.nobody))
  assert.ok(!existsSync(tokenPath(at)))
  assert.equal(readdirSync(cacheOf(at)).length > 0, true, 'the registration stays')
  const refused = await run([mayfly, 'creds', 'reader', '--no-input'], at.nobody)
  assert.deepEqual([refused.status, refused.stdout], [5, ''])
  assert.match(refused.stderr, /mayfly login PROFILE/)
})

test("Mayfly's sign-in serves the AWS CLI of version 2, and Mayfly's sign-out is one for both", {
  skip: aws2.skip,
}, async (t) => {
  const at = await ssoBench(t)
  pointAtSandbox(at)
  good(await run([mayfly, 'login', 'reader'], at.person))
  assert.match(good(await whoWith(at, aws2.program, 'reader')), reader)
  good(await run([mayfly, 'logout', '--sso', 'reader'], at.nobody))
  assert.ok(!existsSync(tokenPath(at)))
  const admin = await whoWith(at, aws2.program, 'admin')
  assert.notEqual(admin.status, 0)
  assert.match(admin.stderr, /SSO/)
})

test('the requests of aws sso login with PKCE, one by one as version 2.36 sends them', async (t) => {
  const at = await ssoBench(t)
  const { endpoint } = at.sandbox
  const post = async (path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> => {
    const answer = await fetch(endpoint + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Amz-User-Agent': 'aws-cli/2.36.7' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: { ...((await answer.json()) as object) } }
  }
  const registered = await post('/client/register', {
    clientName: 'botocore-client-corp',
    clientType: 'public',
    grantTypes: ['authorization_code', 'refresh_token'],
    redirectUris: ['http://127.0.0.1/oauth/callback'],
    issuerUrl: at.awsStartUrl,
    scopes: ['sso:account:access'],
  })
  const { clientId, clientSecret } = registered.body
  assert.equal(registered.status, 200)
  const codeVerifier = randomBytes(48).toString('base64url')
  const redirectUri = 'http://127.0.0.1:41234/oauth/callback'
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: String(clientId),
    redirect_uri: redirectUri,
    state: 'a4b1c2d3-0000-4000-8000-000000000000',
    code_challenge_method: 'S256',
    scopes: 'sso:account:access',
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
  })
  const approved = await control(at.sandbox, 'POST', 'identity-center/approve', {
    userName: 'ann',
    authorize: `${endpoint}/authorize?${query}`,
  })
  const back = new URL(String(approved.redirect))
  assert.equal(back.origin + back.pathname, redirectUri)
  assert.equal(back.searchParams.get('state'), query.get('state'))
  const token = await post('/token', {
    clientId,
    clientSecret,
    grantType: 'authorization_code',
    code: back.searchParams.get('code'),
    codeVerifier,
    redirectUri,
  })
  assert.equal(token.status, 200)
  assert.deepEqual(Object.keys(token.body).sort(), ['accessToken', 'expiresIn', 'refreshToken', 'tokenType'])
  assert.equal(token.body.tokenType, 'Bearer')
})

test('one command takes a newcomer to profiles that every tool reads; undo takes all of it back', async (t) => {
  const at = await ssoBench(t)
  const config = at.write('.aws/fresh', '')
  const env = { ...at.person, AWS_CONFIG_FILE: config }
  const sync = [mayfly, 'sso', 'sync', 'corp', '--region', 'us-east-1']
  const half = await run([...sync, '--start-url', at.awsStartUrl], env)
  assert.deepEqual([half.status, readFileSync(config, 'utf8')], [2, ''])
  const first = [...sync, '--start-url', at.awsStartUrl, '--sso-region', 'us-east-1']
  assert.match(good(await run([...first, '--dry-run'], env)), /Nothing was changed/)
  assert.equal(readFileSync(config, 'utf8'), '')
  const told: { added: string[] } = JSON.parse(good(await run([...first, '--json'], env)))
  assert.deepEqual(told.added, ['Primary.Administrator', 'Primary.Reader'])
  assert.match(readFileSync(config, 'utf8'), /^\[sso-session corp\]\nsso_start_url = https:/)
  if (!aws.skip) {
    const caller = [aws.program, 'sts', 'get-caller-identity', '--profile', 'Primary.Reader', '--query', 'Arn']
    assert.match(good(await run([...caller, '--output', 'text'], { ...at.nobody, AWS_CONFIG_FILE: config })), reader)
  }
  good(await run([mayfly, 'sso', 'undo'], env))
  assert.equal(readFileSync(config, 'utf8'), '')
})
