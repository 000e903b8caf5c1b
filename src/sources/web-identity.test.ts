import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { sourceContract } from '../../test/contracts/source.ts'
import { type StsStage, stsStage } from '../../test/contracts/sts-stage.ts'
import { addWebRole, mintOn } from '../../test/contracts/web-identity.ts'
import type { Host } from '../host/host.ts'
import { Failure, type FailureCode } from '../model/failure.ts'
import type { TokenPlace, WebIdentitySpec } from '../model/source-spec.ts'
import { open } from './index.ts'
import { holderOf } from './token-holder.ts'

let stage: StsStage
let spec: WebIdentitySpec
before(async () => {
  stage = await stsStage()
  spec = {
    kind: 'web-identity',
    token: { from: 'file', path: '/var/run/token' },
    roleArn: addWebRole(stage),
    sts: stage.sts,
  }
})
beforeEach(() => {
  stage.advance(7200)
  stage.calls.length = 0
})
after(() => stage.sandbox.close())
const sent = (): Record<string, string> => Object.fromEntries(stage.calls.at(-1) ?? [])
const trade = (token: TokenPlace, change: Partial<Host>) =>
  open({ ...spec, token }, stage.process(change))({ forceRefresh: true })
const fails = (code: FailureCode, text: RegExp) => (error: unknown) =>
  error instanceof Failure && error.code === code && text.test(`${error.message} ${error.hint}`)

let fileStage: StsStage | undefined
describe('web-identity from a file', () =>
  sourceContract('web-identity', {
    spec: (on) => {
      fileStage = on
      return { kind: 'web-identity', token: { from: 'file', path: '/token' }, roleArn: addWebRole(on), sts: on.sts }
    },
    host: { readFile: async () => Buffer.from(`${await mintOn(fileStage)}\n`) },
    hasKey: false,
    calls: 1,
    questions: 0,
    arn: /:assumed-role\/web\/mayfly-system-serviceaccount-default-app-\d{10}$/,
  }))

test('the token is read anew for every session, trimmed, and goes unsigned to STS with every field of the spec', async () => {
  let reads = 0
  let token = ''
  const host = stage.process({
    readFile: async (path) => {
      assert.equal(path, '/var/run/token')
      reads++
      token = await mintOn(stage)
      return Buffer.from(`${token}\n`)
    },
  })
  const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
  const policyArns = ['arn:aws:iam::aws:policy/ReadOnlyAccess']
  const full = { ...spec, sessionName: 'job', duration: 1800, policy, policyArns }
  await open(full, host)()
  assert.deepEqual(sent(), {
    ...{ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: spec.roleArn, RoleSessionName: 'job' },
    ...{ WebIdentityToken: token, DurationSeconds: '1800', Policy: policy, 'PolicyArns.member.1.arn': policyArns[0] },
  })
  const before = token
  await open(full, host)()
  assert.equal(reads, 1)
  await open(full, host)({ forceRefresh: true })
  assert.equal(reads, 2)
  assert.notEqual(sent().WebIdentityToken, before)
})

test('a token comes from a variable, or from a command', async () => {
  const token = await mintOn(stage)
  await trade(
    { from: 'variable', name: 'GITLAB_OIDC_TOKEN' },
    { variable: (name) => (name === 'GITLAB_OIDC_TOKEN' ? token : undefined) },
  )
  assert.equal(sent().WebIdentityToken, token)
  await trade(
    { from: 'command', commandLine: 'get token' },
    { run: async (line) => (line === 'get token' ? token : '') },
  )
  assert.equal(stage.calls.length, 2)
})

test("a token put in the place of another holder's is not traded, and one renewed for the same holder is", async () => {
  const mine = await mintOn(stage)
  const [head = '', , signature = ''] = mine.split('.')
  const claims = { iss: 'https://idp.example.com', sub: 'somebody-else', aud: 'sts.amazonaws.com' }
  const foreign = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
  const place: TokenPlace = { from: 'file', path: '/var/run/token', holder: holderOf(mine) }
  const swapped = trade(place, { readFile: async () => Buffer.from(foreign) })
  await assert.rejects(swapped, fails('file-conflict', /another holder's.*Run the command again/))
  assert.equal(stage.calls.length, 0)
  const renewed = await mintOn(stage)
  await trade(place, { readFile: async () => Buffer.from(renewed) })
  assert.equal(sent().WebIdentityToken, renewed)
})

test("a job of GitHub Actions asks its runner for a token with the audience, and not without the runner's leave", async () => {
  const token = await mintOn(stage)
  const asked: Request[] = []
  const variables: Record<string, string> = {
    ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner.example/idtoken?api-version=2.0',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'leave',
  }
  const host: Partial<Host> = {
    variable: (name) => variables[name],
    fetch: async (request) => {
      if (!request.url.startsWith('https://runner.example/')) return stage.process().fetch(request)
      asked.push(request)
      return Response.json({ value: token })
    },
  }
  await trade({ from: 'github-actions', audience: 'sts.amazonaws.com' }, host)
  assert.equal(asked[0]?.url, 'https://runner.example/idtoken?api-version=2.0&audience=sts.amazonaws.com')
  assert.equal(asked[0]?.headers.get('authorization'), 'Bearer leave')
  variables.ACTIONS_ID_TOKEN_REQUEST_URL = 'http://runner.example/idtoken'
  const place = { from: 'github-actions', audience: 'x' } as const
  await assert.rejects(trade(place, host), fails('config-invalid', /not an https/))
  delete variables.ACTIONS_ID_TOKEN_REQUEST_URL
  await assert.rejects(trade(place, host), fails('config-invalid', /id-token: write/))
})

test('what is no token is not sent, and not told', async () => {
  for (const text of ['', '\n', 'secret-of-mine', 'a.b', 'a.b.c.d', 'AKIA/secret', `${'x'.repeat(20_000)}.y.z`])
    await assert.rejects(trade({ from: 'variable', name: 'TOKEN' }, { variable: () => text }), (error) => {
      assert.ok(error instanceof Failure && error.code === 'config-invalid')
      return text.trim() === '' || !`${error.message} ${error.hint}`.includes(text)
    })
  assert.equal(stage.calls.length, 0)
})

test("STS's refusals are told with what to do", async () => {
  const refused = async (order: object, wanted: (error: unknown) => boolean, change: Partial<WebIdentitySpec> = {}) => {
    const token = await mintOn(stage, order)
    const host = stage.process({ readFile: async () => Buffer.from(token) })
    await assert.rejects(open({ ...spec, ...change }, host)({ forceRefresh: true }), wanted)
  }
  await refused({ flaw: 'expired' }, fails('login-needed', /Token expired/))
  await refused({ audience: ['other'] }, fails('access-denied', /Incorrect token audience.*audiences/))
  await refused({}, fails('access-denied', /Not authorized.*trust policy/), {
    roleArn: spec.roleArn.replace('web', 'nobody'),
  })
})

test('a spec that AWS would refuse is refused when opening', () => {
  for (const change of [
    { duration: 899 },
    { duration: 43_201 },
    { sessionName: 'x' },
    { roleArn: 'web' },
    { policy: '[]' },
  ])
    assert.throws(() => open({ ...spec, ...change }, stage.process()), fails('config-invalid', /./))
  assert.ok(open({ ...spec, duration: 43_200, sessionName: 'xy' }, stage.process()))
})
