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
