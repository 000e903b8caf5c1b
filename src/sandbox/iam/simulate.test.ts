import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam'
import { account, anyoneMay, fault, root, stage } from './stage.test.ts'

const arn = `arn:aws:iam::${account}:user/ann`
const withMfa = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:*",
      "Resource": "arn:aws:s3:::home/\${aws:username}/*",
      "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } }
    },
    { "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*" }
  ]
}`

async function simulated(...names: string[]) {
  const iam = stage().as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'mfa', PolicyDocument: withMfa }))
  const ask = (more: object = {}) =>
    iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: arn,
        ActionNames: names,
        ResourceArns: ['arn:aws:s3:::home/ann/x'],
        ...more,
      }),
    )
  return { iam, ask }
}

const mfa = (value: string) => ({
  ContextEntries: [
    { ContextKeyName: 'aws:MultiFactorAuthPresent', ContextKeyType: 'boolean', ContextKeyValues: [value] },
  ],
})

test('a key nobody gave is told as missing, and the same question with it is allowed by the statement named', async () => {
  const { ask } = await simulated('s3:GetObject')
  const without = (await ask()).EvaluationResults?.[0]
  assert.equal(without?.EvalDecision, 'implicitDeny')
  assert.deepEqual(without?.MissingContextValues, ['aws:MultiFactorAuthPresent'])
  assert.deepEqual(without?.MatchedStatements, [])
  const given = (await ask(mfa('true'))).EvaluationResults?.[0]
  assert.equal(given?.EvalDecision, 'allowed')
  assert.deepEqual(given?.MissingContextValues, [])
  assert.deepEqual(given?.MatchedStatements, [
    {
      SourcePolicyId: 'user_ann_mfa',
      SourcePolicyType: 'IAM Policy',
      StartPosition: { Line: 4, Column: 5 },
      EndPosition: { Line: 9, Column: 6 },
    },
  ])
  assert.equal(given?.ResourceSpecificResults?.[0]?.EvalResourceDecision, 'allowed')
  assert.equal((await ask(mfa('false'))).EvaluationResults?.[0]?.EvalDecision, 'implicitDeny')
})

test('an explicit deny is told as one, and each action on each resource is answered, in pages', async () => {
  const { ask } = await simulated('s3:DeleteBucket', 's3:GetObject')
  const resources = { ResourceArns: ['arn:aws:s3:::home', 'arn:aws:s3:::home/ann/x'] }
  const first = await ask({ ...mfa('true'), ...resources, MaxItems: 3 })
  const rest = await ask({ ...mfa('true'), ...resources, Marker: first.Marker })
  assert.deepEqual(
    [...(first.EvaluationResults ?? []), ...(rest.EvaluationResults ?? [])].map(
      (result) => `${result.EvalActionName} ${result.EvalResourceName} ${result.EvalDecision}`,
    ),
    [
      's3:DeleteBucket arn:aws:s3:::home explicitDeny',
      's3:DeleteBucket arn:aws:s3:::home/ann/x explicitDeny',
      's3:GetObject arn:aws:s3:::home implicitDeny',
      's3:GetObject arn:aws:s3:::home/ann/x allowed',
    ],
  )
})

test('what a group allows counts, and a boundary that is silent takes it away and says so', async () => {
  const { iam, ask } = await simulated('ec2:RunInstances')
  await iam.send(new CreateGroupCommand({ GroupName: 'all' }))
  await iam.send(new PutGroupPolicyCommand({ GroupName: 'all', PolicyName: 'all', PolicyDocument: anyoneMay }))
  await iam.send(new AddUserToGroupCommand({ GroupName: 'all', UserName: 'ann' }))
  const free = (await ask({ ResourceArns: undefined })).EvaluationResults?.[0]
  assert.equal(free?.EvalDecision, 'allowed')
  assert.equal(free?.MatchedStatements?.[0]?.SourcePolicyId, 'group_all_all')
  assert.equal(free?.PermissionsBoundaryDecisionDetail, undefined)
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'bound', PolicyDocument: withMfa }))
  await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: 'ann', PermissionsBoundary: Policy?.Arn }))
  const bound = (await ask()).EvaluationResults?.[0]
  assert.equal(bound?.EvalDecision, 'implicitDeny')
  assert.equal(bound?.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary, false)
  const other = (await ask({ PermissionsBoundaryPolicyInputList: [anyoneMay] })).EvaluationResults?.[0]
  assert.equal(other?.EvalDecision, 'allowed')
  assert.equal(other?.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary, true)
})

test('a policy on the resource allows what it names the caller for', async () => {
  const { ask } = await simulated('s3:GetObject')
  const ResourcePolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { AWS: arn }, Action: 's3:GetObject', Resource: '*' },
  })
  const allowed = (await ask({ ResourcePolicy })).EvaluationResults?.[0]
  assert.equal(allowed?.EvalDecision, 'allowed')
  assert.equal(allowed?.MatchedStatements?.[0]?.SourcePolicyType, 'Resource Policy')
  const foreign = await ask({ ResourcePolicy, ResourceOwner: '999988887777' })
  assert.equal(foreign.EvaluationResults?.[0]?.EvalDecision, 'implicitDeny', 'both sides must allow across accounts')
  await assert.rejects(
    ask({ ResourcePolicy, CallerArn: `arn:aws:sts::${account}:assumed-role/dev/x` }),
    fault('InvalidInput'),
  )
})

test('policies that are given only are simulated by themselves', async () => {
  const iam = stage().as(root)
  const ask = (PolicyInputList: string[], ActionNames = ['s3:GetObject']) =>
    iam.send(new SimulateCustomPolicyCommand({ PolicyInputList, ActionNames }))
  const { EvaluationResults } = await ask([anyoneMay])
  assert.equal(EvaluationResults?.[0]?.EvalDecision, 'allowed')
  assert.equal(EvaluationResults?.[0]?.EvalResourceName, '*')
  assert.equal(EvaluationResults?.[0]?.MatchedStatements?.[0]?.SourcePolicyId, 'PolicyInputList.1')
  await assert.rejects(ask(['{}']), fault('InvalidInput'))
  await assert.rejects(ask([anyoneMay], ['GetObject']), fault('InvalidInput'))
})

test('who is simulated must be a user, group or role of the account', async () => {
  const { iam, ask } = await simulated('s3:GetObject')
  const missing = `arn:aws:iam::${account}:user/ghost`
  await assert.rejects(ask({ PolicySourceArn: missing }), fault('NoSuchEntity'))
  await assert.rejects(
    ask({ PolicySourceArn: 'arn:aws:iam::999988887777:user/ann' }),
    fault(
      'InvalidInput',
      'Invalid Entity Arn: arn:aws:iam::999988887777:user/ann does not clearly define entity type and name.',
    ),
  )
  await iam.send(new CreateGroupCommand({ GroupName: 'g', Path: '/x/' }))
  const { EvaluationResults } = await ask({ PolicySourceArn: `arn:aws:iam::${account}:group/x/g` })
  assert.equal(EvaluationResults?.[0]?.EvalDecision, 'implicitDeny')
})

test('the keys policies ask for are found in conditions and variables, once each', async () => {
  const { iam } = await simulated()
  const custom = await iam.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList: [withMfa, withMfa] }))
  assert.deepEqual(custom.ContextKeyNames, ['aws:MultiFactorAuthPresent', 'aws:username'])
  const { Policy } = await iam.send(
    new CreatePolicyCommand({
      PolicyName: 'ip',
      PolicyDocument:
        '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}}',
    }),
  )
  await iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: Policy?.Arn }))
  const own = await iam.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: arn }))
  assert.deepEqual(own.ContextKeyNames, ['aws:MultiFactorAuthPresent', 'aws:username', 'aws:SourceIp'])
})
