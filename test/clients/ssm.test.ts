import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
  UnlabelParameterVersionCommand,
} from '@aws-sdk/client-ssm'
import { bench, boto3, run } from './clients.ts'

test('the AWS SDK for JavaScript keeps, labels, reads and deletes parameters', async (t) => {
  const { sandbox } = await bench(t)
  const { endpoint, region, accessKeyId, secretAccessKey } = sandbox
  const ssm = new SSMClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  const secure = { Name: '/app/key', Type: 'SecureString', Value: 'open sesame' } as const
  const put = await ssm.send(new PutParameterCommand(secure))
  assert.deepEqual([put.Version, put.Tier], [1, 'Standard'])
  await assert.rejects(ssm.send(new PutParameterCommand(secure)), { name: 'ParameterAlreadyExists' })
  await ssm.send(new PutParameterCommand({ Name: '/app/key', Value: 'two', Overwrite: true }))
  const label = { Name: '/app/key', ParameterVersion: 1, Labels: ['first', 'aws-no'] }
  const labelled = await ssm.send(new LabelParameterVersionCommand(label))
  assert.deepEqual([labelled.InvalidLabels, labelled.ParameterVersion], [['aws-no'], 1])

  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/app/key:first', WithDecryption: true }))
  assert.deepEqual(
    [Parameter?.Value, Parameter?.Version, Parameter?.Selector, Parameter?.Type],
    ['open sesame', 1, ':first', 'SecureString'],
  )
  assert.ok(Parameter?.LastModifiedDate instanceof Date)
  await ssm.send(new UnlabelParameterVersionCommand(label))
  await assert.rejects(ssm.send(new GetParameterCommand({ Name: '/app/key:first' })), {
    name: 'ParameterVersionNotFound',
  })
  const { Parameters } = await ssm.send(new GetParametersByPathCommand({ Path: '/', Recursive: true }))
  assert.deepEqual(
    Parameters?.map(({ Name }) => Name),
    ['/app/key'],
  )
  await assert.rejects(ssm.send(new DeleteParameterCommand({ Name: '/app/key:1' })), { name: 'ValidationException' })
  await ssm.send(new DeleteParameterCommand({ Name: '/app/key' }))
  await assert.rejects(ssm.send(new DeleteParameterCommand({ Name: '/app/key' })), { name: 'ParameterNotFound' })
  assert.deepEqual((await ssm.send(new DescribeParametersCommand({}))).Parameters, [])
})

test('boto3 keeps parameters', { skip: boto3.skip }, async (t) => {
  const at = await bench(t)
  const ran = await run([boto3.program, join(import.meta.dirname, 'python', 'ssm.py')], at.admin, at.home)
  assert.equal(ran.status, 0, ran.stderr)
  assert.equal(ran.stdout.trim(), 'ok')
})
