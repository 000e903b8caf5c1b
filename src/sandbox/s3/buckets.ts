import { flat, textOf } from '../../wire/xml.ts'
import type { Bucket } from '../cloud.ts'
import { Fault } from '../fault.ts'
import type { Answer } from '../service.ts'
import { canonicalId, emptyAnswer, parseXml, wholeBody, xmlAnswer, xmlInstant } from './answers.ts'
import { checkAcl } from './description.ts'
import { compareUtf8 } from './key-order.ts'
import { bucketOf, permit, permitInAccount } from './permit.ts'
import { invalidArgument, malformedXml, notImplemented } from './refusals.ts'
import { type S3Request, wholeNumber } from './request.ts'
import { stateOf } from './state.ts'

/** Makes a bucket; its name is its own in all of the pretended AWS. */
export async function createBucket(request: S3Request): Promise<Answer> {
  const { call, bucketName, header } = request
  if (!isBucketName(bucketName))
    throw new Fault('InvalidBucketName', 400, 'The specified bucket is not valid.', { BucketName: bucketName })
  const region = await wantedRegion(request)
  permitInAccount(request, 's3:CreateBucket', `arn:aws:s3:::${bucketName}`, { 's3:locationconstraint': region })
  if (call.caller.kind === 'anonymous') throw new Fault('AccessDenied', 403, 'Access Denied')
  if (header('x-amz-bucket-object-lock-enabled') === 'true') throw notImplemented('x-amz-bucket-object-lock-enabled')
  const ownership = header('x-amz-object-ownership') ?? 'BucketOwnerEnforced'
  if (ownership !== 'BucketOwnerEnforced') throw notImplemented('x-amz-object-ownership')
  checkAcl(request)
  const { accountId } = call.caller
  const existing = call.cloud.buckets.get(bucketName)
  if (existing) {
    // The one region that forgives asking twice.
    if (existing.accountId === accountId && existing.region === 'us-east-1' && region === 'us-east-1')
      return emptyAnswer(200, { location: `/${bucketName}` })
    throw existing.accountId === accountId
      ? new Fault(
          'BucketAlreadyOwnedByYou',
          409,
          'Your previous request to create the named bucket succeeded and you already own it.',
          { BucketName: bucketName },
        )
      : new Fault(
          'BucketAlreadyExists',
          409,
          'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
          { BucketName: bucketName },
        )
  }
  const guard = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true }
  const bucket: Bucket = {
    name: bucketName,
    accountId,
    region,
    createdAt: call.cloud.now().toISOString(),
    publicAccessBlock: guard,
  }
  call.cloud.buckets.put(bucketName, bucket)
  return emptyAnswer(200, { location: `/${bucketName}`, 'x-amz-bucket-arn': `arn:aws:s3:::${bucketName}` })
}

async function wantedRegion(request: S3Request): Promise<string> {
  const { call } = request
  let wanted: string | undefined
  const body = await wholeBody(request)
  if (body.length > 0) {
    const root = parseXml(body)
    if (root.name !== 'CreateBucketConfiguration') throw malformedXml()
    wanted = textOf(root, 'LocationConstraint')
  }
  if (wanted === 'us-east-1' || (wanted !== undefined && !/^(?:EU|[a-z]{2}(?:-[a-z]+)+-\d)$/.test(wanted)))
    throw new Fault('InvalidLocationConstraint', 400, 'The specified location-constraint is not valid', {
      LocationConstraint: wanted,
    })
  const region = wanted === 'EU' ? 'eu-west-1' : (wanted ?? 'us-east-1')
  if (call.region !== 'us-east-1' && region !== call.region)
    throw new Fault(
      'IllegalLocationConstraintException',
      400,
      `The ${wanted ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    )
  return region
}

/** See "General purpose bucket naming rules" in the Amazon S3 User Guide. */
export const isBucketName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
  !name.includes('..') &&
  !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
  !/^(?:xn--|sthree-|amzn-s3-demo-)/.test(name) &&
  !/(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)

/** Whether the bucket is there and may be listed; no body either way. */
export function headBucket(request: S3Request): Answer {
  const bucket = bucketOf(request)
  permit(request, 's3:ListBucket', { bucket })
  return emptyAnswer(200, {
    'x-amz-bucket-region': bucket.region,
    'x-amz-bucket-arn': `arn:aws:s3:::${bucket.name}`,
    'x-amz-access-point-alias': 'false',
    'content-type': 'application/xml',
  })
}

/** Removes an empty bucket, and with it the uploads to it that were never completed. */
export function deleteBucket(request: S3Request): Answer {
  const { call, bucketName } = request
  const bucket = bucketOf(request)
  permit(request, 's3:DeleteBucket', { bucket })
  const state = stateOf(call.cloud)
  if (state.keys(bucketName).length > 0)
    throw new Fault('BucketNotEmpty', 409, 'The bucket you tried to delete is not empty', { BucketName: bucketName })
  for (const upload of [...state.uploads.values()]) if (upload.bucket === bucketName) state.endUpload(upload.id)
  call.cloud.buckets.delete(bucketName)
  return emptyAnswer(204)
}

/** The caller's account's buckets, by name. */
export function listBuckets(request: S3Request): Answer {
  const { call, query } = request
  permitInAccount(request, 's3:ListAllMyBuckets', '*')
  const { accountId } = call.caller
  const prefix = query.get('prefix') ?? ''
  const region = query.get('bucket-region')
  const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString()
  const limit = query.get('max-buckets')
  const refusal = () =>
    invalidArgument('Argument max-buckets must be an integer between 1 and 10000', 'max-buckets', limit ?? '')
  const most = wholeNumber(limit, refusal) ?? 10_000
  if (most < 1 || most > 10_000) throw refusal()
  const buckets = [...call.cloud.buckets.values()]
    .filter((bucket) => bucket.accountId === accountId && bucket.name.startsWith(prefix))
    .filter((bucket) => region === undefined || bucket.region === region)
    .sort((a, b) => compareUtf8(a.name, b.name))
    .filter(({ name }) => compareUtf8(name, after) > 0)
  const page = buckets.slice(0, most)
  const shown = page.map(({ name, createdAt, region: at }) => ({
    Name: name,
    CreationDate: xmlInstant(createdAt),
    ...(limit !== undefined && { BucketRegion: at }),
  }))
  const last = page.at(-1)
  return xmlAnswer('ListAllMyBucketsResult', {
    Owner: { ID: canonicalId(accountId) },
    Buckets: { Bucket: flat(shown) },
    ...(buckets.length > page.length && last && { ContinuationToken: Buffer.from(last.name).toString('base64') }),
    ...(prefix !== '' && { Prefix: prefix }),
  })
}

/** Where the bucket is: nothing for us-east-1, as it has always been. */
export function getBucketLocation(request: S3Request): Answer {
  const bucket = bucketOf(request)
  permit(request, 's3:GetBucketLocation', { bucket })
  return xmlAnswer('LocationConstraint', bucket.region === 'us-east-1' ? '' : bucket.region)
}
