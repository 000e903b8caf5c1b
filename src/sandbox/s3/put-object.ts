import type { Answer } from '../service.ts'
import { emptyAnswer } from './answers.ts'
import { describe } from './description.ts'
import { integrityOf } from './integrity.ts'
import { encryptionHeaders } from './object-encryption.ts'
import { bucketOf, permit } from './permit.ts'
import { checkWrite } from './preconditions.ts'
import type { S3Request } from './request.ts'
import { type Description, type StoredObject, stateOf } from './state.ts'

/** Stores a body of any size as it comes. Until all of it held good there is nothing, or what was there before. */
export async function putObject(request: S3Request): Promise<Answer> {
  const { call, bucketName, key } = request
  const description = describe(request)
  permitWrite(request, description)
  const state = stateOf(call.cloud)
  checkWrite(request, state.object(bucketName, key))
  const integrity = integrityOf(request)
  const object = await state.blobs.receive(call.stream(), integrity.witnesses, (blob, size) => {
    const { md5, checksum } = integrity.settle(size)
    // Much may have happened while the body came.
    bucketOf(request)
    checkWrite(request, state.object(bucketName, key))
    const stored: StoredObject = {
      ...description,
      bucket: bucketName,
      key,
      segments: [{ blob, size }],
      size,
      etag: md5,
      modifiedAt: call.cloud.now().toISOString(),
      ...(checksum && { checksum: { ...checksum, type: 'FULL_OBJECT' } }),
    }
    state.putObject(stored)
    return stored
  })
  return emptyAnswer(200, {
    etag: `"${object.etag}"`,
    ...encryptionHeaders(object),
    ...checksumHeaders(object),
  })
}

/** Decides whether an object with these tags may be written here. */
export function permitWrite(request: S3Request, { tags }: Pick<Description, 'tags'>): void {
  const bucket = bucketOf(request)
  const { key } = request
  const keys = Object.keys(tags)
  const context: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(tags)) context[`s3:RequestObjectTag/${name}`] = value
  if (keys.length > 0) context['s3:RequestObjectTagKeys'] = keys
  permit(request, 's3:PutObject', { bucket, key, context })
  if (keys.length > 0) permit(request, 's3:PutObjectTagging', { bucket, key, context })
}

/** The headers that tell an object's checksum, where it has one. */
export const checksumHeaders = ({ checksum }: Pick<StoredObject, 'checksum'>): Readonly<Record<string, string>> =>
  checksum ? { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, 'x-amz-checksum-type': checksum.type } : {}
