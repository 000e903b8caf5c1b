import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateUserCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import type { LoggedCall } from '../cloud.ts'
import { account, anyoneMay, fault, root, stage } from './stage.test.ts'

const arn = `arn:aws:iam::${account}:user/ann`

test('what a user may call is told with when it last did, and what it never called without', async () => {
  const here = stage()
  const iam = here.as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const document = anyoneMay.replace('"Action":"*"', '"Action":["s3:Get*","S3:List*","sts:*","ec2:*"]')
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument: document }))
  const logged = (id: string, at: string, by: string): LoggedCall => ({
    id,
    at,
    accountId: account,
    service: 's3',
    operation: 'GetObject',
    status: 200,
    sourceIp: '127.0.0.1',
    detail: { awsRegion: 'us-east-1', userIdentity: { arn: by } },
  })
  here.cloud.calls.put('1', logged('1', '2026-11-21T08:00:00.000Z', arn))
  here.cloud.calls.put('2', logged('2', '2026-11-21T09:00:00.000Z', arn))
  here.cloud.calls.put('3', logged('3', '2026-11-21T09:30:00.000Z', `${arn}a`))
  const { JobId } = await iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn: arn }))
  const told = await iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }))
  assert.equal(told.JobStatus, 'COMPLETED')
  assert.deepEqual(
    told.ServicesLastAccessed?.map((one) => [one.ServiceNamespace, one.LastAuthenticated?.toISOString()]),
    [
      ['ec2', undefined],
      ['s3', '2026-11-21T09:00:00.000Z'],
      ['sts', undefined],
    ],
  )
})

test('a report is made of who is there, and read by the account that asked', async () => {
  const here = stage()
  const iam = here.as(root)
  const ask = (Arn: string) => iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn }))
  await assert.rejects(ask(arn), fault('NoSuchEntity', 'The user with name ann cannot be found.'))
  await assert.rejects(ask(`arn:aws:iam::${account}:mfa/ann-phone`), fault('InvalidInput'))
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { JobId } = await ask(arn)
  const get = (caller = root) => here.as(caller).send(new GetServiceLastAccessedDetailsCommand({ JobId }))
  await get()
  const foreign = { ...root, accountId: '999988887777', arn: 'arn:aws:iam::999988887777:root' }
  await assert.rejects(get(foreign), fault('NoSuchEntity'))
})
