import type { Answer, Call, Service } from '../service.ts'
import { operations, type S3Operation, subresources } from './operations.ts'
import { idHeaders, methodNotAllowed, notImplemented, refuse } from './refusals.ts'
import { readS3Request, type S3Request } from './request.ts'

/** Amazon S3, as much of it as `operations.ts` lists; what else it is asked it answers with NotImplemented. */
export const s3: Service = {
  name: 's3',
  protocol: 's3',
  skewMinutes: 15,
  handle,
  refuse,
}

async function handle(call: Call): Promise<Answer> {
  const request = readS3Request(call)
  const operation = operationOf(request)
  note(request, operation)
  const answer = await operation.perform(request)
  return { ...answer, headers: { ...idHeaders(call.id), server: 'AmazonS3', ...answer.headers } }
}

function operationOf(request: S3Request): S3Operation {
  const { call, bucketName, key, query, header } = request
  const method = call.request.method.toUpperCase()
  const on = bucketName === '' ? 'service' : key === '' ? 'bucket' : 'object'
  const asked = subresources.filter((name) => query.has(name))
  // An upload's id says more than the number of the part that goes to it.
  const parameter = asked.includes('uploadId') ? 'uploadId' : (asked[0] ?? '')
  const found = operations.find(
    (candidate) =>
      candidate.on === on &&
      candidate.method === method &&
      candidate.parameter === parameter &&
      (candidate.header === undefined || header(candidate.header) !== undefined),
  )
  if (found) return found
  if (parameter !== '') throw notImplemented(parameter)
  throw methodNotAllowed(method, on.toUpperCase())
}

function note({ call, bucketName, key, header }: S3Request, { name, data }: S3Operation): void {
  const bucket = call.cloud.buckets.get(bucketName)
  const host = header('host')
  call.note({
    operation: name,
    requestParameters: {
      ...(bucketName !== '' && { bucketName }),
      ...(host !== undefined && { Host: host }),
      ...(key !== '' && { key }),
    },
    ...(bucket && {
      resources: [
        ...(key === ''
          ? []
          : [{ ARN: `arn:aws:s3:::${bucketName}/${key}`, accountId: bucket.accountId, type: 'AWS::S3::Object' }]),
        { ARN: `arn:aws:s3:::${bucketName}`, accountId: bucket.accountId, type: 'AWS::S3::Bucket' },
      ],
    }),
    ...(data && { dataEvent: true }),
  })
}
