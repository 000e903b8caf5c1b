import { readXml, textOf } from '../../wire/xml.ts'
import { bucketOf } from './permit.ts'
import { invalidArgument } from './refusals.ts'
import type { S3Request } from './request.ts'
import type { Description } from './state.ts'

const byHeader = 'x-amz-server-side-encryption'
const keyHeader = 'x-amz-server-side-encryption-aws-kms-key-id'

/** The encryption an upload asks for, else its bucket's. It is told and not done: keys of KMS are names here. */
export function encryptionFor(request: S3Request): Description['encryption'] {
  const asked = request.header(byHeader)
  const keyId = request.header(keyHeader)
  if (asked === undefined) return keyId === undefined ? encryptionOfBucket(request) : refuseKey(keyId)
  if (asked === 'AES256') return keyId === undefined ? undefined : refuseKey(keyId)
  if (asked !== 'aws:kms' && asked !== 'aws:kms:dsse')
    throw invalidArgument('The encryption method specified is not supported', byHeader, asked)
  return { algorithm: asked, ...(keyId !== undefined && { keyId }) }
}

function refuseKey(keyId: string): never {
  throw invalidArgument(
    'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
    keyHeader,
    keyId,
  )
}

function encryptionOfBucket(request: S3Request): Description['encryption'] {
  const setting = bucketOf(request).settings?.encryption
  if (setting === undefined) return undefined
  const said = ['Rule', 'ApplyServerSideEncryptionByDefault'] as const
  const root = readXml(setting)
  const algorithm = textOf(root, ...said, 'SSEAlgorithm') ?? 'AES256'
  const keyId = textOf(root, ...said, 'KMSMasterKeyID')
  return algorithm === 'AES256' ? undefined : { algorithm, ...(keyId !== undefined && { keyId }) }
}

/** The headers that tell how an object is encrypted. */
export const encryptionHeaders = ({
  encryption,
}: Pick<Description, 'encryption'>): Readonly<Record<string, string>> => ({
  [byHeader]: encryption?.algorithm ?? 'AES256',
  ...(encryption?.keyId !== undefined && { [keyHeader]: encryption.keyId }),
})
