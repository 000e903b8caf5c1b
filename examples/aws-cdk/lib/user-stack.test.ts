import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { App } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { UserStack } from './user-stack.ts'

test('ann may do anything with S3, and nothing without MFA', () => {
  const template = Template.fromStack(new UserStack(new App(), 'Stack'))
  template.hasResourceProperties('AWS::IAM::User', { UserName: 'ann' })
  template.hasResourceProperties('AWS::IAM::Group', {
    ManagedPolicyArns: [
      Match.objectLike({ 'Fn::Join': ['', Match.arrayWith([':iam::aws:policy/AmazonS3FullAccess'])] }),
    ],
  })
  const gate = { Effect: 'Deny', Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } } }
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(gate)]) },
  })
})

test('the README has a stranger install what the example is tested with', () => {
  const read = (name: string): string => readFileSync(join(import.meta.dirname, '..', name), 'utf8')
  const { dependencies, devDependencies } = JSON.parse(read('package.json'))
  const installs = (name: string): string =>
    read(name)
      .match(/^npm install .*$/gm)
      ?.join('\n') ?? ''
  const named = { 'aws-cdk-lib': dependencies['aws-cdk-lib'], 'aws-cdk': devDependencies['aws-cdk'] }
  for (const [name, version] of Object.entries(named))
    assert.ok(installs('README.md').includes(` ${name}@${version}`), name)
  assert.ok(installs('../../cdk/README.md').includes(` aws-cdk@${devDependencies['aws-cdk']}`))
})
