import { Fault } from '../../fault.ts'
import type { Output } from '../../service.ts'
import type { Properties, Provisioned, Provisioning, ResourceType } from '../resource-type.ts'
import { knowing, neededText, same, structureIn, structuresIn, tagList, tagsIn, textIn, textsIn } from './properties.ts'

const call = ({ inner }: Provisioning, operation: string, input: Readonly<Record<string, unknown>>): Promise<Output> =>
  inner.invoke(
    'rolesanywhere',
    operation,
    Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)),
  )

async function unlessGone(work: Promise<unknown>): Promise<void> {
  await work.catch((error) => {
    if (!(error instanceof Fault) || error.code !== 'ResourceNotFoundException') throw error
  })
}

// What the service answers of a thing it made: an object with its id and ARN.
const partOf = (output: Output, name: string): Readonly<Record<string, string>> =>
  output[name] as Readonly<Record<string, string>>

const tags = (properties: Properties, at: Provisioning) =>
  tagList(tagsIn(properties, at)).map(({ Key, Value }) => ({ key: Key, value: Value }))

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
    if (settings.length > 0 && !same(properties.NotificationSettings, before.NotificationSettings))
      await call(at, 'PutNotificationSettings', { trustAnchorId: id, notificationSettings: settings })
    return { id, attributes }
  },
  remove: ({ id }, at) => unlessGone(call(at, 'DeleteTrustAnchor', { trustAnchorId: id })),
})

const profileSettings = (properties: Properties) => ({
  name: neededText(properties, 'Name'),
  roleArns: textsIn(properties, 'RoleArns'),
  sessionPolicy: textIn(properties, 'SessionPolicy'),
  managedPolicyArns: properties.ManagedPolicyArns === undefined ? undefined : textsIn(properties, 'ManagedPolicyArns'),
  durationSeconds: properties.DurationSeconds === undefined ? undefined : Number(textIn(properties, 'DurationSeconds')),
  acceptRoleSessionName:
    properties.AcceptRoleSessionName === undefined ? undefined : textIn(properties, 'AcceptRoleSessionName') === 'true',
})

async function mapped(properties: Properties, made: Provisioned, at: Provisioning): Promise<Provisioned> {
  for (const mapping of structuresIn(properties, 'AttributeMappings'))
    await call(at, 'PutAttributeMapping', {
      profileId: made.id,
      certificateField: neededText(mapping, 'CertificateField'),
      mappingRules: structuresIn(mapping, 'MappingRules').map((rule) => ({ specifier: neededText(rule, 'Specifier') })),
    })
  return made
}

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
  replacedBy: [],
  required: ['Name', 'RoleArns'],
  async create(properties, at) {
    const made = await call(at, 'CreateProfile', {
      ...profileSettings(properties),
      enabled: isEnabled(properties),
      requireInstanceProperties:
        properties.RequireInstanceProperties === undefined
          ? undefined
          : textIn(properties, 'RequireInstanceProperties') === 'true',
      tags: tags(properties, at),
    })
    const { profileId = '', profileArn = '' } = partOf(made, 'profile')
    return mapped(properties, { id: profileId, attributes: { ProfileId: profileId, ProfileArn: profileArn } }, at)
  },
  async update(properties, { id, attributes, properties: before }, at) {
    await call(at, 'UpdateProfile', { profileId: id, ...profileSettings(properties) })
    if (isEnabled(properties) !== isEnabled(before))
      await call(at, isEnabled(properties) ? 'EnableProfile' : 'DisableProfile', { profileId: id })
    return mapped(properties, { id, attributes }, at)
  },
  remove: ({ id }, at) => unlessGone(call(at, 'DeleteProfile', { profileId: id })),
})
