import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { control, memoryAwsCache } from '../../test/contracts/sign-in.ts'
import { sourceContract } from '../../test/contracts/source.ts'
import { type StsStage, stsStage } from '../../test/contracts/sts-stage.ts'
import type { Host } from '../host/host.ts'
import { Failure, type FailureCode } from '../model/failure.ts'
import type { ConsoleLoginSpec } from '../model/source-spec.ts'
import { keyOf } from '../sandbox/cloud.ts'
import type { Sandbox } from '../sandbox/index.ts'
import { tokenFileName } from './console/token-file.ts'
import { open } from './index.ts'

const specOn = ({ sandbox }: StsStage, user = 'ann'): ConsoleLoginSpec => ({
  kind: 'console-login',
  session: `arn:aws:iam::${sandbox.accountId}:user/${user}`,
  signin: { region: sandbox.region, endpoint: sandbox.endpoint },
})

function addUser({ cloud, accountId }: Sandbox, name: string, attached: readonly string[]): void {
  const base = { accountId, name, path: '/', createdAt: '2026-11-21T10:00:00.000Z', inline: {}, tags: {}, groups: [] }
  const login = { passwordHash: 'scrypt$1', createdAt: base.createdAt, resetRequired: false }
  const arn = `arn:aws:iam::${accountId}:user/${name}`
  cloud.users.put(keyOf(accountId, name), { ...base, id: `AIDARTX3GSDS${name.toUpperCase()}`, arn, attached, login })
}

const developer = 'arn:aws:iam::aws:policy/SignInLocalDevelopmentAccess'

/** A person at a browser, who signs in as a user; what the program is told comes back by loopback. */
const personAt =
  (sandbox: Sandbox, userName = 'ann', change: object = {}): Host['openBrowser'] =>
  async (authorize) => {
    const { redirect } = await control(sandbox, 'POST', 'signin/authorize', { authorize, userName, ...change })
    await fetch(String(redirect))
    return true
  }

let stage: StsStage
let cache: ReturnType<typeof memoryAwsCache>
let opened: string[]
let contractStage: StsStage | undefined
sourceContract('console-login', {
  spec: (on) => {
    contractStage = on
    addUser(on.sandbox, 'ann', [developer])
    return specOn(on)
  },
  host: {
    awsCache: () => cache,
    openBrowser: (url) => {
      assert.ok(contractStage)
      contractStage.asked.push(url)
      return personAt(contractStage.sandbox)(url)
    },
  },
  hasKey: false,
  calls: 1,
  questions: 1,
  arn: /:user\/ann$/,
})

before(async () => {
  stage = await stsStage()
  addUser(stage.sandbox, 'ann', [developer])
  addUser(stage.sandbox, 'bob', [])
})
after(() => stage.sandbox.close())
beforeEach(async () => {
  for (const name of await stage.vault.list('session/')) await stage.vault.delete(name)
  cache = memoryAwsCache()
  opened = []
})

function outside(change: Partial<Host> = {}): Host {
  return stage.process({
    awsCache: () => cache,
    openBrowser: (url) => {
      opened.push(url)
      return personAt(stage.sandbox)(url)
    },
    ...change,
  })
}

const alone = (change: Partial<Host> = {}): Host =>
  outside({
    openBrowser: () => Promise.reject(new Failure('input-needed', 'nobody is to be asked')),
    ...change,
  })

const rejected = (work: Promise<unknown>, code: FailureCode, message: RegExp): Promise<void> =>
  assert.rejects(work, (error) => error instanceof Failure && error.code === code && message.test(error.message))

const fileOf = (spec: ConsoleLoginSpec): Record<string, unknown> => ({
  ...JSON.parse(cache.files.get(tokenFileName(spec.session)) ?? '{}'),
})

test('a sign-in leaves the file that the AWS CLI leaves', async () => {
  const spec = specOn(stage)
  const credentials = await open(spec, outside())()
  const [name = ''] = cache.files.keys()
  assert.match(name, /^[0-9a-f]{64}\.json$/)
  const { accessToken, dpopKey, idToken, refreshToken, ...rest } = fileOf(spec)
  assert.deepEqual(rest, { tokenType: 'aws_sigv4', clientId: 'arn:aws:signin:::devtools/same-device' })
  assert.deepEqual(accessToken, {
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    sessionToken: credentials.sessionToken,
    accountId: stage.sandbox.accountId,
    expiresAt: credentials.expiration.toISOString().replace('.000Z', 'Z'),
  })
  assert.match(String(dpopKey), /^-----BEGIN EC PRIVATE KEY-----\n/)
  assert.ok(typeof idToken === 'string' && typeof refreshToken === 'string')
  const asked = new URL(opened[0] ?? '').searchParams
  assert.equal(asked.get('code_challenge_method'), 'SHA-256')
  assert.match(asked.get('redirect_uri') ?? '', /^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/)
})

test('credentials are renewed in silence for twelve hours, and then a person is needed', async () => {
  const spec = specOn(stage)
  const first = await open(spec, outside())()
  stage.advance(3600)
  const second = await open(spec, alone())()
  assert.notEqual(second.accessKeyId, first.accessKeyId)
  stage.advance(11 * 3600)
  await rejected(open(spec, alone())(), 'login-needed', /sign-in of arn:.*:user\/ann is over/)
  await open(spec, outside())()
})

test('credentials that another tool renewed meanwhile are taken from its file, with what else is there', async () => {
  const spec = specOn(stage)
  await open(spec, outside())()
  const other = { ...outside(), vault: (await import('../host/vaults/memory.ts')).memoryVault() }
  stage.advance(700)
  const theirs = await open(spec, other)()
  const fetching = outside({ fetch: () => assert.fail('nothing is to be sent') })
  assert.equal((await open(spec, fetching)()).accessKeyId, theirs.accessKeyId)
  cache.files.set(tokenFileName(spec.session), JSON.stringify({ ...fileOf(spec), theirOwn: 1 }))
  stage.advance(800)
  await open(spec, alone())()
  assert.equal(fileOf(spec).theirOwn, 1)
})

test('without a browser a code is pasted, and one of another sign-in is turned away', async () => {
  const spec = specOn(stage)
  const said: string[] = []
  const pasting = (which: number): Partial<Host> => ({
    openBrowser: async () => false,
    say: (text) => void said.push(text),
    ask: async () => {
      const authorize = said.at(which)?.split('\n')[1]?.trim()
      const { paste } = await control(stage.sandbox, 'POST', 'signin/authorize', { authorize, userName: 'ann' })
      return `${paste}\n`
    },
  })
  assert.match((await open(spec, outside(pasting(-1)))()).accessKeyId, /^ASIA/)
  assert.equal(fileOf(spec).clientId, 'arn:aws:signin:::devtools/cross-device')
  cache.files.clear()
  await rejected(
    open(spec, outside(pasting(0)))({ forceRefresh: true }),
    'login-needed',
    /not the code of this sign-in/,
  )
})

test('somebody else than the profile says gets nothing', async () => {
  const spec = specOn(stage, 'bob')
  const as = (user: string) => outside({ openBrowser: personAt(stage.sandbox, user) })
  await rejected(open(spec, as('ann'))(), 'config-invalid', /signed in as arn:.*user\/ann, but the profile is of .*bob/)
  assert.equal(cache.files.size, 0)
  await open(specOn(stage), as('ann'))()
})

test('a no in the browser is a no', async () => {
  const no = outside({ openBrowser: personAt(stage.sandbox, 'ann', { deny: true }) })
  await rejected(open(specOn(stage), no)(), 'access-denied', /denied in the browser/)
})

test('a changed password ends what was signed in with it, and a lost permission says which', async () => {
  const spec = specOn(stage)
  await open(spec, outside())()
  const id = keyOf(stage.sandbox.accountId, 'ann')
  const { users } = stage.sandbox.cloud
  const ann = users.get(id)
  assert.ok(ann?.login)
  stage.advance(800)
  users.put(id, { ...ann, attached: [] })
  await rejected(open(spec, alone())({ forceRefresh: true }), 'access-denied', /CreateOAuth2Token/)
  users.put(id, { ...ann, login: { ...ann.login, passwordHash: 'scrypt$2' } })
  await rejected(open(spec, alone())({ forceRefresh: true }), 'login-needed', /is over/)
  users.put(id, ann)
  await open(spec, alone())({ forceRefresh: true })
})

test('no secret of the sign-in is in what is said of a failure', async () => {
  const spec = specOn(stage)
  await open(spec, outside())()
  stage.advance(800)
  const broken = alone({ fetch: async () => new Response('<html>log in to the hotel</html>', { status: 200 }) })
  const { refreshToken } = fileOf(spec)
  await assert.rejects(open(spec, broken)({ forceRefresh: true }), (error) => {
    assert.ok(error instanceof Failure && error.code === 'aws-refused')
    return !error.message.includes(String(refreshToken)) && !error.message.includes('hotel')
  })
})
