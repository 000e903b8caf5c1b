import { checksumAlgorithms } from '../../wire/checksum.ts'
import { childOf, childrenOf, flat, textOf } from '../../wire/xml.ts'
import { Fault } from '../fault.ts'
import type { Answer } from '../service.ts'
import { emptyAnswer, parseXml, wholeBody, xmlAnswer } from './answers.ts'
import { integrityOf } from './integrity.ts'
import { bucketOf, permit } from './permit.ts'
import { invalidArgument, invalidRequest, malformedXml } from './refusals.ts'
import { checkKey, type S3Request } from './request.ts'
import { stateOf } from './state.ts'

/** Deletes one object; one that is not there is as good as deleted. */
export function deleteObject(request: S3Request): Answer {
  const { call, bucketName, key, query } = request
  const bucket = bucketOf(request)
  const version = query.get('versionId')
  if (version !== undefined && version !== 'null')
    throw invalidArgument('Invalid version id specified', 'versionId', version)
  permit(request, 's3:DeleteObject', { bucket, key })
  stateOf(call.cloud).deleteObject(bucketName, key)
  return emptyAnswer(204)
}

/** Deletes up to a thousand objects, each decided by itself: a refused one does not save the others. */
export async function deleteObjects(request: S3Request): Promise<Answer> {
  const { call, bucketName } = request
  const bucket = bucketOf(request)
  const body = await wholeBody(request)
  checkDigest(request, body)
  const root = parseXml(body)
  const wanted = childrenOf(root, 'Object')
  if (root.name !== 'Delete' || wanted.length === 0 || wanted.length > 1000) throw malformedXml()
  const quiet = textOf(root, 'Quiet')?.trim() === 'true'
  const state = stateOf(call.cloud)
  const deleted: { readonly Key: string }[] = []
  const errors: { readonly Key: string; readonly Code: string; readonly Message: string }[] = []
  for (const object of wanted) {
    const key = textOf(object, 'Key')
    if (!key) throw malformedXml()
    try {
      checkKey(key)
      const version = childOf(object, 'VersionId')?.text
      if (version !== undefined && version !== 'null')
        throw new Fault('NoSuchVersion', 404, 'The specified version does not exist.')
      permit(request, 's3:DeleteObject', { bucket, key })
      state.deleteObject(bucketName, key)
      deleted.push({ Key: key })
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      errors.push({ Key: key, Code: error.code, Message: error.message })
    }
  }
  return xmlAnswer('DeleteResult', { Deleted: flat(quiet ? [] : deleted), Error: flat(errors) })
}

// S3 wants proof that the list arrived as it was sent. A checksum in the trailer is proven where chunks are decoded.
function checkDigest(request: S3Request, body: Uint8Array): void {
  const { header } = request
  const proven = checksumAlgorithms.some((name) => header(`x-amz-checksum-${name}`) !== undefined)
  if (!proven && header('content-md5') === undefined && header('x-amz-trailer') === undefined)
    throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*')
  const integrity = integrityOf(request)
  for (const witness of integrity.witnesses) witness.update(body)
  integrity.settle(body.length)
}
