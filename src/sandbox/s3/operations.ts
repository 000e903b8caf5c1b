import type { Answer } from '../service.ts'
import { deleteBucketPolicy, getBucketPolicy, getBucketPolicyStatus, putBucketPolicy } from './bucket-policy.ts'
import {
  deleteBucketTagging,
  deleteObjectTagging,
  deletePublicAccessBlock,
  fixedSetting,
  getBucketAcl,
  getBucketTagging,
  getObjectAcl,
  getObjectTagging,
  getPublicAccessBlock,
  putBucketAcl,
  putBucketTagging,
  putObjectAcl,
  putObjectTagging,
  putPublicAccessBlock,
  unsetSetting,
} from './bucket-settings.ts'
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts'
import { completeMultipartUpload } from './complete-upload.ts'
import { copyObject } from './copy-object.ts'
import { deleteObject, deleteObjects } from './delete-objects.ts'
import { getObject } from './get-object.ts'
import { encryption, lifecycle, logging, ownershipControls, versioning } from './kept-settings.ts'
import { listObjects, listObjectsV2 } from './list-objects.ts'
import { abortMultipartUpload, createMultipartUpload, listMultipartUploads, listParts } from './multipart-upload.ts'
import { putObject } from './put-object.ts'
import type { S3Request } from './request.ts'
import { uploadPart, uploadPartCopy } from './upload-part.ts'

type Perform = (request: S3Request) => Answer | Promise<Answer>

/** One thing S3 can be asked, and how it is asked. */
export interface S3Operation {
  /** As CloudTrail names it. */
  readonly name: string
  /** What the request must be about, its method, and the parameter that names the subresource (empty for none). */
  readonly on: 'service' | 'bucket' | 'object'
  readonly method: string
  readonly parameter: string
  /** Only with this header. */
  readonly header?: string
  /** CloudTrail counts it among the data events. */
  readonly data: boolean
  readonly perform: Perform
}

type Row = readonly [place: string, name: string, perform: Perform, header?: string]

const management: readonly Row[] = [
  ['GET service', 'ListBuckets', listBuckets],
  ['PUT bucket', 'CreateBucket', createBucket],
  ['DELETE bucket', 'DeleteBucket', deleteBucket],
  ['GET bucket location', 'GetBucketLocation', getBucketLocation],
  ['GET bucket policy', 'GetBucketPolicy', getBucketPolicy],
  ['PUT bucket policy', 'PutBucketPolicy', putBucketPolicy],
  ['DELETE bucket policy', 'DeleteBucketPolicy', deleteBucketPolicy],
  ['GET bucket policyStatus', 'GetBucketPolicyStatus', getBucketPolicyStatus],
  ['GET bucket publicAccessBlock', 'GetBucketPublicAccessBlock', getPublicAccessBlock],
  ['PUT bucket publicAccessBlock', 'PutBucketPublicAccessBlock', putPublicAccessBlock],
  ['DELETE bucket publicAccessBlock', 'DeleteBucketPublicAccessBlock', deletePublicAccessBlock],
  ['GET bucket tagging', 'GetBucketTagging', getBucketTagging],
  ['PUT bucket tagging', 'PutBucketTagging', putBucketTagging],
  ['DELETE bucket tagging', 'DeleteBucketTagging', deleteBucketTagging],
  ['GET bucket acl', 'GetBucketAcl', getBucketAcl],
  ['PUT bucket acl', 'PutBucketAcl', putBucketAcl],
  ['GET bucket encryption', 'GetBucketEncryption', encryption.get],
  ['PUT bucket encryption', 'PutBucketEncryption', encryption.put],
  ['DELETE bucket encryption', 'DeleteBucketEncryption', encryption.remove],
  ['GET bucket lifecycle', 'GetBucketLifecycle', lifecycle.get],
  ['PUT bucket lifecycle', 'PutBucketLifecycle', lifecycle.put],
  ['DELETE bucket lifecycle', 'DeleteBucketLifecycle', lifecycle.remove],
  ['GET bucket logging', 'GetBucketLogging', logging.get],
  ['PUT bucket logging', 'PutBucketLogging', logging.put],
  ['GET bucket ownershipControls', 'GetBucketOwnershipControls', ownershipControls.get],
  ['PUT bucket ownershipControls', 'PutBucketOwnershipControls', ownershipControls.put],
  ['GET bucket versioning', 'GetBucketVersioning', versioning.get],
  ['PUT bucket versioning', 'PutBucketVersioning', versioning.put],
  [
    'GET bucket notification',
    'GetBucketNotification',
    fixedSetting('s3:GetBucketNotification', 'NotificationConfiguration', ''),
  ],
  [
    'GET bucket accelerate',
    'GetAccelerateConfiguration',
    fixedSetting('s3:GetAccelerateConfiguration', 'AccelerateConfiguration', ''),
  ],
  [
    'GET bucket requestPayment',
    'GetBucketRequestPayment',
    fixedSetting('s3:GetBucketRequestPayment', 'RequestPaymentConfiguration', { Payer: 'BucketOwner' }),
  ],
  [
    'GET bucket cors',
    'GetBucketCors',
    unsetSetting('s3:GetBucketCORS', 'NoSuchCORSConfiguration', 'The CORS configuration does not exist'),
  ],
  [
    'GET bucket website',
    'GetBucketWebsite',
    unsetSetting(
      's3:GetBucketWebsite',
      'NoSuchWebsiteConfiguration',
      'The specified bucket does not have a website configuration',
    ),
  ],
  [
    'GET bucket replication',
    'GetBucketReplication',
    unsetSetting(
      's3:GetReplicationConfiguration',
      'ReplicationConfigurationNotFoundError',
      'The replication configuration was not found',
    ),
  ],
  [
    'GET bucket object-lock',
    'GetObjectLockConfiguration',
    unsetSetting(
      's3:GetBucketObjectLockConfiguration',
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
    ),
  ],
]

const data: readonly Row[] = [
  ['HEAD bucket', 'HeadBucket', headBucket],
  ['GET bucket', 'ListObjects', listObjects],
  ['GET bucket list-type', 'ListObjects', listObjectsV2],
  ['GET bucket uploads', 'ListMultipartUploads', listMultipartUploads],
  ['POST bucket delete', 'DeleteObjects', deleteObjects],
  ['GET object', 'GetObject', getObject],
  ['GET object partNumber', 'GetObject', getObject],
  ['HEAD object', 'HeadObject', getObject],
  ['HEAD object partNumber', 'HeadObject', getObject],
  ['PUT object', 'CopyObject', copyObject, 'x-amz-copy-source'],
  ['PUT object', 'PutObject', putObject],
  ['DELETE object', 'DeleteObject', deleteObject],
  ['GET object tagging', 'GetObjectTagging', getObjectTagging],
  ['PUT object tagging', 'PutObjectTagging', putObjectTagging],
  ['DELETE object tagging', 'DeleteObjectTagging', deleteObjectTagging],
  ['GET object acl', 'GetObjectAcl', getObjectAcl],
  ['PUT object acl', 'PutObjectAcl', putObjectAcl],
  ['POST object uploads', 'CreateMultipartUpload', createMultipartUpload],
  ['PUT object uploadId', 'UploadPartCopy', uploadPartCopy, 'x-amz-copy-source'],
  ['PUT object uploadId', 'UploadPart', uploadPart],
  ['POST object uploadId', 'CompleteMultipartUpload', completeMultipartUpload],
  ['DELETE object uploadId', 'AbortMultipartUpload', abortMultipartUpload],
  ['GET object uploadId', 'ListParts', listParts],
]

function operationOf([place, name, perform, header]: Row, isData: boolean): S3Operation {
  const [method = '', on, parameter = ''] = place.split(' ')
  if (on !== 'service' && on !== 'bucket' && on !== 'object') throw new TypeError(`no such place: ${place}`)
  return { name, on, method, parameter, data: isData, perform, ...(header !== undefined && { header }) }
}

/** Every operation of this S3. Of two that fit, the first is meant. */
export const operations: readonly S3Operation[] = [
  ...management.map((row) => operationOf(row, false)),
  ...data.map((row) => operationOf(row, true)),
]

/** Parameters that ask for something of its own: with one of them a request is that, or nothing this S3 has. */
export const subresources = [
  ...new Set(operations.map(({ parameter }) => parameter).filter((name) => name !== '')),
  'analytics',
  'attributes',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'metadataConfiguration',
  'metadataTable',
  'metrics',
  'renameObject',
  'restore',
  'retention',
  'select',
  'session',
  'torrent',
  'versions',
]
