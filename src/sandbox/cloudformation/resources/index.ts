import type { ResourceTypes } from '../resource-type.ts'
import { iamTypes } from './iam/index.ts'
import { certificate, policy, policyAttachment, roleAlias, thing, thingAttachment } from './iot.ts'
import { lambdaFunction, permission } from './lambda.ts'
import { metadata, waitConditionHandle } from './nothing.ts'
import { recordedTypes } from './recorded.ts'
import { profile, revocationList, trustAnchor } from './roles-anywhere.ts'
import { bucket, bucketPolicy } from './s3.ts'
import { rotationSchedule, secret, secretPolicy } from './secrets-manager.ts'
import { parameter } from './ssm.ts'

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
  'AWS::SSM::Parameter': parameter,
  'AWS::RolesAnywhere::TrustAnchor': trustAnchor,
  'AWS::RolesAnywhere::Profile': profile,
  'AWS::RolesAnywhere::CRL': revocationList,
  'AWS::IoT::Policy': policy,
  'AWS::IoT::RoleAlias': roleAlias,
  'AWS::IoT::Thing': thing,
  'AWS::IoT::Certificate': certificate,
  'AWS::IoT::PolicyPrincipalAttachment': policyAttachment,
  'AWS::IoT::ThingPrincipalAttachment': thingAttachment,
  ...recordedTypes,
  'AWS::CDK::Metadata': metadata,
  'AWS::CloudFormation::WaitConditionHandle': waitConditionHandle,
}
