/**
 * A user's permanent key is worth nothing without MFA: everything is denied but what it takes to enrol a device and to
 * open an MFA session. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html
 */
export const mfaGated = {
  Version: '2012-10-17',
  Statement: [
    { Sid: 'Work', Effect: 'Allow', Action: ['s3:*', 'sts:AssumeRole'], Resource: '*' },
    {
      Sid: 'ManageOwnUser',
      Effect: 'Allow',
      Action: ['iam:GetUser', 'iam:ListMFADevices', 'iam:EnableMFADevice', 'iam:ResyncMFADevice'],
      Resource: `arn:aws:iam::*:user/$\{aws:username}`,
    },
    {
      Sid: 'ManageOwnDevice',
      Effect: 'Allow',
      Action: ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'],
      Resource: `arn:aws:iam::*:mfa/$\{aws:username}`,
    },
    {
      Sid: 'DenyAllExceptEnrolmentWithoutMFA',
      Effect: 'Deny',
      NotAction: [
        'iam:CreateVirtualMFADevice',
        'iam:DeleteVirtualMFADevice',
        'iam:EnableMFADevice',
        'iam:GetUser',
        'iam:ListMFADevices',
        'iam:ResyncMFADevice',
        'sts:GetSessionToken',
      ],
      Resource: '*',
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    },
  ],
}

/** Who may become the reader: the account's users that came with MFA. */
export const readerTrust = (accountId: string): object => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: 'sts:AssumeRole',
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    },
  ],
})

/** What the reader may do: look, and nothing else. */
export const readOnly = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*' }],
}

/** Denies every session issued before `instant`: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html */
export const revokeOlderSessions = (instant: string): object => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { DateLessThan: { 'aws:TokenIssueTime': instant } },
    },
  ],
})

/** Who a token of the issuer must be about to get the role: exactly this subject, asking for AWS. */
export const webIdentityTrust = (
  provider: string,
  issuer: string,
  subject: string,
  audience = 'sts.amazonaws.com',
): object => {
  const prefix = issuer.replace(/^https?:\/\//, '')
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: provider },
        Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'],
        Condition: { StringEquals: { [`${prefix}:aud`]: audience, [`${prefix}:sub`]: subject } },
      },
    ],
  }
}

/** Who comes from the company's SAML provider gets the role. */
export const samlTrust = (provider: string): object => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: provider },
      Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'],
      Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
    },
  ],
})

/** A service of AWS may take the role, for a device or a container of ours. */
export const serviceTrust = (service: string): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
})

/** A policy of AWS IoT: a certificate it is attached to may ask for the role behind the alias. */
export const deviceMayAsk = (accountId: string, region: string): object => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'iot:AssumeRoleWithCertificate',
      Resource: `arn:aws:iot:${region}:${accountId}:rolealias/lamp`,
    },
  ],
})
