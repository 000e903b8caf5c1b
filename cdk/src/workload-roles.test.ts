import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stack } from 'aws-cdk-lib'
import { setDevices } from '../../src/sandbox/iot/stage.test.ts'
import { make, setRolesAnywhereStage, signerOf } from '../../src/sandbox/roles-anywhere/stage.test.ts'
import { addRole } from '../../src/sandbox/stage.test.ts'
import { assume, mint, setWebStage, trustIssuer } from '../../src/sandbox/web-identity/stage.test.ts'
import { trustIn, written } from '../test/written.ts'
import { GitHubActionsRole } from './github-actions-role.ts'
import { IotRole } from './iot-role.ts'
import { RolesAnywhereRole } from './roles-anywhere-role.ts'

test('the trust of GitHubActionsRole lets its job in, and the next branch, repository and pull request not', async (t) => {
  const stage = await setWebStage(t)
  const providerArn = trustIssuer(stage, 'https://token.actions.githubusercontent.com')
  const subjects = ['repo:octo/app:ref:refs/heads/main', 'repo:octo/app:environment:prod']
  const trust = trustIn((stack) => new GitHubActionsRole(stack, 'Deploy', { subjects, providerArn }))
  const RoleArn = addRole(stage, 'deploy', trust)
  const as = async (github: string) =>
    (await assume(stage, await mint(stage, { subject: undefined, github }), { RoleArn })).status
  for (const subject of subjects) assert.equal(await as(subject.slice('repo:'.length)), 200)
  for (const other of ['octo/app:ref:refs/heads/dev', 'octo/app2:ref:refs/heads/main', 'octo/app:pull_request'])
    assert.equal(await as(other), 403)
})

test('the trust of RolesAnywhereRole lets its certificate in, and another one or another anchor not', async (t) => {
  const stage = await setRolesAnywhereStage(t)
  const trustOf = (trustAnchorArn: string): string =>
    trustIn(
      (stack) =>
        new RolesAnywhereRole(stack, 'Web', { trustAnchor: { trustAnchorArn }, certificate: { commonName: 'web-1' } }),
    )
  const as = async (name: string) =>
    (await stage.createSession(signerOf(await make({ issuer: stage.root, name: `CN=${name}` })))).status
  stage.changeRole({ trust: trustOf(stage.anchor().arn) })
  assert.deepEqual([await as('web-1'), await as('web-2')], [201, 403])
  stage.changeRole({ trust: trustOf(`${stage.anchor().arn}0`) })
  assert.equal(await as('web-1'), 403)
})

test('the trust and the policy of IotRole let its thing in, and neither another alias nor no thing', async (t) => {
  const stage = await setDevices(t)
  const write = (stack: Stack) => new IotRole(stack, 'Lamp', { roleAlias: 'hall', things: 'lamp' })
  const roleArn = addRole(stage, 'hall', trustIn(write))
  const policyDocument = JSON.stringify(written(write, 'AWS::IoT::Policy').PolicyDocument)
  await stage.iot('POST', '/policies/hall', { policyDocument })
  await stage.iot('PUT', '/target-policies/hall', { target: stage.certificateArn })
  for (const alias of ['hall', 'sensor-of-hall']) await stage.iot('POST', `/role-aliases/${alias}`, { roleArn })
  assert.equal((await stage.ask({ alias: 'hall', thing: 'lamp' })).status, 200)
  assert.equal((await stage.ask({ alias: 'hall' })).status, 403)
  assert.equal((await stage.ask({ alias: 'sensor-of-hall', thing: 'lamp' })).status, 403)
})
