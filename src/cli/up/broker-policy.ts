/** What the key of a broker may do at AWS, and nothing else: issue and revoke these roles, and watch. docs/broker.md has it. */
export const brokerPolicy = (user: string, roles: readonly string[]): object => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'Issue',
      Effect: 'Allow',
      Action: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'],
      Resource: roles,
    },
    {
      Sid: 'Revoke',
      Effect: 'Allow',
      Action: ['iam:PutRolePolicy', 'iam:DeleteRolePolicy', 'iam:GetRolePolicy'],
      Resource: roles,
    },
    {
      Sid: 'RevokeOfUsers',
      Effect: 'Allow',
      Action: ['iam:PutUserPolicy', 'iam:DeleteUserPolicy'],
      Resource: user.replace(/user\/.*$/, 'user/*'),
    },
    { Sid: 'Watch', Effect: 'Allow', Action: 'cloudtrail:LookupEvents', Resource: '*' },
    {
      Sid: 'NotItself',
      Effect: 'Deny',
      Action: ['iam:PutUserPolicy', 'iam:DeleteUserPolicy'],
      Resource: user,
    },
  ],
})

/** What a role says to let a broker issue its sessions. */
export const brokerTrust = (user: string): object => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: user },
      Action: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'],
    },
  ],
})
