import { validationError } from '../../fault.ts'
import type { Properties, Provisioned, Provisioning } from '../resource-type.ts'
import { asking, unlessGone } from './changes.ts'
import {
  documentIn,
  formerTagsIn,
  knowing,
  neededText,
  same,
  structureIn,
  tagList,
  tagsIn,
  textIn,
} from './properties.ts'

const ask = asking('secretsmanager')

/** What is said of a secret that is to be deleted. */
const onItsWay = ['InvalidRequestException']

/** The value a secret begins with: as it is written, or generated. */
async function initialValue(properties: Properties, at: Provisioning): Promise<string | undefined> {
  const generated = structureIn(properties, 'GenerateSecretString')
  const written = textIn(properties, 'SecretString')
  if (generated === undefined) return written
  if (written !== undefined)
    throw validationError('You must provide either SecretString or GenerateSecretString, not both.')
  const { SecretStringTemplate: _, GenerateStringKey: __, ...how } = generated
  const { RandomPassword } = await ask(at, 'GetRandomPassword', how)
  const template = textIn(generated, 'SecretStringTemplate')
  const key = textIn(generated, 'GenerateStringKey')
  if (template === undefined && key === undefined) return String(RandomPassword)
  if (template === undefined || key === undefined)
    throw validationError('SecretStringTemplate and GenerateStringKey must be given together.')
  let parsed: unknown
  try {
    parsed = JSON.parse(template)
  } catch {
    // Below.
  }
  if (typeof parsed !== 'object' || parsed === null) throw validationError('Could not parse SecretStringTemplate JSON.')
  return JSON.stringify({ ...parsed, [key]: RandomPassword })
}

/** AWS::SecretsManager::Secret. `Ref` is the ARN. */
export const secret = knowing(['Description', 'GenerateSecretString', 'KmsKeyId', 'Name', 'SecretString', 'Tags'], {
  replacedBy: ['Name'],
  async create(properties, at) {
    const { ARN } = await ask(at, 'CreateSecret', {
      Name: textIn(properties, 'Name') ?? at.uniqueName(64),
      Description: textIn(properties, 'Description'),
      KmsKeyId: textIn(properties, 'KmsKeyId'),
      SecretString: await initialValue(properties, at),
      Tags: tagList(tagsIn(properties, at)),
    })
    return { id: String(ARN), attributes: { Id: String(ARN) } }
  },
  async update(properties, { id, attributes, properties: before }, at) {
    const changes = ['SecretString', 'GenerateSecretString'].some((name) => !same(properties[name], before[name]))
    await ask(at, 'UpdateSecret', {
      SecretId: id,
      Description: textIn(properties, 'Description') ?? '',
      KmsKeyId: textIn(properties, 'KmsKeyId'),
      SecretString: changes ? await initialValue(properties, at) : undefined,
    })
    const wanted = tagsIn(properties, at)
    const TagKeys = [...formerTagsIn(before, at).keys()].filter((key) => !wanted.has(key))
    if (TagKeys.length > 0) await ask(at, 'UntagResource', { SecretId: id, TagKeys })
    if (wanted.size > 0) await ask(at, 'TagResource', { SecretId: id, Tags: tagList(wanted) })
    return { id, attributes }
  },
  remove: ({ id }, at) =>
    unlessGone(ask(at, 'DeleteSecret', { SecretId: id, ForceDeleteWithoutRecovery: true }), onItsWay),
})

/** AWS::SecretsManager::RotationSchedule. `Ref` is the ARN of the secret. */
export const rotationSchedule = knowing(
  ['RotateImmediatelyOnUpdate', 'RotationLambdaARN', 'RotationRules', 'SecretId'],
  {
    replacedBy: ['SecretId'],
    required: ['SecretId'],
    create: schedule,
    update: (properties, _, at) => schedule(properties, at),
    remove: ({ id }, at) => unlessGone(ask(at, 'CancelRotateSecret', { SecretId: id }), onItsWay),
  },
)

async function schedule(properties: Properties, at: Provisioning): Promise<Provisioned> {
  const { ARN } = await ask(at, 'RotateSecret', {
    SecretId: neededText(properties, 'SecretId'),
    RotationLambdaARN: textIn(properties, 'RotationLambdaARN'),
    RotationRules: structureIn(properties, 'RotationRules'),
    RotateImmediately: textIn(properties, 'RotateImmediatelyOnUpdate'),
  })
  return { id: String(ARN), attributes: { Id: String(ARN) } }
}

/** AWS::SecretsManager::ResourcePolicy. `Ref` is the ARN of the secret. */
export const secretPolicy = knowing(['BlockPublicPolicy', 'ResourcePolicy', 'SecretId'], {
  replacedBy: ['SecretId'],
  required: ['ResourcePolicy', 'SecretId'],
  create: putPolicy,
  update: (properties, _, at) => putPolicy(properties, at),
  remove: ({ id }, at) => unlessGone(ask(at, 'DeleteResourcePolicy', { SecretId: id }), onItsWay),
})

async function putPolicy(properties: Properties, at: Provisioning): Promise<Provisioned> {
  const { ARN } = await ask(at, 'PutResourcePolicy', {
    SecretId: neededText(properties, 'SecretId'),
    ResourcePolicy: documentIn(properties, 'ResourcePolicy'),
    BlockPublicPolicy: textIn(properties, 'BlockPublicPolicy'),
  })
  return { id: String(ARN), attributes: { Id: String(ARN) } }
}
