import { strToU8, zipSync } from 'fflate'
import { validationError } from '../../fault.ts'
import type { Properties, ResourceType } from '../resource-type.ts'
import { asking, unlessGone } from './changes.ts'
import { formerTagsIn, neededText, same, structureIn, tagsIn, textIn, textsIn } from './properties.ts'

const ask = asking('lambda')

/** Where the code is. What a template calls ZipFile is the text of `index.js` itself. */
function codeOf(properties: Properties) {
  const code = structureIn(properties, 'Code') ?? {}
  const inline = textIn(code, 'ZipFile')
  const zipped = inline === undefined ? undefined : zipSync({ 'index.js': strToU8(inline) })
  return {
    ...(zipped ? { ZipFile: Buffer.from(zipped).toString('base64') } : {}),
    ...(code.S3Bucket === undefined ? {} : { S3Bucket: textIn(code, 'S3Bucket') }),
    ...(code.S3Key === undefined ? {} : { S3Key: textIn(code, 'S3Key') }),
    ...(code.ImageUri === undefined ? {} : { ImageUri: textIn(code, 'ImageUri') }),
  }
}

const settingsOf = (properties: Properties) => ({
  Handler: textIn(properties, 'Handler'),
  Runtime: textIn(properties, 'Runtime'),
  Role: textIn(properties, 'Role'),
  Description: textIn(properties, 'Description'),
  Timeout: textIn(properties, 'Timeout'),
  MemorySize: textIn(properties, 'MemorySize'),
  Environment: structureIn(properties, 'Environment'),
})

/** AWS::Lambda::Function. `Ref` is the name. */
export const lambdaFunction = {
  replacedBy: ['FunctionName', 'PackageType'],
  required: ['Code', 'Role'],
  isTagged: true,
  async create(properties, at) {
    if (textsIn(properties, 'Layers').length > 0) throw validationError('The sandbox has no layers for functions.')
    const FunctionName = textIn(properties, 'FunctionName') ?? at.uniqueName(64)
    const { FunctionArn } = await ask(at, 'CreateFunction', {
      FunctionName,
      Code: codeOf(properties),
      ...settingsOf(properties),
      PackageType: textIn(properties, 'PackageType'),
      Architectures: properties.Architectures,
      Tags: Object.fromEntries(tagsIn(properties, at)),
    })
    return { id: FunctionName, attributes: { Arn: String(FunctionArn) } }
  },
  async update(properties, { id, attributes, properties: before }, at) {
    if (!same(properties.Code, before.Code))
      await ask(at, 'UpdateFunctionCode', { FunctionName: id, ...codeOf(properties) })
    await ask(at, 'UpdateFunctionConfiguration', { FunctionName: id, ...settingsOf(properties) })
    const wanted = tagsIn(properties, at)
    const tagKeys = [...formerTagsIn(before, at).keys()].filter((key) => !wanted.has(key))
    if (tagKeys.length > 0) await ask(at, 'UntagResource', { Resource: id, tagKeys })
    if (wanted.size > 0) await ask(at, 'TagResource', { Resource: id, Tags: Object.fromEntries(wanted) })
    return { id, attributes }
  },
  remove: ({ id }, at) => unlessGone(ask(at, 'DeleteFunction', { FunctionName: id })),
} satisfies ResourceType

/** AWS::Lambda::Permission. `Ref` is the id of the statement. */
export const permission = {
  replacedBy: ['*'],
  required: ['Action', 'FunctionName', 'Principal'],
  async create(properties, at) {
    const StatementId = at.uniqueName(100)
    await ask(at, 'AddPermission', {
      StatementId,
      FunctionName: neededText(properties, 'FunctionName'),
      Action: neededText(properties, 'Action'),
      Principal: neededText(properties, 'Principal'),
      SourceArn: textIn(properties, 'SourceArn'),
      SourceAccount: textIn(properties, 'SourceAccount'),
      PrincipalOrgID: textIn(properties, 'PrincipalOrgID'),
      EventSourceToken: textIn(properties, 'EventSourceToken'),
    })
    return { id: StatementId, attributes: { Id: StatementId } }
  },
  update: async (_, { id, attributes }) => ({ id, attributes }),
  remove: ({ id, properties }, at) =>
    unlessGone(ask(at, 'RemovePermission', { FunctionName: neededText(properties, 'FunctionName'), StatementId: id })),
} satisfies ResourceType
