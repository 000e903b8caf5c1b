import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { evaluate, orderOf, presentResources, readTemplate, templateSummary } from './index.ts'
import { scopeOf } from './stage.test.ts'

const cdk = dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json'))

test('the template of cdk bootstrap is read, ordered and worked out, and its key is made only when asked', async () => {
  const body = await readFile(join(cdk, 'lib/api/bootstrap/bootstrap-template.yaml'), 'utf8')
  const template = readTemplate(body)
  assert.deepEqual(templateSummary(template).Capabilities, ['CAPABILITY_NAMED_IAM'])
  const presentWith = async (key: string) => {
    const scope = await scopeOf(body, [{ key: 'FileAssetsBucketKmsKeyId', value: key }])
    const ordered = orderOf(template, presentResources(template, scope.conditions), scope.conditions)
    const at = (name: string) => ordered.indexOf(name)
    assert.ok(at('FilePublishingRole') < at('FilePublishingRoleDefaultPolicy'))
    assert.ok(at('StagingBucket') < at('StagingBucketPolicy'))
    return { scope, ordered }
  }
  const own = await presentWith('')
  assert.ok(own.ordered.indexOf('FileAssetsBucketEncryptionKey') >= 0)
  const { scope, ordered } = await presentWith('AWS_MANAGED_KEY')
  assert.ok(!ordered.includes('FileAssetsBucketEncryptionKey'))
  const bucket = evaluate(template.resources.StagingBucket?.properties ?? {}, scope)
  assert.ok(typeof bucket === 'object' && bucket !== null && 'BucketName' in bucket)
  assert.equal(bucket.BucketName, 'cdk-hnb659fds-assets-111122223333-eu-central-1')
  assert.deepEqual(bucket.BucketEncryption, {
    ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
  })
})
