import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateAccessKeyCommand,
  CreateAccountAliasCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteAccountAliasCommand,
  GenerateCredentialReportCommand,
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsCommandOutput,
  GetAccountSummaryCommand,
  GetCredentialReportCommand,
  ListAccountAliasesCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { seedManagedPolicies } from './aws-policies.ts'
import { account, anyoneMay, fault, root, stage } from './stage.test.ts'

test('an account has one alias, and no other account can take it', async () => {
  const here = stage()
  const iam = here.as(root)
  here.cloud.accounts.put('999988887777', { id: '999988887777', alias: 'taken' })
  await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'acme' }))
  await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'acme-2' }))
  assert.deepEqual((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases, ['acme-2'])
  await assert.rejects(
    iam.send(new CreateAccountAliasCommand({ AccountAlias: 'taken' })),
    fault('EntityAlreadyExists', 'The account alias taken already exists.'),
  )
  await assert.rejects(iam.send(new CreateAccountAliasCommand({ AccountAlias: 'a--b' })), fault('ValidationError'))
  await assert.rejects(iam.send(new DeleteAccountAliasCommand({ AccountAlias: 'acme' })), fault('NoSuchEntity'))
  await iam.send(new DeleteAccountAliasCommand({ AccountAlias: 'acme-2' }))
  assert.deepEqual((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases, [])
})

test('the summary counts what is there', async () => {
  const iam = stage().as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}))
  assert.equal(SummaryMap?.Users, 1)
  assert.equal(SummaryMap?.AccessKeysPerUserQuota, 2)
  assert.equal(SummaryMap?.AccountAccessKeysPresent, 0)
})

test('a credential report is made when asked for, kept for four hours, and tells keys by user', async () => {
  const here = stage()
  const iam = here.as(root)
  await iam.send(new CreateUserCommand({ UserName: 'a,b' }))
  await iam.send(new CreateAccessKeyCommand({ UserName: 'a,b' }))
  const get = () => iam.send(new GetCredentialReportCommand({}))
  await assert.rejects(get(), fault('ReportNotPresent'))
  assert.equal((await iam.send(new GenerateCredentialReportCommand({}))).State, 'STARTED')
  assert.equal((await iam.send(new GenerateCredentialReportCommand({}))).State, 'COMPLETE')
  const { Content, ReportFormat } = await get()
  assert.equal(ReportFormat, 'text/csv')
  const [head = '', , user = ''] = Buffer.from(Content ?? [])
    .toString()
    .split('\n')
  assert.equal(head.split(',').length, 22)
  assert.equal(
    user,
    `"a,b","arn:aws:iam::${account}:user/a,b",2026-11-21T10:00:00+00:00,false,N/A,N/A,N/A,false,true,2026-11-21T10:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A`,
  )
  here.pass(4 * 60 * 60)
  await assert.rejects(get(), fault('ReportExpired'))
})

test('the details of an account hold everything, in pages, or what was filtered for', async () => {
  const here = stage()
  seedManagedPolicies(here.cloud)
  const iam = here.as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  await iam.send(new CreateUserCommand({ UserName: 'bob' }))
  await iam.send(new CreateGroupCommand({ GroupName: 'g' }))
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'all', PolicyDocument: anyoneMay }))
  const first = await iam.send(new GetAccountAuthorizationDetailsCommand({ MaxItems: 2 }))
  const rest = await iam.send(new GetAccountAuthorizationDetailsCommand({ Marker: first.Marker }))
  const names = (told: GetAccountAuthorizationDetailsCommandOutput) => [
    ...(told.UserDetailList ?? []).map(({ UserName }) => UserName),
    ...(told.GroupDetailList ?? []).map(({ GroupName }) => GroupName),
    ...(told.Policies ?? []).map(({ PolicyName }) => PolicyName),
  ]
  assert.deepEqual([names(first), names(rest)], [['ann', 'bob'], ['g']])
  assert.equal(decodeURIComponent(first.UserDetailList?.[0]?.UserPolicyList?.[0]?.PolicyDocument ?? ''), anyoneMay)
  const groups = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Group'] }))
  assert.deepEqual(names(groups), ['g'])
})

test('another account sees nothing of this one', async () => {
  const here = stage()
  await here.as(root).send(new CreateUserCommand({ UserName: 'ann' }))
  const foreign = { ...root, accountId: '999988887777', arn: 'arn:aws:iam::999988887777:root' }
  const told = await here.as(foreign).send(new GetAccountAuthorizationDetailsCommand({}))
  assert.deepEqual(told.UserDetailList, [])
})
