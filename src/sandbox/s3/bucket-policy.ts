import type { PolicyDocument, Statement } from '../../policy/document.ts'
import { parsePolicy } from '../../policy/index.ts'
import type { Bucket, Cloud } from '../cloud.ts'
import { accessDenied, Fault } from '../fault.ts'
import { checkPrincipals } from '../iam/principals.ts'
import type { Answer } from '../service.ts'
import { emptyAnswer, wholeBody, xmlAnswer } from './answers.ts'
import { bucketOf, permit } from './permit.ts'
import { isPublicPolicy } from './public-policy.ts'
import { methodNotAllowed } from './refusals.ts'
import type { S3Request } from './request.ts'

const longestPolicy = 20 * 1024

export function getBucketPolicy(request: S3Request): Answer {
  const bucket = ownBucket(request)
  permit(request, 's3:GetBucketPolicy', { bucket })
  return { status: 200, headers: { 'content-type': 'application/json' }, body: policyOf(bucket) }
}

/** Whether the policy is public, as Block Public Access counts. */
export function getBucketPolicyStatus(request: S3Request): Answer {
  const bucket = ownBucket(request)
  permit(request, 's3:GetBucketPolicyStatus', { bucket })
  return xmlAnswer('PolicyStatus', { IsPublic: isPublicPolicy(policyOf(bucket)) })
}

/** Writes the policy; one that S3 would not take is refused with what is wrong, and a public one while that is blocked. */
export async function putBucketPolicy(request: S3Request): Promise<Answer> {
  const { call, bucketName } = request
  permit(request, 's3:PutBucketPolicy', { bucket: ownBucket(request) })
  const text = Buffer.from(await wholeBody(request)).toString()
  check(text, bucketName, call.cloud)
  const bucket = ownBucket(request)
  if (bucket.publicAccessBlock?.blockPublicPolicy && isPublicPolicy(text))
    throw accessDenied(
      `User: ${call.caller.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::${bucketName}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
    )
  call.cloud.buckets.put(bucketName, { ...bucket, policy: text })
  return emptyAnswer(204)
}

export function deleteBucketPolicy(request: S3Request): Answer {
  const bucket = ownBucket(request)
  permit(request, 's3:DeleteBucketPolicy', { bucket })
  const { policy: _, ...rest } = bucket
  request.call.cloud.buckets.put(bucket.name, rest)
  return emptyAnswer(204)
}

/** No policy can hand these operations to another account: its callers are told so by the method, not by the policy. */
function ownBucket(request: S3Request): Bucket {
  const bucket = bucketOf(request)
  const { caller, request: wire } = request.call
  if (caller.kind === 'anonymous') throw accessDenied('Access Denied')
  if (caller.accountId !== bucket.accountId) throw methodNotAllowed(wire.method.toUpperCase(), 'BUCKETPOLICY')
  return bucket
}

function policyOf({ name, policy }: Bucket): string {
  if (policy === undefined)
    throw new Fault('NoSuchBucketPolicy', 404, 'The bucket policy does not exist', { BucketName: name })
  return policy
}

const malformed = (message: string): Fault => new Fault('MalformedPolicy', 400, message)

function check(text: string, bucketName: string, cloud: Cloud): void {
  if (Buffer.byteLength(text) > longestPolicy) throw malformed('Policies must not exceed 20480 bytes in size')
  const parsed = parsePolicy(text, 'resource')
  if (!parsed.ok) {
    if (!isJsonObject(text)) throw malformed("Policies must be valid JSON and the first byte must be '{'")
    const [fault] = parsed.faults
    throw malformed(fault ? `${fault.path === '' ? 'Policy' : fault.path}: ${fault.problem}` : 'Invalid policy syntax.')
  }
  checkStatements(parsed.document, bucketName)
  try {
    checkPrincipals(parsed.document, cloud)
  } catch (error) {
    throw error instanceof Fault ? malformed('Invalid principal in policy') : error
  }
}

function checkStatements({ statements }: PolicyDocument, bucketName: string): void {
  const arn = `arn:aws:s3:::${bucketName}`
  for (const statement of statements) {
    const actions = statement.action ?? statement.notAction ?? []
    if (actions.some((action) => action !== '*' && !/^s3:/i.test(action))) throw malformed('Policy has invalid action')
    const resources = statement.resource ?? statement.notResource ?? []
    if (resources.some((resource) => !isOf(resource, arn))) throw malformed('Policy has invalid resource')
    if (statement.action && statement.resource && !fits(statement, arn))
      throw malformed('Action does not apply to any resource(s) in statement')
  }
}

const isOf = (resource: string, arn: string): boolean =>
  resource === arn || resource.startsWith(`${arn}/`) || resource === `${arn}*`

// Object actions on a bucket alone, or the other way round: the commonest mistake, and S3 catches it.
function fits({ action = [], resource = [] }: Statement, arn: string): boolean {
  const onObjects = resource.some((text) => text !== arn)
  const onBucket = resource.some((text) => text === arn || text === `${arn}*`)
  return action.every((name) =>
    isObjectAction(name) ? onObjects : name.includes('*') || name.includes('?') || onBucket,
  )
}

const isObjectAction = (action: string): boolean =>
  !/[*?]/.test(action) &&
  /^s3:(?:(?:Get|Put|Delete|Restore|Replicate)Object(?!LockConfiguration)|AbortMultipartUpload$|ListMultipartUploadParts$)/i.test(
    action,
  )

function isJsonObject(text: string): boolean {
  try {
    return text.startsWith('{') && typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}
