export interface MfaPolicyOptions {
  /** `aws-cn`, `aws-us-gov`; in a stack `Aws.PARTITION`. Default: `aws`. */
  readonly partition?: string
  /** The path of the users it is for, as in `/people/`: it is part of their ARN. Default: `/`. */
  readonly path?: string
}

/** A policy document as IAM takes it. */
export interface PolicyJson {
  readonly Version: '2012-10-17'
  readonly Statement: readonly StatementJson[]
}

interface StatementJson {
  readonly Sid: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource: string
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const self = '$' + '{aws:username}'

/**
 * The policy that makes a user's permanent key useless without MFA and locks nobody out: everything is denied but what
 * it takes to enrol a device and to open an MFA session. For a group of people; never for roles, nor for users that
 * programs use, whose calls carry no MFA. "AWS: Allows MFA-authenticated IAM users to manage their own credentials" in
 * the IAM User Guide, with three differences that have a reason each:
 *
 * - `iam:DeleteVirtualMFADevice` is spared from the denial. An enrolment that breaks off leaves a device whose name is
 *   taken, and its user stuck. AWS deletes no device that is enabled, so nobody gets rid of MFA this way.
 *   Who has the key could as well enrol before the user does, or between two devices: that needs no deletion.
 * - The first device bears the user's name, and further ones begin with it and a hyphen and take an MFA session. Any
 *   name for anybody would let the thief of a key enrol a second device, and with it open a session with MFA.
 * - `iam:ChangePassword` works with MFA only, as everything else.
 *
 * @example PolicyDocument.fromJson(mfaPolicy({ partition: Aws.PARTITION }))
 */
export function mfaPolicy({ partition = 'aws', path = '/' }: MfaPolicyOptions = {}): PolicyJson {
  const iam = `arn:${partition}:iam::*`
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'ViewAccount',
        Effect: 'Allow',
        Action: ['iam:GetAccountPasswordPolicy', 'iam:ListVirtualMFADevices'],
        Resource: '*',
      },
      {
        Sid: 'ManageOwnUser',
        Effect: 'Allow',
        Action: [
          'iam:ChangePassword',
          'iam:CreateAccessKey',
          'iam:DeactivateMFADevice',
          'iam:DeleteAccessKey',
          'iam:EnableMFADevice',
          'iam:GetAccessKeyLastUsed',
          'iam:GetUser',
          'iam:ListAccessKeys',
          'iam:ListMFADevices',
          'iam:ResyncMFADevice',
          'iam:UpdateAccessKey',
        ],
        Resource: `${iam}:user${path}${self}`,
      },
      {
        Sid: 'ManageOwnDevice',
        Effect: 'Allow',
        Action: ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'],
        Resource: `${iam}:mfa/${self}`,
      },
      {
        Sid: 'ManageFurtherDevicesWithMFA',
        Effect: 'Allow',
        Action: ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'],
        Resource: `${iam}:mfa/${self}-*`,
        Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      },
      {
        Sid: 'DenyAllExceptListedIfNoMFA',
        Effect: 'Deny',
        NotAction: [
          'iam:CreateVirtualMFADevice',
          'iam:DeleteVirtualMFADevice',
          'iam:EnableMFADevice',
          'iam:GetUser',
          'iam:ListMFADevices',
          'iam:ListVirtualMFADevices',
          'iam:ResyncMFADevice',
          'sts:GetSessionToken',
        ],
        Resource: '*',
        // A request with a permanent key has no such key at all; Bool would let it through.
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      },
    ],
  }
}
