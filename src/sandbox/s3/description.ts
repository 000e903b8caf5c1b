import { Fault } from '../fault.ts'
import { encryptionFor, encryptionHeaders } from './object-encryption.ts'
import { invalidArgument, notImplemented } from './refusals.ts'
import type { S3Request } from './request.ts'
import type { Description, StoredObject } from './state.ts'
import { tagsOfHeader } from './tagging.ts'

const keptHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]

const unsupported = [
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold',
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
]

const storageClasses = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
]

const mostMetadata = 2048

/** What the headers of an upload say of the object to be. Refuses what this S3 would have to ignore. */
export function describe(request: S3Request): Description {
  const { header, headerNames } = request
  checkSupported(request)
  const headers: Record<string, string> = {}
  for (const name of keptHeaders) {
    const value = name === 'content-encoding' ? withoutChunking(header(name)) : header(name)
    if (value !== undefined && value !== '') headers[name] = value
  }
  const metadata: Record<string, string> = Object.create(null)
  let size = 0
  for (const name of headerNames) {
    if (!name.startsWith('x-amz-meta-')) continue
    const value = header(name) ?? ''
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw invalidArgument('Header value cannot be represented using ISO-8859-1.', name, '')
    metadata[name.slice(11)] = value
    // Header bytes come one a character.
    size += name.length - 11 + value.length
  }
  if (size > mostMetadata)
    throw new Fault('MetadataTooLarge', 400, 'Your metadata headers exceed the maximum allowed metadata size', {
      Size: String(size),
      MaxSizeAllowed: String(mostMetadata),
    })
  const storageClass = header('x-amz-storage-class') ?? 'STANDARD'
  if (!storageClasses.includes(storageClass))
    throw new Fault('InvalidStorageClass', 400, 'The storage class you specified is not valid', {
      StorageClassRequested: storageClass,
    })
  const encryption = encryptionFor(request)
  return {
    headers,
    metadata: { ...metadata },
    storageClass,
    ...(encryption && { encryption }),
    tags: tagsOfHeader(header('x-amz-tagging')),
  }
}

/** Refuses headers that ask for what this S3 has not got, and access control lists, which no bucket here allows. */
function checkSupported({ header }: S3Request): void {
  for (const name of unsupported) if (header(name) !== undefined) throw notImplemented(name)
  checkAcl({ header })
}

/** Buckets own their objects here, as all new buckets do: no ACL but the owner's own is taken. */
export function checkAcl({ header }: Pick<S3Request, 'header'>): void {
  const acl = header('x-amz-acl')
  const grants = ['read', 'write', 'read-acp', 'write-acp', 'full-control']
  const granted = grants.some((name) => header(`x-amz-grant-${name}`) !== undefined)
  if (granted || (acl !== undefined && acl !== 'private' && acl !== 'bucket-owner-full-control'))
    throw new Fault('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs')
}

/** `aws-chunked` is how a body travels, not what it is. */
function withoutChunking(encoding: string | undefined): string | undefined {
  return encoding
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== 'aws-chunked' && part !== '')
    .join(',')
}

/** The headers that tell of an object, for GET, HEAD and 304 alike. */
export function headersOf(object: StoredObject): Record<string, string> {
  const headers: Record<string, string> = {
    'last-modified': new Date(object.modifiedAt).toUTCString(),
    etag: `"${object.etag}"`,
    ...encryptionHeaders(object),
    'accept-ranges': 'bytes',
    'content-type': 'binary/octet-stream',
    ...object.headers,
  }
  for (const [name, value] of Object.entries(object.metadata)) headers[`x-amz-meta-${name}`] = value
  if (object.storageClass !== 'STANDARD') headers['x-amz-storage-class'] = object.storageClass
  const tagged = Object.keys(object.tags).length
  if (tagged > 0) headers['x-amz-tagging-count'] = String(tagged)
  return headers
}
