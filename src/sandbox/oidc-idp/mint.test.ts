import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlCall, setStage } from '../stage.test.ts'
import { gitHubClaims } from './github.ts'

const claimsIn = (token: unknown) => JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString())

test('a token is issued with the claims that were ordered, by the clock of the sandbox', async (t) => {
  const stage = await setStage(t)
  const order = { subject: 'ann', audience: ['a'], lifetime: 60, claims: { groups: ['dev'] } }
  const { status, answer } = await controlCall(stage, 'POST', 'tokens', order)
  assert.equal(status, 200)
  const { jti, ...claims } = claimsIn(answer.token)
  const iat = stage.now.getTime() / 1000
  const iss = stage.sandbox.oidcIssuer
  assert.deepEqual(claims, { iss, sub: 'ann', aud: 'a', iat, nbf: iat, exp: iat + 60, groups: ['dev'] })
  assert.match(jti, /^[0-9a-f]{32}$/)
})

test('orders that cannot be met are refused, and so is who has no control token', async (t) => {
  const stage = await setStage(t)
  const orders = [
    [],
    {},
    { subject: 'a', claims: [] },
    { subject: 'a', issuer: 'http://idp.example' },
    { github: 'octo/app' },
  ]
  for (const order of [...orders, { subject: 'a', lifetime: 0 }, { subject: 'a', algorithm: 'none' }])
    assert.equal((await controlCall(stage, 'POST', 'tokens', order)).status, 400, JSON.stringify(order))
  assert.equal((await controlCall(stage, 'POST', 'tokens', { subject: 'a' }, 'wrong')).status, 401)
  assert.equal((await controlCall(stage, 'POST', 'tokens', { subject: 'a' })).status, 200)
})

test("the runner's answer is a token of GitHub's for five minutes, for the job and audience that were asked", async (t) => {
  const stage = await setStage(t)
  const job = 'repo:octo/app:ref:refs/tags/v1'
  const { answer } = await controlCall(stage, 'GET', `github-actions?job=${job}&audience=aws`)
  const { iss, sub, aud, iat, exp } = claimsIn(answer.value)
  assert.deepEqual([iss, sub, aud, exp - iat], ['https://token.actions.githubusercontent.com', job, 'aws', 300])
  const usual = await controlCall(stage, 'GET', `github-actions?job=${job}`)
  assert.equal(claimsIn(usual.answer.value).aud, 'https://github.com/octo')
  assert.equal((await controlCall(stage, 'GET', 'github-actions?job=octo')).status, 400)
})

test('the claims of a job follow from its subject', () => {
  const told = ['repository', 'repository_owner', 'ref', 'ref_type', 'event_name', 'environment']
  const of = (sub: string) => Object.fromEntries(told.map((name) => [name, gitHubClaims(sub)?.[name]]))
  const usual = {
    repository: 'octo/app',
    repository_owner: 'octo',
    ref_type: 'branch',
    event_name: 'push',
    environment: undefined,
  }
  assert.deepEqual(of('repo:octo/app:ref:refs/heads/a/b'), { ...usual, ref: 'refs/heads/a/b' })
  assert.deepEqual(of('octo/app:ref:refs/tags/v1'), { ...usual, ref: 'refs/tags/v1', ref_type: 'tag' })
  assert.deepEqual(of('octo/app:environment:prod'), { ...usual, ref: 'refs/heads/main', environment: 'prod' })
  assert.deepEqual(of('octo/app:pull_request'), { ...usual, ref: 'refs/pull/1/merge', event_name: 'pull_request' })
  for (const none of ['octo', 'octo/app', 'octo/app:ref:main', 'octo/app:pull_request:x', ''])
    assert.equal(gitHubClaims(none), undefined)
})
