import type { ResourceTypes } from '../../resource-type.ts'
import { accessKey } from './access-key.ts'
import { group } from './group.ts'
import { oidcProvider, samlProvider } from './identity-providers.ts'
import { instanceProfile } from './instance-profile.ts'
import { managedPolicy } from './managed-policy.ts'
import { groupPolicy, policy, rolePolicy, userPolicy } from './policy.ts'
import { role } from './role.ts'
import { serviceLinkedRole } from './service-linked-role.ts'
import { user } from './user.ts'
import { userToGroupAddition } from './user-to-group-addition.ts'
import { virtualMfaDevice } from './virtual-mfa-device.ts'

/** IAM's types. See "AWS::IAM" in the CloudFormation Template Reference. */
export const iamTypes: ResourceTypes = {
  'AWS::IAM::AccessKey': accessKey,
  'AWS::IAM::Group': group,
  'AWS::IAM::GroupPolicy': groupPolicy,
  'AWS::IAM::InstanceProfile': instanceProfile,
  'AWS::IAM::ManagedPolicy': managedPolicy,
  'AWS::IAM::OIDCProvider': oidcProvider,
  'AWS::IAM::Policy': policy,
  'AWS::IAM::Role': role,
  'AWS::IAM::RolePolicy': rolePolicy,
  'AWS::IAM::SAMLProvider': samlProvider,
  'AWS::IAM::ServiceLinkedRole': serviceLinkedRole,
  'AWS::IAM::User': user,
  'AWS::IAM::UserPolicy': userPolicy,
  'AWS::IAM::UserToGroupAddition': userToGroupAddition,
  'AWS::IAM::VirtualMFADevice': virtualMfaDevice,
}
