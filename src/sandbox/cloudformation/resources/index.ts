import type { ResourceTypes } from '../resource-type.ts'
import { iamTypes } from './iam/index.ts'
import { lambdaFunction, permission } from './lambda.ts'
import { metadata, waitConditionHandle } from './nothing.ts'
import { bucket, bucketPolicy } from './s3.ts'
import { rotationSchedule, secret, secretPolicy } from './secrets-manager.ts'

/** The types of resource a stack can hold. Adding one is a file and a row. */
export const resourceTypes: ResourceTypes = {
  ...iamTypes,
  'AWS::S3::Bucket': bucket,
  'AWS::S3::BucketPolicy': bucketPolicy,
  'AWS::SecretsManager::Secret': secret,
  'AWS::SecretsManager::RotationSchedule': rotationSchedule,
  'AWS::SecretsManager::ResourcePolicy': secretPolicy,
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::Permission': permission,
  'AWS::CDK::Metadata': metadata,
  'AWS::CloudFormation::WaitConditionHandle': waitConditionHandle,
}
