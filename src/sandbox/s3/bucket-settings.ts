import { flat, textOf, withAttributes, type XmlElement, type XmlValue } from '../../wire/xml.ts'
import type { Bucket } from '../cloud.ts'
import { Fault } from '../fault.ts'
import type { Answer } from '../service.ts'
import { canonicalId, emptyAnswer, xmlAnswer, xmlBody } from './answers.ts'
import { checkAcl } from './description.ts'
import { readableObject } from './get-object.ts'
import { bucketOf, permit } from './permit.ts'
import { malformedXml, noSuchKey } from './refusals.ts'
import type { S3Request } from './request.ts'
import { stateOf } from './state.ts'
import { readTagging, writeTagging } from './tagging.ts'

type Perform = (request: S3Request) => Answer | Promise<Answer>

/** A setting every bucket has and none can change here: who may read it, and what it says. */
export const fixedSetting =
  (action: string, root: string, value: XmlValue): Perform =>
  (request) => {
    permit(request, action, { bucket: bucketOf(request) })
    return xmlAnswer(root, value)
  }

/** A setting no bucket has: what S3 says of it where it was never made. */
export const unsetSetting =
  (action: string, code: string, message: string): Perform =>
  (request) => {
    const bucket = bucketOf(request)
    permit(request, action, { bucket })
    throw new Fault(code, 404, message, { BucketName: bucket.name })
  }

export function getPublicAccessBlock(request: S3Request): Answer {
  const bucket = bucketOf(request)
  permit(request, 's3:GetBucketPublicAccessBlock', { bucket })
  const guard = bucket.publicAccessBlock
  if (!guard)
    throw new Fault(
      'NoSuchPublicAccessBlockConfiguration',
      404,
      'The public access block configuration was not found',
      { BucketName: bucket.name },
    )
  return xmlAnswer('PublicAccessBlockConfiguration', {
    BlockPublicAcls: guard.blockPublicAcls,
    IgnorePublicAcls: guard.ignorePublicAcls,
    BlockPublicPolicy: guard.blockPublicPolicy,
    RestrictPublicBuckets: guard.restrictPublicBuckets,
  })
}

export async function putPublicAccessBlock(request: S3Request): Promise<Answer> {
  permit(request, 's3:PutBucketPublicAccessBlock', { bucket: bucketOf(request) })
  const root = await xmlBody(request)
  if (root.name !== 'PublicAccessBlockConfiguration') throw malformedXml()
  replace(request, {
    publicAccessBlock: {
      blockPublicAcls: flagOf(root, 'BlockPublicAcls'),
      ignorePublicAcls: flagOf(root, 'IgnorePublicAcls'),
      blockPublicPolicy: flagOf(root, 'BlockPublicPolicy'),
      restrictPublicBuckets: flagOf(root, 'RestrictPublicBuckets'),
    },
  })
  return emptyAnswer(200)
}

export function deletePublicAccessBlock(request: S3Request): Answer {
  const bucket = bucketOf(request)
  // AWS has no action of its own for taking it away.
  permit(request, 's3:PutBucketPublicAccessBlock', { bucket })
  const { publicAccessBlock: _, ...rest } = bucket
  request.call.cloud.buckets.put(bucket.name, rest)
  return emptyAnswer(204)
}

function flagOf(root: XmlElement, name: string): boolean {
  const text = textOf(root, name)?.trim().toLowerCase() ?? 'false'
  if (text !== 'true' && text !== 'false') throw malformedXml()
  return text === 'true'
}

// Of the bucket as it is now: the body may have taken its time to come.
function replace(request: S3Request, change: Partial<Bucket>): void {
  const bucket = bucketOf(request)
  request.call.cloud.buckets.put(bucket.name, { ...bucket, ...change })
}

export function getBucketTagging(request: S3Request): Answer {
  const bucket = bucketOf(request)
  permit(request, 's3:GetBucketTagging', { bucket })
  if (!bucket.tags) throw new Fault('NoSuchTagSet', 404, 'The TagSet does not exist', { BucketName: bucket.name })
  return xmlText(writeTagging(bucket.tags))
}

export async function putBucketTagging(request: S3Request): Promise<Answer> {
  permit(request, 's3:PutBucketTagging', { bucket: bucketOf(request) })
  const tags = readTagging(await xmlBody(request), 50)
  replace(request, { tags })
  return emptyAnswer(204)
}

export function deleteBucketTagging(request: S3Request): Answer {
  const bucket = bucketOf(request)
  permit(request, 's3:PutBucketTagging', { bucket })
  const { tags: _, ...rest } = bucket
  request.call.cloud.buckets.put(bucket.name, rest)
  return emptyAnswer(204)
}

export const getObjectTagging = (request: S3Request): Answer =>
  xmlText(writeTagging(readableObject(request, 's3:GetObjectTagging').tags))

export async function putObjectTagging(request: S3Request): Promise<Answer> {
  readableObject(request, 's3:PutObjectTagging')
  const tags = readTagging(await xmlBody(request), 10)
  const state = stateOf(request.call.cloud)
  const object = state.object(request.bucketName, request.key)
  if (!object) throw noSuchKey(request.key)
  state.putObject({ ...object, tags })
  return emptyAnswer(200)
}

export function deleteObjectTagging(request: S3Request): Answer {
  const object = readableObject(request, 's3:DeleteObjectTagging')
  stateOf(request.call.cloud).putObject({ ...object, tags: {} })
  return emptyAnswer(204)
}

/** The owner, and the owner only: no bucket here has access control lists. */
export function getBucketAcl(request: S3Request): Answer {
  const bucket = bucketOf(request)
  permit(request, 's3:GetBucketAcl', { bucket })
  return aclOf(bucket)
}

export function getObjectAcl(request: S3Request): Answer {
  readableObject(request, 's3:GetObjectAcl')
  return aclOf(bucketOf(request))
}

export const putBucketAcl: Perform = (request) => {
  permit(request, 's3:PutBucketAcl', { bucket: bucketOf(request) })
  return putAcl(request)
}

export const putObjectAcl: Perform = (request) => {
  readableObject(request, 's3:PutObjectAcl')
  return putAcl(request)
}

async function putAcl(request: S3Request): Promise<Answer> {
  checkAcl(request)
  const bytes = await request.call.body()
  if (bytes.length > 0) throw new Fault('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs')
  return emptyAnswer(200)
}

function aclOf({ accountId }: Bucket): Answer {
  const owner = { ID: canonicalId(accountId) }
  const attributes = { 'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance', 'xsi:type': 'CanonicalUser' }
  const grant = { Grantee: withAttributes(attributes, owner), Permission: 'FULL_CONTROL' }
  return xmlAnswer('AccessControlPolicy', { Owner: owner, AccessControlList: { Grant: flat([grant]) } })
}

const xmlText = (body: string): Answer => ({ status: 200, headers: { 'content-type': 'application/xml' }, body })
