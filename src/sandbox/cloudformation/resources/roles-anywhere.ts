import { validationError } from '../../fault.ts'
import { defaultMappings } from '../../roles-anywhere/attribute-mapping.ts'
import type { Output } from '../../service.ts'
import type { Properties, Provisioning, ResourceType } from '../resource-type.ts'
import { asking, orUndo, unlessGone } from './changes.ts'
import {
  formerTagsIn,
  knowing,
  neededText,
  same,
  structureIn,
  structuresIn,
  tagsIn,
  textIn,
  textsIn,
} from './properties.ts'

const call = asking('rolesanywhere')

// What the service answers of a thing it made: an object with its id and ARN.
const partOf = (output: Output, name: string): Readonly<Record<string, string>> =>
  output[name] as Readonly<Record<string, string>>

const tags = (properties: Properties, at: Provisioning) =>
  [...tagsIn(properties, at)].map(([key, value]) => ({ key, value }))

async function retag(resourceArn: string, properties: Properties, before: Properties, at: Provisioning): Promise<void> {
  const wanted = tagsIn(properties, at)
  const had = formerTagsIn(before, at)
  const tagKeys = [...had.keys()].filter((key) => !wanted.has(key))
  if (tagKeys.length > 0) await call(at, 'UntagResource', { resourceArn, tagKeys })
  const changed = [...wanted].filter(([key, value]) => had.get(key) !== value)
  if (changed.length > 0)
    await call(at, 'TagResource', { resourceArn, tags: changed.map(([key, value]) => ({ key, value })) })
}

/** The source with its members as the service spells them. */
function sourceOf(properties: Properties) {
  const source = structureIn(properties, 'Source') ?? {}
  const data = structureIn(source, 'SourceData') ?? {}
  return {
    sourceType: neededText(source, 'SourceType'),
    sourceData: {
      ...(data.X509CertificateData === undefined ? {} : { x509CertificateData: textIn(data, 'X509CertificateData') }),
      ...(data.AcmPcaArn === undefined ? {} : { acmPcaArn: textIn(data, 'AcmPcaArn') }),
    },
  }
}

const isEnabled = (properties: Properties): boolean => textIn(properties, 'Enabled') === 'true'

function notificationsOf(properties: Properties) {
  return structuresIn(properties, 'NotificationSettings').map((setting) => ({
    event: neededText(setting, 'Event'),
    enabled: textIn(setting, 'Enabled') !== 'false',
    ...(setting.Threshold === undefined ? {} : { threshold: Number(textIn(setting, 'Threshold')) }),
    ...(setting.Channel === undefined ? {} : { channel: textIn(setting, 'Channel') }),
  }))
}

/** AWS::RolesAnywhere::TrustAnchor. `Ref` is the id. */
export const trustAnchor: ResourceType = knowing(['Name', 'Source', 'Enabled', 'NotificationSettings', 'Tags'], {
  replacedBy: [],
  required: ['Name', 'Source'],
  async create(properties, at) {
    const settings = notificationsOf(properties)
    const made = await call(at, 'CreateTrustAnchor', {
      name: neededText(properties, 'Name'),
      source: sourceOf(properties),
      // AWS's own default in templates: disabled unless it is said.
      enabled: isEnabled(properties),
      tags: tags(properties, at),
      notificationSettings: settings.length > 0 ? settings : undefined,
    })
    const { trustAnchorId = '', trustAnchorArn = '' } = partOf(made, 'trustAnchor')
    return { id: trustAnchorId, attributes: { TrustAnchorId: trustAnchorId, TrustAnchorArn: trustAnchorArn } }
  },
  async update(properties, { id, attributes, properties: before }, at) {
    await call(at, 'UpdateTrustAnchor', {
      trustAnchorId: id,
      name: neededText(properties, 'Name'),
      source: sourceOf(properties),
    })
    if (isEnabled(properties) !== isEnabled(before))
      await call(at, isEnabled(properties) ? 'EnableTrustAnchor' : 'DisableTrustAnchor', { trustAnchorId: id })
    const settings = notificationsOf(properties)
    const gone = notificationsOf(before).filter(({ event }) => !settings.some((one) => one.event === event))
    if (gone.length > 0)
      await call(at, 'ResetNotificationSettings', {
        trustAnchorId: id,
        notificationSettingKeys: gone.map(({ event }) => ({ event })),
      })
    if (settings.length > 0 && !same(properties.NotificationSettings, before.NotificationSettings))
      await call(at, 'PutNotificationSettings', { trustAnchorId: id, notificationSettings: settings })
    await retag(String(attributes.TrustAnchorArn), properties, before, at)
    return { id, attributes }
  },
  remove: ({ id }, at) => unlessGone(call(at, 'DeleteTrustAnchor', { trustAnchorId: id })),
})

const flagIn = (properties: Properties, name: string): boolean | undefined =>
  properties[name] === undefined ? undefined : textIn(properties, name) === 'true'

const profileSettings = (properties: Properties) => ({
  name: neededText(properties, 'Name'),
  roleArns: textsIn(properties, 'RoleArns'),
  sessionPolicy: textIn(properties, 'SessionPolicy'),
  managedPolicyArns: textsIn(properties, 'ManagedPolicyArns'),
  durationSeconds: Number(textIn(properties, 'DurationSeconds') ?? 3600),
  acceptRoleSessionName: flagIn(properties, 'AcceptRoleSessionName') ?? false,
})

const mappingsOf = (properties: Properties) =>
  structuresIn(properties, 'AttributeMappings').map((mapping) => ({
    certificateField: neededText(mapping, 'CertificateField'),
    mappingRules: structuresIn(mapping, 'MappingRules').map((rule) => ({ specifier: neededText(rule, 'Specifier') })),
  }))

/** The mappings as they are with these properties; a field that is no longer named is as it is in a new profile. */
async function map(profileId: string, properties: Properties, before: Properties, at: Provisioning): Promise<void> {
  const wanted = mappingsOf(properties)
  const left = mappingsOf(before).filter((had) => !wanted.some((one) => one.certificateField === had.certificateField))
  const usual = Object.entries(defaultMappings).flatMap(([certificateField, specifiers]) =>
    left.some((had) => had.certificateField === certificateField)
      ? [{ certificateField, mappingRules: specifiers.map((specifier) => ({ specifier })) }]
      : [],
  )
  for (const mapping of [...wanted, ...usual]) await call(at, 'PutAttributeMapping', { profileId, ...mapping })
}

const removeProfile = (profileId: string, at: Provisioning): Promise<void> =>
  unlessGone(call(at, 'DeleteProfile', { profileId }))

const profileProperties = [
  'Name',
  'RoleArns',
  'Enabled',
  'SessionPolicy',
  'ManagedPolicyArns',
  'DurationSeconds',
  'AcceptRoleSessionName',
  'RequireInstanceProperties',
  'AttributeMappings',
  'Tags',
]

/** AWS::RolesAnywhere::Profile. `Ref` is the id. */
export const profile: ResourceType = knowing(profileProperties, {
  replacedBy: ['RequireInstanceProperties'],
  required: ['Name', 'RoleArns'],
  async create(properties, at) {
    const made = await call(at, 'CreateProfile', {
      ...profileSettings(properties),
      enabled: isEnabled(properties),
      requireInstanceProperties: flagIn(properties, 'RequireInstanceProperties'),
      tags: tags(properties, at),
    })
    const { profileId = '', profileArn = '' } = partOf(made, 'profile')
    await orUndo(
      () => map(profileId, properties, {}, at),
      () => removeProfile(profileId, at),
    )
    return { id: profileId, attributes: { ProfileId: profileId, ProfileArn: profileArn } }
  },
  async update(properties, { id, attributes, properties: before }, at) {
    if (before.SessionPolicy !== undefined && properties.SessionPolicy === undefined)
      throw validationError('The SessionPolicy of a profile can be changed, and not be taken away.')
    await call(at, 'UpdateProfile', { profileId: id, ...profileSettings(properties) })
    if (isEnabled(properties) !== isEnabled(before))
      await call(at, isEnabled(properties) ? 'EnableProfile' : 'DisableProfile', { profileId: id })
    if (!same(properties.AttributeMappings, before.AttributeMappings)) await map(id, properties, before, at)
    await retag(String(attributes.ProfileArn), properties, before, at)
    return { id, attributes }
  },
  remove: ({ id }, at) => removeProfile(id, at),
})

/** The list as the service takes it: bytes, in base64. Templates have PEM. */
const revocationData = (properties: Properties): string =>
  Buffer.from(neededText(properties, 'CrlData')).toString('base64')

/** AWS::RolesAnywhere::CRL. `Ref` is the id. Nothing moves a list to another trust anchor: it is imported anew there. */
export const revocationList: ResourceType = knowing(['Name', 'CrlData', 'TrustAnchorArn', 'Enabled', 'Tags'], {
  replacedBy: ['TrustAnchorArn'],
  required: ['Name', 'CrlData'],
  async create(properties, at) {
    const made = await call(at, 'ImportCrl', {
      name: neededText(properties, 'Name'),
      crlData: revocationData(properties),
      trustAnchorArn: neededText(properties, 'TrustAnchorArn'),
      enabled: isEnabled(properties),
      tags: tags(properties, at),
    })
    const { crlId = '' } = partOf(made, 'crl')
    return { id: crlId, attributes: { CrlId: crlId } }
  },
  async update(properties, { id, attributes, properties: before }, at) {
    const { crl } = await call(at, 'UpdateCrl', {
      crlId: id,
      name: neededText(properties, 'Name'),
      crlData: revocationData(properties),
    })
    if (isEnabled(properties) !== isEnabled(before))
      await call(at, isEnabled(properties) ? 'EnableCrl' : 'DisableCrl', { crlId: id })
    const { crlArn } = crl as { readonly crlArn: string }
    await retag(crlArn, properties, before, at)
    return { id, attributes }
  },
  remove: ({ id }, at) => unlessGone(call(at, 'DeleteCrl', { crlId: id })),
})
