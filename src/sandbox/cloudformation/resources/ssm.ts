import { Fault } from '../../fault.ts'
import type { Properties, Provisioning } from '../resource-type.ts'
import { knowing, neededText, structureIn, textIn } from './properties.ts'

function put(
  Name: string,
  properties: Properties,
  at: Provisioning,
  Overwrite: boolean,
  tags: Readonly<Record<string, string>>,
) {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  const given = {
    Name,
    Overwrite,
    Type: neededText(properties, 'Type'),
    Value: neededText(properties, 'Value'),
    Description: textIn(properties, 'Description'),
    AllowedPattern: textIn(properties, 'AllowedPattern'),
    Tier: textIn(properties, 'Tier'),
    DataType: textIn(properties, 'DataType'),
    Tags: Overwrite || Tags.length === 0 ? undefined : Tags,
  }
  return at.inner.invoke(
    'ssm',
    'PutParameter',
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  )
}

/** The parameter's own tags (a map in this type) and the stack's. */
const tagsOf = (properties: Properties, at: Pick<Provisioning, 'tags'>): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(Object.entries(at.tags).filter(([key]) => !key.startsWith('aws:'))),
  ...Object.fromEntries(
    Object.entries(structureIn(properties, 'Tags') ?? {}).map(([key, value]) => [key, String(value)]),
  ),
})

/** AWS::SSM::Parameter. `Ref` is the name. */
export const parameter = knowing(
  ['Name', 'Type', 'Value', 'Description', 'AllowedPattern', 'Tier', 'DataType', 'Tags', 'Policies'],
  {
    replacedBy: ['Name'],
    required: ['Type', 'Value'],
    async create(properties, at) {
      const name = textIn(properties, 'Name') ?? `CFN-${at.uniqueName(100)}`
      await put(name, properties, at, false, tagsOf(properties, at))
      return provisioned(name, properties)
    },
    async update(properties, before, at) {
      const { id } = before
      await put(id, properties, at, true, {})
      const [had, wanted] = [tagsOf(before.properties, { tags: at.formerTags }), tagsOf(properties, at)]
      const on = { ResourceType: 'Parameter', ResourceId: id }
      const TagKeys = Object.keys(had).filter((key) => wanted[key] === undefined)
      if (TagKeys.length > 0) await at.inner.invoke('ssm', 'RemoveTagsFromResource', { ...on, TagKeys })
      const Tags = Object.entries(wanted).map(([Key, Value]) => ({ Key, Value }))
      if (Tags.length > 0) await at.inner.invoke('ssm', 'AddTagsToResource', { ...on, Tags })
      return provisioned(id, properties)
    },
    async remove({ id }, at) {
      await at.inner.invoke('ssm', 'DeleteParameter', { Name: id }).catch((error) => {
        if (!(error instanceof Fault) || error.code !== 'ParameterNotFound') throw error
      })
    },
  },
)

const provisioned = (id: string, properties: Properties) => ({
  id,
  attributes: { Type: neededText(properties, 'Type'), Value: neededText(properties, 'Value') },
})
