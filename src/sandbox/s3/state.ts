import type { ChecksumAlgorithm } from '../../wire/checksum.ts'
import type { Cloud, Instant, Tags } from '../cloud.ts'
import type { Table } from '../store.ts'
import { type Blobs, openBlobs } from './blobs.ts'
import { type SortedKeys, sortedKeys } from './key-order.ts'

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64; for a composite with `-` and the number of parts behind it. */
  readonly value: string
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
}

/** What is said of an object when it is made, and given back with it. */
export interface Description {
  /** `content-type` and its kin, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** User metadata by lower-case name, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>
  readonly storageClass: string
  /** Which encryption is told of; the bytes are kept as they are. Absent: AES256. */
  readonly encryption?: { readonly algorithm: string; readonly keyId?: string }
  readonly tags: Tags
}

/** An object: its row. The bytes are in blobs, one for a plain upload and one a part for a multipart one. */
export interface StoredObject extends Description {
  readonly bucket: string
  readonly key: string
  readonly segments: readonly { readonly blob: string; readonly size: number }[]
  readonly size: number
  /** Without quotes. */
  readonly etag: string
  readonly modifiedAt: Instant
  readonly checksum?: StoredChecksum
  /** Whether it was uploaded in parts. */
  readonly multipart?: true
}

/** A multipart upload under way. */
export interface Upload extends Description {
  readonly id: string
  readonly bucket: string
  readonly key: string
  readonly startedAt: Instant
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: StoredChecksum['type'] }
}

export interface UploadedPart {
  readonly uploadId: string
  readonly number: number
  readonly blob: string
  readonly size: number
  readonly etag: string
  readonly modifiedAt: Instant
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string }
}

/** What S3 holds beyond its buckets. */
export interface S3State {
  readonly blobs: Blobs
  object(bucket: string, key: string): StoredObject | undefined
  /** Puts the row; what it replaces is gone for good once this returns. */
  putObject(object: StoredObject): void
  /** Whether it was there. */
  deleteObject(bucket: string, key: string): boolean
  /** In the order of their UTF-8 bytes. */
  keys(bucket: string): readonly string[]
  readonly uploads: Table<Upload>
  parts(uploadId: string): readonly UploadedPart[]
  putPart(part: UploadedPart): void
  /** Ends an upload; its blobs are removed but for those in `kept`. */
  endUpload(uploadId: string, kept?: ReadonlySet<string>): void
}

const opened = new WeakMap<Cloud, S3State>()

/** The S3 state of a cloud; opened at first use, when bodies without a row are swept. */
export function stateOf(cloud: Cloud): S3State {
  const known = opened.get(cloud)
  if (known) return known
  const state = openState(cloud)
  opened.set(cloud, state)
  return state
}

const nul = '\0'

function openState({ store, randomBytes }: Cloud): S3State {
  const objects = store.table<StoredObject>('object')
  const uploads = store.table<Upload>('upload')
  const partRows = store.table<UploadedPart>('upload-part')

  const keysOf = new Map<string, SortedKeys>()
  const partsOf = new Map<string, Map<number, UploadedPart>>()
  const named = new Set<string>()
  const keyLists = new Map<string, string[]>()
  for (const { bucket, key, segments } of objects.values()) {
    const list = keyLists.get(bucket) ?? []
    list.push(key)
    keyLists.set(bucket, list)
    for (const { blob } of segments) named.add(blob)
  }
  for (const [bucket, list] of keyLists) keysOf.set(bucket, sortedKeys(list))
  for (const part of partRows.values()) {
    named.add(part.blob)
    partsOf.set(part.uploadId, (partsOf.get(part.uploadId) ?? new Map<number, UploadedPart>()).set(part.number, part))
  }
  const blobs = openBlobs(store.blobDirectory(), randomBytes, (name) => named.has(name))
  named.clear()

  const keys = (bucket: string): SortedKeys => {
    const list = keysOf.get(bucket) ?? sortedKeys([])
    keysOf.set(bucket, list)
    return list
  }
  // A row must never outlive its body: the change is made durable first.
  const discard = (names: readonly string[]): void => {
    if (names.length === 0) return
    store.flush()
    blobs.remove(names)
  }
  const partKey = (uploadId: string, number: number): string => `${uploadId}${nul}${number}`

  return {
    blobs,
    object: (bucket, key) => objects.get(bucket + nul + key),
    putObject(object) {
      const id = object.bucket + nul + object.key
      const before = objects.get(id)?.segments ?? []
      const kept = new Set(object.segments.map(({ blob }) => blob))
      objects.put(id, object)
      keys(object.bucket).add(object.key)
      discard(before.map(({ blob }) => blob).filter((blob) => !kept.has(blob)))
    },
    deleteObject(bucket, key) {
      const before = objects.get(bucket + nul + key)
      if (!before) return false
      objects.delete(bucket + nul + key)
      keys(bucket).remove(key)
      discard(before.segments.map(({ blob }) => blob))
      return true
    },
    keys: (bucket) => keys(bucket).list,
    uploads,
    parts: (uploadId) => [...(partsOf.get(uploadId)?.values() ?? [])].sort((a, b) => a.number - b.number),
    putPart(part) {
      const parts = partsOf.get(part.uploadId) ?? new Map<number, UploadedPart>()
      const before = parts.get(part.number)
      partsOf.set(part.uploadId, parts.set(part.number, part))
      partRows.put(partKey(part.uploadId, part.number), part)
      if (before) discard([before.blob])
    },
    endUpload(uploadId, kept = new Set()) {
      const parts = [...(partsOf.get(uploadId)?.values() ?? [])]
      for (const { number } of parts) partRows.delete(partKey(uploadId, number))
      partsOf.delete(uploadId)
      uploads.delete(uploadId)
      discard(parts.map(({ blob }) => blob).filter((blob) => !kept.has(blob)))
    },
  }
}
