import { MfaGatedUser } from '@mayfly/cdk'
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'

/** A user who may do anything with S3, and nothing at all without MFA. */
export class UserStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props)
    const { user, keySecret } = new MfaGatedUser(this, 'User', {
      userName: 'ann',
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('AmazonS3FullAccess')],
    })
    new CfnOutput(this, 'UserName', { value: user.userName })
    if (keySecret) new CfnOutput(this, 'KeySecret', { value: keySecret.secretArn })
  }
}
