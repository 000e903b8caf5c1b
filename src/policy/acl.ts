import type { PolicyDocument, PrincipalElement, Statement } from './document.ts'

/** Who an access control list grants to. */
export type AclGrantee =
  /** Twelve digits: the account behind a canonical user id, which only its owner's store can tell. */
  | { readonly account: string }
  /** A group's short name, or its URI as S3 writes it. */
  | { readonly group: string }

export interface AclGrant {
  readonly grantee: AclGrantee
  readonly permission: 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP' | 'FULL_CONTROL'
}

type Plain = Exclude<AclGrant['permission'], 'FULL_CONTROL'>

const bucketActions: Readonly<Record<Plain, readonly string[]>> = {
  READ: ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
  WRITE: ['s3:PutObject'],
  READ_ACP: ['s3:GetBucketAcl'],
  WRITE_ACP: ['s3:PutBucketAcl'],
}

const objectActions: Readonly<Record<Plain, readonly string[]>> = {
  READ: ['s3:GetObject', 's3:GetObjectVersion'],
  // S3 has no such grant on an object.
  WRITE: [],
  READ_ACP: ['s3:GetObjectAcl', 's3:GetObjectVersionAcl'],
  WRITE_ACP: ['s3:PutObjectAcl', 's3:PutObjectVersionAcl'],
}

/**
 * The resource policy an S3 access control list amounts to, for `PolicySet.resource`; where there is a bucket policy as
 * well, put its statements beside these. An ACL can only allow. `resourceArn` is a bucket's or an object's ARN; a
 * bucket's WRITE is about the objects in it. A group S3 does not know grants nothing.
 * See "Mapping of ACL permissions and access policy permissions" in the S3 User Guide.
 */
export function policyOfAcl(grants: readonly AclGrant[], resourceArn: string): PolicyDocument {
  return { version: '2012-10-17', statements: grants.flatMap((grant) => statementsOf(grant, resourceArn)) }
}

function statementsOf({ grantee, permission }: AclGrant, resourceArn: string): readonly Statement[] {
  const who = principalOf(grantee, resourceArn)
  if (who === undefined) return []
  const isObject = resourceArn.includes('/')
  const plain: readonly Plain[] =
    permission === 'FULL_CONTROL' ? ['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP'] : [permission]
  return plain.flatMap((one) => {
    const action = (isObject ? objectActions : bucketActions)[one]
    const resource = [one === 'WRITE' ? `${literally(resourceArn)}/*` : literally(resourceArn)]
    return action.length === 0 ? [] : [{ effect: 'Allow' as const, ...who, action, resource }]
  })
}

function principalOf(
  grantee: AclGrantee,
  resourceArn: string,
): Pick<Statement, 'principal' | 'conditions'> | undefined {
  const partition = resourceArn.split(':')[1] || 'aws'
  const named = (principal: PrincipalElement) => ({ principal, conditions: [] })
  if ('account' in grantee) return named({ aws: [`arn:${partition}:iam::${grantee.account}:root`] })
  switch (grantee.group.slice(grantee.group.lastIndexOf('/') + 1)) {
    case 'AllUsers':
      return named({ any: true })
    case 'AuthenticatedUsers':
      // Every signed request carries its account; an anonymous one has none.
      return {
        principal: { any: true },
        conditions: [{ operator: 'Null', key: 'aws:PrincipalAccount', values: ['false'] }],
      }
    case 'LogDelivery':
      return named({ service: ['logging.s3.amazonaws.com'] })
    default:
      return undefined
  }
}

/** An object's key may hold characters that are wildcards in a policy. */
const literally = (arn: string) => arn.replace(/[*?$]/g, (symbol) => `\${${symbol}}`)
