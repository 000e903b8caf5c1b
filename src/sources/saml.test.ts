import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { sourceContract } from '../../test/contracts/source.ts'
import { type StsStage, stsStage } from '../../test/contracts/sts-stage.ts'
import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import type { SamlSpec } from '../model/source-spec.ts'
import { awsAttribute, type Changes } from '../sandbox/saml-idp/issue.ts'
import { open } from './index.ts'
import { type SamlGround, samlGround } from './saml-stage.test.ts'

let underContract: SamlGround
describe('saml', () =>
  sourceContract('saml', {
    spec: async (bare) => {
      underContract = await samlGround(bare)
      return underContract.spec
    },
    host: { run: () => underContract.response() },
    ...{ hasKey: false, calls: 1, questions: 0, arn: /:assumed-role\/reader\/ann@example\.com$/ },
  }))

let stage: StsStage
let ground: SamlGround
before(async () => {
  stage = await stsStage()
  ground = await samlGround(stage)
})
beforeEach(() => {
  stage.advance(8 * 3600)
  stage.calls.length = 0
  stage.asked.length = 0
})
after(() => stage.sandbox.close())

const openWith = (change: Partial<SamlSpec>, host: Partial<Host> = {}) =>
  open({ ...ground.spec, ...change }, stage.process({ run: () => ground.response(), ...host }))()
const printing = (changes: Changes): Partial<Host> => ({ run: () => ground.response(changes) })
const roles = (...names: ('reader' | 'deployer')[]): Changes => ({
  attributes: [[`${awsAttribute}Role`, names.map((name) => `${ground.providerArn},${stage.role(name)}`)]],
})
const failing = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Failure, String(error))
  assert.equal(error.code, code, error.message)
  assert.match(`${error.message} ${error.hint}`, words)
  return true
}

test('the assertion goes to AWS with the role and its provider, and nobody signs', async () => {
  await openWith(
    { duration: 7200, policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] },
    {
      fetch: async (request) => {
        assert.equal(request.headers.get('authorization'), null)
        return stage.process().fetch(request)
      },
    },
  )
  const { SAMLAssertion, ...sent } = Object.fromEntries(stage.calls.at(-1) ?? [])
  assert.deepEqual(sent, {
    ...{ Action: 'AssumeRoleWithSAML', Version: '2011-06-15', RoleArn: stage.role('reader') },
    ...{ PrincipalArn: ground.providerArn, DurationSeconds: '7200' },
    'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
  })
  assert.match(SAMLAssertion ?? '', /^[A-Za-z0-9+/]+=*$/)
})

test('a session ends with the one at the provider, however long it was asked for', async () => {
  const sessionNotOnOrAfter = new Date(stage.process().now().getTime() + 1200_000)
  const { expiration } = await openWith({ duration: 43_200 }, printing({ sessionNotOnOrAfter }))
  assert.deepEqual(expiration, sessionNotOnOrAfter)
})

test('of several roles the profile chooses, else the person, by number or by name', async () => {
  const both = printing(roles('reader', 'deployer'))
  const as = async (answer: string): Promise<string> => {
    stage.advance(60)
    const { roleArn: _, ...anyRole } = ground.spec
    const ask: Host['ask'] = async ({ text }) => {
      stage.asked.push(text)
      return answer
    }
    await open(anyRole, stage.process({ ...both, ask }))({ forceRefresh: true })
    return stage.calls.at(-1)?.get('RoleArn') ?? ''
  }
  assert.equal(await as('2'), stage.role('deployer'))
  assert.match(stage.asked[0] ?? '', /1 {2}arn.*reader\n {2}2 {2}arn.*deployer\nWhich role/)
  assert.equal(await as(' reader '), stage.role('reader'))
  assert.equal(await as(stage.role('deployer')), stage.role('deployer'))
  for (const wrong of ['3', '0', 'writer', '']) await assert.rejects(as(wrong), failing('usage', /number/))
  stage.asked.length = 0
  await openWith({ roleArn: stage.role('deployer') }, both)
  assert.deepEqual(stage.asked, [])
})

test('where nobody can choose, the roles are told', async () => {
  const { roleArn: _, ...anyRole } = ground.spec
  const ask = () => Promise.reject(new Failure('input-needed', 'nobody'))
  await assert.rejects(
    open(anyRole, stage.process({ ...printing(roles('reader', 'deployer')), ask }))(),
    failing('input-needed', /reader.*deployer.*Set role_arn/),
  )
  assert.equal(stage.calls.length, 0)
})

test('a role that the assertion does not name is not asked for, and those it names are told', async () => {
  const other = { roleArn: stage.role('deployer') }
  await assert.rejects(openWith(other), failing('access-denied', /does not name .*deployer.*names .*reader/))
  const provider = { providerArn: `${ground.providerArn}-2` }
  await assert.rejects(openWith(provider), failing('access-denied', /does not name/))
  await assert.rejects(
    openWith({}, printing({ without: [`${awsAttribute}Role`] })),
    failing('access-denied', /SAML\/Attributes\/Role/),
  )
  assert.equal(stage.calls.length, 0)
})

test('a response is taken as it was copied, and nothing that is none', async () => {
  const response = await ground.response()
  const lines = response.replace(/.{76}/g, '$&\n')
  for (const copied of [
    lines,
    `SAMLResponse=${encodeURIComponent(response)}&RelayState=x`,
    `SAMLResponse: "${response}"`,
  ])
    assert.ok(await open(ground.spec, stage.process({ run: async () => copied }))({ forceRefresh: true }))
  stage.calls.length = 0
  const html = Buffer.from('<html>Session expired</html>').toString('base64')
  for (const wrong of ['', 'Error: not signed in', html, 'PHg', 'A'.repeat(100_004)])
    await assert.rejects(
      openWith({ duration: 1800 }, { run: async () => wrong }),
      (error) => failing('login-needed', /Sign in again/)(error) && !String(error).includes('AAAA'),
    )
  assert.equal(stage.calls.length, 0)
})

test('a command that fails says which key of the profile names it', async () => {
  const run = () => Promise.reject(new Failure('command-not-found', 'print-it could not be started.'))
  await assert.rejects(openWith({}, { run }), failing('command-not-found', /print-it.*mayfly_saml_assertion_process/))
})

test('what AWS says of an assertion is told: that it is stale, that it is not signed by the provider', async () => {
  const old = new Date(stage.process().now().getTime() - 301_000)
  await assert.rejects(
    openWith({}, printing({ issueInstant: old })),
    failing('login-needed', /within 5 minutes of issuance.*Sign in again/),
  )
  await assert.rejects(
    openWith({}, printing({ signed: 'nothing' })),
    failing('access-denied', /Response signature invalid/),
  )
})

test('a duration that no session has is refused before anybody signs in', () => {
  for (const duration of [899, 43_201, 900.5])
    assert.throws(() => open({ ...ground.spec, duration }, stage.process()), failing('config-invalid', /900 to 43200/))
})
