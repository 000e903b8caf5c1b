import { createHash } from 'node:crypto'
import { writeXml } from '../../wire/xml.ts'
import { Fault } from '../fault.ts'
import type { Answer } from '../service.ts'

/** How S3 says no: codes and texts of "Error responses" in the Amazon S3 API Reference, with their extra members. */
export const noSuchBucket = (name: string): Fault =>
  new Fault('NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName: name })

export const noSuchKey = (key: string): Fault =>
  new Fault('NoSuchKey', 404, 'The specified key does not exist.', { Key: key })

export const noSuchUpload = (uploadId: string): Fault =>
  new Fault(
    'NoSuchUpload',
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { UploadId: uploadId },
  )

/** `what` is the header or query parameter that asks for it. */
export const notImplemented = (what: string): Fault =>
  new Fault('NotImplemented', 501, 'A header or query you provided implies functionality that is not implemented.', {
    Header: what,
  })

export const invalidArgument = (message: string, name: string, value: string): Fault =>
  new Fault('InvalidArgument', 400, message, { ArgumentName: name, ArgumentValue: value })

export const invalidRequest = (message: string): Fault => new Fault('InvalidRequest', 400, message)

export const malformedXml = (): Fault =>
  new Fault(
    'MalformedXML',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  )

export const methodNotAllowed = (method: string, resourceType: string): Fault =>
  new Fault('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.', {
    Method: method,
    ResourceType: resourceType,
  })

/** `condition` is the header that did not hold. */
export const preconditionFailed = (condition: string): Fault =>
  new Fault('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  })

export const entityTooLarge = (proposed: number, allowed: number): Fault =>
  new Fault('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: String(proposed),
    MaxSizeAllowed: String(allowed),
  })

/** The two ids S3 puts on each answer. The second is opaque; here it is made from the first. */
export const idHeaders = (requestId: string): Readonly<Record<string, string>> => ({
  'x-amz-request-id': requestId,
  'x-amz-id-2': hostId(requestId),
})

const hostId = (requestId: string): string => createHash('sha384').update(requestId).digest('base64')

/** A refusal as S3 writes it. */
export function refuse(fault: Fault, requestId: string): Answer {
  const { code, status, message, detail } = translate(fault)
  const body = { Code: code, Message: message, ...detail, RequestId: requestId, HostId: hostId(requestId) }
  return {
    status,
    headers: { ...idHeaders(requestId), 'content-type': 'application/xml', server: 'AmazonS3' },
    body: writeXml('Error', body, { declaration: true }),
  }
}

const translate = (fault: Fault): Fault => fault
