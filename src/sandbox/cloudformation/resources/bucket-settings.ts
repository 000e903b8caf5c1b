import { flat, writeXml, type XmlFields, type XmlValue } from '../../../wire/xml.ts'
import type { Properties, Provisioning, Value } from '../resource-type.ts'
import { neededText, structureIn, structuresIn, tagList, tagsIn, textIn } from './properties.ts'

/** A property of a bucket that S3 keeps as a document of its own. */
interface BucketSetting {
  readonly property: string
  /** The query parameter that names it. */
  readonly parameter: string
  readonly root: string
  /** What the document holds; undefined where the template says nothing. */
  readonly read: (properties: Properties, at: Provisioning) => XmlValue
  /** Put where the property is no more. Absent: the setting is deleted. */
  readonly otherwise?: string
}

/** The document a template asks for; undefined for none. */
export function readsAs(setting: BucketSetting, properties: Properties, at: Provisioning): string | undefined {
  const value = setting.read(properties, at)
  return value === undefined ? undefined : writeXml(setting.root, value)
}

/** The settings, in the order they are made: what guards a bucket comes first. */
export const bucketSettings: readonly BucketSetting[] = [
  {
    property: 'PublicAccessBlockConfiguration',
    parameter: 'publicAccessBlock',
    root: 'PublicAccessBlockConfiguration',
    read: (properties) => {
      const guard = structureIn(properties, 'PublicAccessBlockConfiguration')
      const names = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets']
      return guard && Object.fromEntries(names.map((name) => [name, textIn(guard, name) ?? 'false']))
    },
  },
  {
    property: 'OwnershipControls',
    parameter: 'ownershipControls',
    root: 'OwnershipControls',
    read: (properties) => {
      const controls = structureIn(properties, 'OwnershipControls')
      const ownership = (rule: Properties) => ({ ObjectOwnership: textIn(rule, 'ObjectOwnership') })
      return controls && { Rule: flat(structuresIn(controls, 'Rules').map(ownership)) }
    },
    otherwise: writeXml('OwnershipControls', { Rule: { ObjectOwnership: 'BucketOwnerEnforced' } }),
  },
  {
    property: 'BucketEncryption',
    parameter: 'encryption',
    root: 'ServerSideEncryptionConfiguration',
    read: (properties) => {
      const encryption = structureIn(properties, 'BucketEncryption')
      if (encryption === undefined) return undefined
      const rules = structuresIn(encryption, 'ServerSideEncryptionConfiguration').map((rule) => {
        const byDefault = structureIn(rule, 'ServerSideEncryptionByDefault') ?? {}
        return {
          ApplyServerSideEncryptionByDefault: asXml(byDefault),
          BucketKeyEnabled: textIn(rule, 'BucketKeyEnabled') ?? 'false',
        }
      })
      return { Rule: flat(rules) }
    },
  },
  {
    property: 'VersioningConfiguration',
    parameter: 'versioning',
    root: 'VersioningConfiguration',
    read: (properties) => {
      const versioning = structureIn(properties, 'VersioningConfiguration')
      return versioning && { Status: neededText(versioning, 'Status') }
    },
    // What had versions once cannot go back to never having had them.
    otherwise: writeXml('VersioningConfiguration', { Status: 'Suspended' }),
  },
  {
    property: 'LifecycleConfiguration',
    parameter: 'lifecycle',
    root: 'LifecycleConfiguration',
    read: (properties) => {
      const lifecycle = structureIn(properties, 'LifecycleConfiguration')
      return lifecycle && { Rule: flat(structuresIn(lifecycle, 'Rules').map(lifecycleRule)) }
    },
  },
  {
    property: 'LoggingConfiguration',
    parameter: 'logging',
    root: 'BucketLoggingStatus',
    read: (properties) => {
      const logging = structureIn(properties, 'LoggingConfiguration')
      if (logging === undefined) return undefined
      const target = neededText(logging, 'DestinationBucketName')
      return { LoggingEnabled: { TargetBucket: target, TargetPrefix: textIn(logging, 'LogFilePrefix') ?? '' } }
    },
    otherwise: writeXml('BucketLoggingStatus', ''),
  },
  {
    property: 'Tags',
    parameter: 'tagging',
    root: 'Tagging',
    read: (properties, at) => {
      const tags = tagList(tagsIn(properties, at))
      return tags.length === 0 ? undefined : { TagSet: { Tag: flat(tags) } }
    },
  },
]

/** A rule as S3 spells it: templates have flat names, and lists where S3 has repeated elements. */
function lifecycleRule(rule: Properties): XmlFields {
  const moved = (days: string) => (one: Properties) =>
    asXml(renamed(one, { TransitionInDays: days, TransitionDate: 'Date' }))
  const expiration = renamed(pick(rule, ['ExpirationInDays', 'ExpirationDate', 'ExpiredObjectDeleteMarker']), {
    ExpirationInDays: 'Days',
    ExpirationDate: 'Date',
  })
  const noncurrent =
    structureIn(rule, 'NoncurrentVersionExpiration') ??
    renamed(pick(rule, ['NoncurrentVersionExpirationInDays']), { NoncurrentVersionExpirationInDays: 'NoncurrentDays' })
  const abort = structureIn(rule, 'AbortIncompleteMultipartUpload')
  return {
    ...asXml(renamed(pick(rule, ['Id']), { Id: 'ID' })),
    Filter: filterOf(rule),
    Status: neededText(rule, 'Status'),
    Transition: flat(structuresIn(rule, 'Transitions').map(moved('Days'))),
    NoncurrentVersionTransition: flat(structuresIn(rule, 'NoncurrentVersionTransitions').map(moved('NoncurrentDays'))),
    ...(Object.keys(expiration).length > 0 && { Expiration: asXml(expiration) }),
    ...(Object.keys(noncurrent).length > 0 && { NoncurrentVersionExpiration: asXml(noncurrent) }),
    ...(abort && { AbortIncompleteMultipartUpload: asXml(abort) }),
  }
}

function filterOf(rule: Properties): XmlValue {
  const tags = structuresIn(rule, 'TagFilters').map(asXml)
  const plain = asXml(pick(rule, ['Prefix', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan']))
  const count = tags.length + Object.keys(plain).length
  if (count === 0) return { Prefix: '' }
  const all = { ...plain, ...(tags.length > 0 && { Tag: flat(tags) }) }
  return count === 1 ? all : { And: all }
}

const pick = (from: Properties, names: readonly string[]): Properties =>
  Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)))

const renamed = (from: Properties, names: Readonly<Record<string, string>>): Properties =>
  Object.fromEntries(Object.entries(from).map(([name, value]) => [names[name] ?? name, value]))

const asXml = (from: Properties): XmlFields =>
  Object.fromEntries(Object.entries(from).map(([name, value]) => [name, xmlOf(value)]))

const xmlOf = (value: Value): XmlValue => (typeof value === 'object' ? JSON.stringify(value) : value)
