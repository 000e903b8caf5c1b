import type { RequestContext } from '../../policy/question.ts'
import type { Bucket } from '../cloud.ts'
import { accessDenied, Fault } from '../fault.ts'
import type { Call, Permission } from '../service.ts'
import { isPublicPolicy } from './public-policy.ts'
import { noSuchBucket } from './refusals.ts'
import type { S3Request } from './request.ts'

/** The bucket the request is about. Throws NoSuchBucket, which S3 tells anyone, and AccessDenied for an unexpected owner. */
export function bucketOf({ call, bucketName, header }: S3Request): Bucket {
  const bucket = call.cloud.buckets.get(bucketName)
  if (!bucket) throw noSuchBucket(bucketName)
  const expected = header('x-amz-expected-bucket-owner')
  if (expected !== undefined && expected !== bucket.accountId) throw accessDenied('Access Denied')
  return bucket
}

interface What {
  readonly bucket: Bucket
  /** Absent: the bucket itself. */
  readonly key?: string
  readonly context?: RequestContext
}

/** Decides an S3 action on a bucket or object; throws AccessDenied. */
export function permit(request: S3Request, action: string, { bucket, key, context }: What): void {
  const { call } = request
  const arn = `arn:aws:s3:::${bucket.name}`
  const policy = policyThatCounts(bucket, call)
  ask(call, call.caller.accountId !== bucket.accountId, {
    action,
    resource: key === undefined ? arn : `${arn}/${key}`,
    resourceAccount: bucket.accountId,
    ...(policy !== undefined && { resourcePolicy: policy }),
    context: { 's3:ResourceAccount': bucket.accountId, ...contextOf(request), ...context },
  })
}

/** Decides an S3 action that is about no existing bucket. */
export function permitInAccount(request: S3Request, action: string, resource: string, context?: RequestContext): void {
  const { call } = request
  ask(call, call.caller.kind === 'anonymous', { action, resource, context: { ...contextOf(request), ...context } })
}

/** S3 gives its reasons within an account only, and puts the resource in quotes. */
function ask(call: Call, stranger: boolean, permission: Permission): void {
  try {
    call.authorize(permission)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'AccessDenied') throw error
    const plain = `on resource: ${permission.resource}`
    throw accessDenied(
      stranger ? 'Access Denied' : error.message.replace(plain, () => `on resource: "${permission.resource}"`),
    )
  }
}

// RestrictPublicBuckets: a public policy then counts within the bucket's own account only.
function policyThatCounts(bucket: Bucket, call: Call): string | undefined {
  if (bucket.policy === undefined || !bucket.publicAccessBlock?.restrictPublicBuckets) return bucket.policy
  return call.caller.accountId !== bucket.accountId && isPublicPolicy(bucket.policy) ? undefined : bucket.policy
}

const tellingHeaders = [
  'x-amz-acl',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-metadata-directive',
  'x-amz-server-side-encryption',
  'x-amz-storage-class',
]

/** The condition keys of S3 that any of its requests may have. */
function contextOf({ call, header }: S3Request): RequestContext {
  const context: Record<string, string> = {}
  const { authentication } = call
  if (authentication) {
    const inHeader = authentication.form === 'header'
    context['s3:authType'] = inHeader ? 'REST-HEADER' : 'REST-QUERY-STRING'
    context['s3:signatureversion'] = authentication.form === 'query-v2' ? 'AWS' : 'AWS4-HMAC-SHA256'
    if (authentication.form === 'query')
      context['s3:signatureAge'] = String(call.at.getTime() - authentication.at.getTime())
  }
  for (const name of tellingHeaders) {
    const value = header(name)
    if (value !== undefined) context[`s3:${name}`] = value
  }
  return context
}
