import { childOf, childrenOf, flat, textOf, writeXml, type XmlElement, type XmlValue } from '../../wire/xml.ts'
import type { Bucket, Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import type { Answer } from '../service.ts'
import { emptyAnswer, namespace, xmlBody } from './answers.ts'
import { bucketOf, permit } from './permit.ts'
import { malformedXml } from './refusals.ts'
import type { S3Request } from './request.ts'

/** A setting that is kept and given back as it was written, and changes nothing else here. */
interface Setting {
  /** The query parameter that names it. */
  readonly parameter: string
  readonly root: string
  /** Who may read it, and who may write it or take it away. */
  readonly read: string
  readonly write: string
  /** Refuses a document S3 would not keep. */
  readonly check: (root: XmlElement, cloud: Cloud) => void
  /** What is said where nobody wrote it: the document, or a refusal. */
  readonly unset: (bucket: Bucket) => XmlValue
}

/** Get, Put and Delete of such a setting. */
function kept({ parameter, root, read, write, check, unset }: Setting) {
  const document = (value: XmlValue): string => writeXml(root, value, { xmlns: namespace, declaration: true })
  return {
    get(request: S3Request): Answer {
      const bucket = bucketOf(request)
      permit(request, read, { bucket })
      const body = bucket.settings?.[parameter] ?? document(unset(bucket))
      return { status: 200, headers: { 'content-type': 'application/xml' }, body }
    },
    async put(request: S3Request): Promise<Answer> {
      permit(request, write, { bucket: bucketOf(request) })
      const sent = await xmlBody(request)
      if (sent.name !== root) throw malformedXml()
      check(sent, request.call.cloud)
      const bucket = bucketOf(request)
      const settings = { ...bucket.settings, [parameter]: document(contentOf(sent)) }
      request.call.cloud.buckets.put(bucket.name, { ...bucket, settings })
      return emptyAnswer(200)
    },
    remove(request: S3Request): Answer {
      const bucket = bucketOf(request)
      permit(request, write, { bucket })
      const { [parameter]: _, ...settings } = bucket.settings ?? {}
      request.call.cloud.buckets.put(bucket.name, { ...bucket, settings })
      return emptyAnswer(204)
    },
  }
}

/** What an element holds, so that it can be written again. Of elements that come by turns, each name's stay together. */
function contentOf({ children, text }: XmlElement): XmlValue {
  if (children.length === 0) return text.trim()
  const names = [...new Set(children.map(({ name }) => name))]
  return Object.fromEntries(
    names.map((name) => [name, flat(children.filter((child) => child.name === name).map(contentOf))]),
  )
}

function checkWord(word: string | undefined, ...words: readonly string[]): void {
  if (word === undefined || !words.includes(word)) throw malformedXml()
}

export const versioning = kept({
  parameter: 'versioning',
  root: 'VersioningConfiguration',
  read: 's3:GetBucketVersioning',
  write: 's3:PutBucketVersioning',
  check: (root) => {
    if (childOf(root, 'Status') === undefined)
      throw new Fault('IllegalVersioningConfigurationException', 400, 'The Versioning element must be specified')
    checkWord(textOf(root, 'Status'), 'Enabled', 'Suspended')
    if (textOf(root, 'MfaDelete') === 'Enabled')
      throw new Fault('NotImplemented', 501, 'MFA delete is not implemented: no versions are kept.')
  },
  unset: () => '',
})

export const encryption = kept({
  parameter: 'encryption',
  root: 'ServerSideEncryptionConfiguration',
  read: 's3:GetEncryptionConfiguration',
  write: 's3:PutEncryptionConfiguration',
  check: (root) => {
    const rules = childrenOf(root, 'Rule')
    if (rules.length !== 1) throw malformedXml()
    const byDefault = childOf(rules[0], 'ApplyServerSideEncryptionByDefault')
    const algorithm = textOf(byDefault, 'SSEAlgorithm')
    checkWord(algorithm, 'AES256', 'aws:kms', 'aws:kms:dsse')
    if (algorithm === 'AES256' && childOf(byDefault, 'KMSMasterKeyID') !== undefined)
      throw new Fault(
        'InvalidArgument',
        400,
        'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      )
  },
  unset: () => ({
    Rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false },
  }),
})

export const lifecycle = kept({
  parameter: 'lifecycle',
  root: 'LifecycleConfiguration',
  read: 's3:GetLifecycleConfiguration',
  write: 's3:PutLifecycleConfiguration',
  check: (root) => {
    const rules = childrenOf(root, 'Rule')
    if (rules.length === 0 || rules.length > 1000) throw malformedXml()
    for (const rule of rules) checkWord(textOf(rule, 'Status'), 'Enabled', 'Disabled')
  },
  unset: ({ name }) => {
    throw new Fault('NoSuchLifecycleConfiguration', 404, 'The lifecycle configuration does not exist', {
      BucketName: name,
    })
  },
})

export const ownershipControls = kept({
  parameter: 'ownershipControls',
  root: 'OwnershipControls',
  read: 's3:GetBucketOwnershipControls',
  write: 's3:PutBucketOwnershipControls',
  check: (root) => {
    const rules = childrenOf(root, 'Rule')
    if (rules.length !== 1) throw malformedXml()
    checkWord(textOf(rules[0], 'ObjectOwnership'), 'BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter')
  },
  unset: () => ({ Rule: { ObjectOwnership: 'BucketOwnerEnforced' } }),
})

export const logging = kept({
  parameter: 'logging',
  root: 'BucketLoggingStatus',
  read: 's3:GetBucketLogging',
  write: 's3:PutBucketLogging',
  check: (root, { buckets }) => {
    const enabled = childOf(root, 'LoggingEnabled')
    if (enabled === undefined) return
    const target = textOf(enabled, 'TargetBucket')
    if (target === undefined || childOf(enabled, 'TargetPrefix') === undefined) throw malformedXml()
    if (buckets.get(target) === undefined)
      throw new Fault('InvalidTargetBucketForLogging', 400, 'The target bucket for logging does not exist', {
        TargetBucket: target,
      })
  },
  unset: () => '',
})
