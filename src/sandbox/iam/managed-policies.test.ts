import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteUserPermissionsBoundaryCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  PutUserPermissionsBoundaryCommand,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iam'
import { parsePolicy } from '../../policy/index.ts'
import { seedManagedPolicies } from './aws-policies.ts'
import { account, anyoneMay, callerNamed, fault, root, stage } from './stage.test.ts'

const arn = `arn:aws:iam::${account}:policy/all`
const create = (name = 'all', document = anyoneMay) =>
  new CreatePolicyCommand({ PolicyName: name, PolicyDocument: document })

test('a policy is created once whatever its path, and told with its use', async () => {
  const iam = stage().as(root)
  const { Policy } = await iam.send(create())
  assert.match(Policy?.PolicyId ?? '', /^ANPA/)
  assert.equal(Policy?.AttachmentCount, 0)
  await assert.rejects(
    iam.send(new CreatePolicyCommand({ PolicyName: 'ALL', Path: '/x/', PolicyDocument: anyoneMay })),
    fault('EntityAlreadyExists', 'A policy called ALL already exists. Duplicate names are not allowed.'),
  )
  await iam.send(create('other'))
})

test('a policy of 6144 characters fits whatever white space is around it, and one more does not', async () => {
  const iam = stage().as(root)
  const sized = (length: number) => {
    const empty = anyoneMay.replace('"Action":"*"', '"Action":"s3:"').length
    return anyoneMay.replace('"Action":"*"', `"Action":"s3:${'a'.repeat(length - empty)}"`)
  }
  await iam.send(create('fits', sized(6144).replaceAll('{', '{  \n  ')))
  await assert.rejects(
    iam.send(create('not', sized(6145))),
    fault('LimitExceeded', 'Cannot exceed quota for PolicySize: 6144'),
  )
})

test('documents are checked when they are written', async () => {
  const iam = stage().as(root)
  await assert.rejects(iam.send(create('broken', '{"Version":"2012-10-17"')), fault('MalformedPolicyDocument'))
  await assert.rejects(
    iam.send(create('old', anyoneMay.replace('2012', '2008'))),
    fault('MalformedPolicyDocument', 'Policy document must be version 2012-10-17 or greater.'),
  )
})

test('a policy has five versions at most, and its default one cannot be deleted', async () => {
  const iam = stage().as(root)
  await iam.send(create())
  const add = () => iam.send(new CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument: anyoneMay }))
  for (const _ of [2, 3, 4, 5]) await add()
  await assert.rejects(add(), fault('LimitExceeded'))
  await assert.rejects(
    iam.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: 'v1' })),
    fault('DeleteConflict', 'Cannot delete the default version of a policy.'),
  )
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn: arn, VersionId: 'v5' }))
  await iam.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: 'v1' }))
  const { PolicyVersion } = await iam.send(
    new CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument: anyoneMay, SetAsDefault: true }),
  )
  assert.equal(PolicyVersion?.VersionId, 'v6', 'a number is never used twice')
  const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn: arn }))
  assert.deepEqual(
    Versions?.map(({ VersionId, IsDefaultVersion }) => `${VersionId}${IsDefaultVersion ? ' default' : ''}`),
    ['v6 default', 'v5', 'v4', 'v3', 'v2'],
  )
  const told = await iam.send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: 'v6' }))
  assert.equal(decodeURIComponent(told.PolicyVersion?.Document ?? ''), anyoneMay)
  await assert.rejects(
    iam.send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: 'v1' })),
    fault('NoSuchEntity', `Policy ${arn} version v1 does not exist or is not attachable.`),
  )
})

test('a policy in use or with old versions is not deleted', async () => {
  const iam = stage().as(root)
  await iam.send(create())
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  await iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: arn }))
  await iam.send(new CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument: anyoneMay }))
  const remove = () => iam.send(new DeletePolicyCommand({ PolicyArn: arn }))
  await assert.rejects(remove(), fault('DeleteConflict', 'Cannot delete a policy attached to entities.'))
  await iam.send(new DetachUserPolicyCommand({ UserName: 'ann', PolicyArn: arn }))
  await assert.rejects(remove(), fault('DeleteConflict'))
  await iam.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: 'v2' }))
  await remove()
  await assert.rejects(
    iam.send(new GetPolicyCommand({ PolicyArn: arn })),
    fault('NoSuchEntity', `Policy ${arn} was not found.`),
  )
})

test('attaching twice is as good as once, ten policies are the most, and what is not there cannot be attached', async () => {
  const iam = stage().as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const attach = (name: string) =>
    iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: `arn:aws:iam::${account}:policy/${name}` }))
  for (let number = 1; number <= 11; number++) await iam.send(create(`p${number}`))
  for (let number = 1; number <= 10; number++) await attach(`p${number}`)
  await attach('p10')
  await assert.rejects(attach('p11'), fault('LimitExceeded', 'Cannot exceed quota for PoliciesPerUser: 10'))
  await assert.rejects(
    attach('none'),
    fault('NoSuchEntity', `Policy arn:aws:iam::${account}:policy/none does not exist or is not attachable.`),
  )
  await assert.rejects(
    iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: 'arn:aws:s3:::not-a-policy' })),
    fault('InvalidInput'),
  )
  const { AttachedPolicies } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName: 'ann' }))
  assert.equal(AttachedPolicies?.length, 10)
})

test('who uses a policy, and how, is told', async () => {
  const iam = stage().as(root)
  await iam.send(create())
  await iam.send(new CreateUserCommand({ UserName: 'ann', PermissionsBoundary: arn }))
  await iam.send(new CreateUserCommand({ UserName: 'bob' }))
  await iam.send(new AttachUserPolicyCommand({ UserName: 'bob', PolicyArn: arn }))
  const all = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: arn }))
  assert.deepEqual(
    all.PolicyUsers?.map(({ UserName }) => UserName),
    ['ann', 'bob'],
  )
  const bound = await iam.send(
    new ListEntitiesForPolicyCommand({ PolicyArn: arn, PolicyUsageFilter: 'PermissionsBoundary' }),
  )
  assert.deepEqual(
    bound.PolicyUsers?.map(({ UserName }) => UserName),
    ['ann'],
  )
  await assert.rejects(
    iam.send(
      new PutUserPermissionsBoundaryCommand({
        UserName: 'bob',
        PermissionsBoundary: `arn:aws:iam::${account}:policy/none`,
      }),
    ),
    fault('NoSuchEntity', `Scope ARN: arn:aws:iam::${account}:policy/none does not exist or is not attachable.`),
  )
})

test('the policies AWS publishes can be listed, read and attached, and not changed', async () => {
  const here = stage()
  seedManagedPolicies(here.cloud)
  const iam = here.as(root)
  const admin = 'arn:aws:iam::aws:policy/AdministratorAccess'
  const { Policies } = await iam.send(new ListPoliciesCommand({ Scope: 'AWS', PathPrefix: '/job-function/' }))
  assert.ok(Policies?.some(({ Arn }) => Arn === 'arn:aws:iam::aws:policy/job-function/ViewOnlyAccess'))
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  await iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: admin }))
  await here.as(callerNamed('ann')).send(new GetPolicyCommand({ PolicyArn: admin }))
  const attached = await iam.send(new ListPoliciesCommand({ OnlyAttached: true }))
  assert.deepEqual(
    attached.Policies?.map(({ PolicyName }) => PolicyName),
    ['AdministratorAccess'],
  )
  await assert.rejects(
    iam.send(new CreatePolicyVersionCommand({ PolicyArn: admin, PolicyDocument: anyoneMay })),
    fault('AccessDenied'),
  )
})

test('every published policy is one the engine can read, and seeding again changes nothing', () => {
  const { cloud } = stage()
  seedManagedPolicies(cloud)
  const before = [...cloud.policies.values()]
  for (const { arn: name, versions } of before)
    for (const { document } of versions) assert.ok(parsePolicy(document, 'identity').ok, name)
  seedManagedPolicies(cloud)
  assert.deepEqual([...cloud.policies.values()], before)
})

test('a policy attached is what its user may do', async () => {
  const here = stage()
  seedManagedPolicies(here.cloud)
  const iam = here.as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const ann = here.as(callerNamed('ann'))
  const list = () => ann.send(new ListPoliciesCommand({}))
  await assert.rejects(list(), fault('AccessDenied'))
  await iam.send(
    new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' }),
  )
  await list()
  await assert.rejects(ann.send(create()), fault('AccessDenied'))
})

test('a policy of another account is as good as none', async () => {
  const here = stage()
  await here.as(root).send(create())
  const other = here.as({ ...root, accountId: '999988887777', arn: 'arn:aws:iam::999988887777:root' })
  await other.send(new CreateUserCommand({ UserName: 'eve' }))
  await assert.rejects(other.send(new GetPolicyCommand({ PolicyArn: arn })), fault('NoSuchEntity'))
  await assert.rejects(
    other.send(new AttachUserPolicyCommand({ UserName: 'eve', PolicyArn: arn })),
    fault('NoSuchEntity'),
  )
  await other.send(create())
})

test('a boundary that is taken off binds no longer', async () => {
  const here = stage()
  const iam = here.as(root)
  await iam.send(create())
  await iam.send(create('none', anyoneMay.replace('Allow', 'Deny')))
  const PermissionsBoundary = `arn:aws:iam::${account}:policy/none`
  await iam.send(new CreateUserCommand({ UserName: 'ann', PermissionsBoundary }))
  await iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: arn }))
  const ask = () => here.as(callerNamed('ann')).send(new GetPolicyCommand({ PolicyArn: arn }))
  await assert.rejects(ask(), fault('AccessDenied'))
  await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: 'ann' }))
  await ask()
})
