import { Fault, validationError } from '../../fault.ts'
import type { Properties, Provisioned, Provisioning } from '../resource-type.ts'
import { knowing, neededText, same, structureIn, textIn } from './properties.ts'

const ask = ({ inner }: Provisioning, operation: string, input: Readonly<Record<string, unknown>>) =>
  inner.invoke('ssm', operation, Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)))

/** What makes a new version of the parameter. */
const versioned = ['Type', 'Value', 'Description', 'AllowedPattern', 'Tier', 'DataType'] as const

function settings(properties: Properties) {
  const Type = neededText(properties, 'Type')
  if (Type === 'SecureString')
    throw validationError(
      'Properties validation failed for resource with message: #/Type: SecureString is not a valid enum value',
    )
  const texts = versioned.map((name) => [name, textIn(properties, name)] as const)
  return { ...Object.fromEntries(texts), Type, Value: neededText(properties, 'Value') }
}

/** The parameter's own tags (a map in this type) and the stack's. */
function tagsOf(properties: Properties, tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const ofStack = Object.entries(tags).filter(([key]) => !key.startsWith('aws:'))
  const given = structureIn(properties, 'Tags') ?? {}
  return {
    ...Object.fromEntries(ofStack),
    ...Object.fromEntries(Object.keys(given).map((key) => [key, neededText(given, key)])),
  }
}

const tagList = (tags: Readonly<Record<string, string>>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

const provisioned = (id: string, properties: Properties): Provisioned => ({
  id,
  attributes: { Type: neededText(properties, 'Type'), Value: neededText(properties, 'Value') },
})

/** AWS::SSM::Parameter. `Ref` is the name. As at AWS it makes no SecureString, whose value would stand in the template. */
export const parameter = knowing(
  ['Name', 'Type', 'Value', 'Description', 'AllowedPattern', 'Tier', 'DataType', 'Tags'],
  {
    replacedBy: ['Name'],
    required: ['Type', 'Value'],
    async create(properties, at) {
      const Name = textIn(properties, 'Name') ?? `CFN-${at.uniqueName(100)}`
      const Tags = tagList(tagsOf(properties, at.tags))
      await ask(at, 'PutParameter', { Name, ...settings(properties), Tags: Tags.length > 0 ? Tags : undefined })
      return provisioned(Name, properties)
    },
    async update(properties, { id, properties: before }, at) {
      const given = settings(properties)
      if (versioned.some((name) => !same(properties[name], before[name])))
        await ask(at, 'PutParameter', { Name: id, ...given, Overwrite: true })
      const [had, wanted] = [tagsOf(before, at.formerTags), tagsOf(properties, at.tags)]
      const on = { ResourceType: 'Parameter', ResourceId: id }
      const TagKeys = Object.keys(had).filter((key) => wanted[key] === undefined)
      if (TagKeys.length > 0) await ask(at, 'RemoveTagsFromResource', { ...on, TagKeys })
      const Tags = tagList(wanted).filter(({ Key, Value }) => had[Key] !== Value)
      if (Tags.length > 0) await ask(at, 'AddTagsToResource', { ...on, Tags })
      return provisioned(id, properties)
    },
    async remove({ id }, at) {
      await ask(at, 'DeleteParameter', { Name: id }).catch((error) => {
        if (!(error instanceof Fault) || error.code !== 'ParameterNotFound') throw error
      })
    },
  },
)
