import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromIni } from '@aws-sdk/credential-providers'
import { freePort } from '../contracts/free-port.ts'
import { until } from '../contracts/until.ts'
import { aws, type Bench, bench, boto3, mayfly, run } from './clients.ts'

/** AWS's own helper. Later versions than this are not on every module proxy; the protocol is the same. */
const helperModule = 'github.com/aws/rolesanywhere-credential-helper@v1.5.0'
const directory = mkdtempSync(join(tmpdir(), 'mayfly-signing-helper-'))
after(() => rmSync(directory, { recursive: true, force: true }))

/** AWS's signing helper, built from its source, or the reason why it is not here. */
async function signingHelper(): Promise<{ readonly program: string; readonly skip: false | string }> {
  const program = join(directory, 'aws_signing_helper')
  const found = await run(['go', 'mod', 'download', '-json', helperModule], process.env, directory)
  if (found.status === 127) return { program, skip: 'no Go here: AWS’s signing helper cannot be built' }
  const source: unknown = found.status === 0 ? JSON.parse(found.stdout).Dir : undefined
  if (typeof source !== 'string') return { program, skip: `the source of ${helperModule} could not be had` }
  const built = await run(['go', 'build', '-o', program, '.'], process.env, source)
  return {
    program,
    skip: built.status !== 0 && `AWS’s signing helper does not build here: ${built.stderr.slice(-200)}`,
  }
}

const helper = await signingHelper()
const openssl = spawnSync('openssl', ['version']).status === 0 ? false : 'no openssl here'

interface Setting extends Bench {
  readonly arns: { readonly anchor: string; readonly profile: string; readonly role: string; readonly crl: string }
  readonly file: (name: string) => string
}

/** A sandbox that boto3 set up for certificates that openssl made: a root, an authority below it, RSA and EC leaves. */
async function setting(t: TestContext): Promise<Setting> {
  const at = await bench(t)
  at.write(
    'openssl.conf',
    `[ca]\ndefault_ca=it\n[it]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ndefault_crl_days=30
[authority]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign
[leaf]\nbasicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nsubjectAltName=DNS:web.example.com,URI:spiffe://example/web
[req]\ndistinguished_name=dn\n[dn]\n`,
  )
  at.write('index.txt', '')
  at.write('crlnumber', '1000\n')
  const make = (line: string): void => void execFileSync('openssl', line.split(' '), { cwd: at.home, stdio: 'ignore' })
  const keys = { rsa: 'rsa:2048', ec: 'ec -pkeyopt ec_paramgen_curve:P-384' }
  for (const name of ['root', 'other'])
    make(
      `req -x509 -newkey ${keys.ec} -nodes -keyout ${name}.key -out ${name}.pem -days 30 -subj /O=Example/CN=${name} -config openssl.conf -extensions authority`,
    )
  const issue = (name: string, key: string, issuer: string, extensions: string): void => {
    make(
      `req -newkey ${key} -nodes -keyout ${name}.key -out ${name}.csr -subj /O=Example/CN=${name} -config openssl.conf`,
    )
    make(
      `x509 -req -in ${name}.csr -CA ${issuer}.pem -CAkey ${issuer}.key -days 10 -out ${name}.pem -extfile openssl.conf -extensions ${extensions}`,
    )
  }
  issue('between', keys.rsa, 'root', 'authority')
  for (const type of ['rsa', 'ec'] as const) issue(`leaf-${type}`, keys[type], 'between', 'leaf')
  make('ca -config openssl.conf -cert between.pem -keyfile between.key -revoke leaf-ec.pem')
  make('ca -config openssl.conf -cert between.pem -keyfile between.key -gencrl -out between.crl')
  const file = (name: string): string => join(at.home, name)
  const script = join(import.meta.dirname, 'python', 'roles_anywhere.py')
  const files = ['root.pem', 'other.pem', 'between.crl'].map(file)
  const ran = await run([boto3.program, script, ...files], at.admin, at.home)
  assert.equal(ran.status, 0, ran.stderr)
  return { ...at, arns: JSON.parse(ran.stdout), file }
}

const flags = ({ arns, sandbox, file }: Setting, type: 'rsa' | 'ec'): readonly string[] => [
  ...['--certificate', file(`leaf-${type}.pem`), '--private-key', file(`leaf-${type}.key`)],
  ...['--intermediates', file('between.pem'), '--trust-anchor-arn', arns.anchor, '--profile-arn', arns.profile],
  ...['--role-arn', arns.role, '--endpoint', sandbox.endpoint, '--region', sandbox.region],
]

/** The serial number as the helper reads it, in hexadecimal. */
const serialOf = (at: Setting, type: string): string =>
  execFileSync('openssl', ['x509', '-in', at.file(`leaf-${type}.pem`), '-noout', '-serial'], { encoding: 'utf8' })
    .trim()
    .replace('serial=', '')
    .toLowerCase()

const whoIs = async (at: Bench, key: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string }) => {
  const credentials = {
    accessKeyId: key.AccessKeyId,
    secretAccessKey: key.SecretAccessKey,
    sessionToken: key.SessionToken,
  }
  const sts = new STSClient({ endpoint: at.sandbox.endpoint, region: at.sandbox.region, credentials })
  return (await sts.send(new GetCallerIdentityCommand({}))).Arn
}

const skipHelper = helper.skip || boto3.skip || openssl
for (const type of ['rsa', 'ec'] as const)
  test(`AWS's signing helper gets a session with an ${type} key, and none once the certificate is revoked`, {
    skip: skipHelper,
  }, async (t) => {
    const at = await setting(t)
    const ask = () => run([helper.program, 'credential-process', ...flags(at, type)], at.nobody, at.home)
    const told = await ask()
    assert.equal(told.status, 0, told.stderr)
    const key = JSON.parse(told.stdout)
    const name = `arn:aws:sts::${at.sandbox.accountId}:assumed-role/web/${serialOf(at, type)}`
    assert.equal(await whoIs(at, key), name)
    const named = await run(
      [helper.program, 'credential-process', ...flags(at, type), '--role-session-name', 'nightly'],
      at.nobody,
      at.home,
    )
    assert.match((await whoIs(at, JSON.parse(named.stdout))) ?? '', /\/nightly$/)

    const enabled = await run([aws.program, 'rolesanywhere', 'enable-crl', '--crl-id', at.arns.crl], at.admin, at.home)
    assert.equal(enabled.status, 0, enabled.stderr)
    const again = await ask()
    if (type === 'rsa') assert.equal(again.status, 0, again.stderr)
    else assert.match(again.stderr, /AccessDeniedException: Certificate revoked/)
  })

test('what AWS’s signing helper does wrong is refused in words it shows', { skip: skipHelper }, async (t) => {
  const at = await setting(t)
  const ask = async (from: string, to: string) => {
    const words = flags(at, 'rsa').map((word) => (word === from ? to : word))
    return (await run([helper.program, 'credential-process', ...words], at.nobody, at.home)).stderr
  }
  assert.match(
    await ask(at.file('between.pem'), at.file('other.pem')),
    /AccessDeniedException: Untrusted Signing Certificate/,
  )
  assert.match(await ask(at.arns.role, `${at.arns.role}2`), /AccessDeniedException: Unable to assume role for arn:aws/)
  assert.match(
    await ask(at.arns.anchor, at.arns.anchor.replace(/.{4}$/, 'ffff')),
    /ResourceNotFoundException: Trust anchor not found/,
  )
})

test('AWS’s signing helper serves sessions to SDKs as an instance would', {
  skip: skipHelper || aws.skip,
}, async (t) => {
  const at = await setting(t)
  const port = await freePort()
  const server = spawn(helper.program, ['serve', ...flags(at, 'ec'), '--port', String(port)], {
    env: at.nobody,
    stdio: 'ignore',
  })
  t.after(() => server.kill())
  const endpoint = `http://127.0.0.1:${port}/`
  const { AWS_EC2_METADATA_DISABLED: _, ...metadata } = at.nobody
  const env = { ...metadata, AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint }
  const isUp = (): Promise<boolean> =>
    fetch(endpoint).then(
      () => true,
      () => false,
    )
  await until(isUp, 'the helper')
  const who = await run([aws.program, 'sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text'], env, at.home)
  assert.equal(
    who.stdout.trim(),
    `arn:aws:sts::${at.sandbox.accountId}:assumed-role/web/${serialOf(at, 'ec')}`,
    who.stderr,
  )
})

test('Mayfly’s sessions of a certificate feed the AWS CLI, boto3 and the AWS SDK for JavaScript', {
  skip: boto3.skip || aws.skip || openssl,
}, async (t) => {
  const at = await setting(t)
  const { arns, sandbox } = at
  const sections = (['rsa', 'ec'] as const).map(
    (type) => `[profile ${type}]
mayfly_trust_anchor_arn = ${arns.anchor}
mayfly_profile_arn = ${arns.profile}
role_arn = ${arns.role}
mayfly_certificate = ${at.file(`leaf-${type}.pem`)}
mayfly_private_key = ${at.file(`leaf-${type}.key`)}
mayfly_certificate_chain = ${at.file('between.pem')}

[profile ${type}-tools]
credential_process = '${mayfly}' creds ${type} --no-input
region = ${sandbox.region}
`,
  )
  at.write('.aws/config', sections.join('\n'))
  for (const type of ['rsa', 'ec']) {
    const name = `arn:aws:sts::${sandbox.accountId}:assumed-role/web/${serialOf(at, type)}`
    const ask = ['sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text']
    const cli = await run([aws.program, ...ask, '--profile', `${type}-tools`], at.nobody, at.home)
    assert.equal(cli.stdout.trim(), name, cli.stderr)
    const inside = await run([mayfly, 'exec', type, '--', aws.program, ...ask], at.nobody, at.home)
    assert.equal(inside.stdout.trim(), name, inside.stderr)
    const script = join(import.meta.dirname, 'python', 'profile.py')
    const python = await run([boto3.program, script, `${type}-tools`], at.nobody, at.home)
    assert.equal(python.stdout.trim(), name, python.stderr)
  }
  const before = { ...process.env }
  Object.assign(process.env, at.nobody)
  t.after(() => {
    process.env = before
  })
  const credentials = fromIni({ profile: 'rsa-tools', configFilepath: at.file('.aws/config') })
  const sts = new STSClient({ endpoint: sandbox.endpoint, region: sandbox.region, credentials })
  assert.match((await sts.send(new GetCallerIdentityCommand({}))).Arn ?? '', /:assumed-role\/web\//)
  assert.ok(readFileSync(at.file('.aws/config'), 'utf8').includes('mayfly_trust_anchor_arn'))
})
