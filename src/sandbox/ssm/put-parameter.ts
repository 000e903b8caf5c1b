import { Fault, validationError } from '../fault.ts'
import { matchesWhole } from '../matches-whole.ts'
import { operation } from '../service.ts'
import { flag, oneOf, required, text, untold } from '../shape.ts'
import { arnOf, malformedName, needs } from './parameters.ts'
import { type Parameter, type ParameterVersion, parametersOf } from './state.ts'
import { tagging, tagList, withTags } from './tags.ts'

const types = ['String', 'StringList', 'SecureString'] as const
const longest = { Standard: 4096, Advanced: 8192 } as const
const mostVersions = 100

export const putParameter = operation({
  input: {
    Name: required(text({ min: 1, max: 2048 })),
    Value: untold(required(text({ sensitive: true }))),
    Type: oneOf(...types),
    Description: text({ max: 1024 }),
    Overwrite: flag(),
    KeyId: text({ min: 1, max: 256 }),
    AllowedPattern: text({ max: 1024 }),
    Tier: oneOf('Standard', 'Advanced', 'Intelligent-Tiering'),
    DataType: text({ max: 128 }),
    Tags: tagList,
  },
  needs: (input, call) => {
    const put = needs('PutParameter', call, input.Name)
    const { Tags = [] } = input
    if (Tags.length === 0) return put
    return [put, needs('AddTagsToResource', call, input.Name)].map((one) => tagging(one, Tags))
  },
  perform: (input, call) => {
    const { Name: name } = input
    checkName(name)
    const table = parametersOf(call.cloud)
    const { accountId, arn: by } = call.caller
    const arn = arnOf(name, call.region, accountId)
    const before = table.get(arn)
    if (before && input.Overwrite !== true)
      throw new Fault(
        'ParameterAlreadyExists',
        400,
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      )
    if (before && input.Tags?.length)
      throw validationError(
        'Invalid request: tags and overwrite can’t be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.',
      )
    const newest = before?.versions.at(-1)
    const type = input.Type ?? newest?.type
    if (type === undefined) throw validationError('A parameter type is required when you create a parameter.')
    const tier =
      input.Tier === 'Intelligent-Tiering'
        ? newest?.tier === 'Advanced' || input.Value.length > longest.Standard
          ? 'Advanced'
          : 'Standard'
        : (input.Tier ?? newest?.tier ?? 'Standard')
    if (newest?.tier === 'Advanced' && tier === 'Standard')
      throw validationError(
        "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware that standard parameters have a value limit of 4096 characters.",
      )
    checkValue(input.Value, input.AllowedPattern, tier)
    const version: ParameterVersion = {
      number: (newest?.number ?? 0) + 1,
      type,
      value: input.Value,
      dataType: input.DataType ?? newest?.dataType ?? 'text',
      tier,
      at: call.at.toISOString(),
      by,
      labels: [],
      ...(input.Description === undefined ? {} : { description: input.Description }),
      ...(input.AllowedPattern === undefined ? {} : { allowedPattern: input.AllowedPattern }),
      ...(type === 'SecureString' ? { keyId: input.KeyId ?? 'alias/aws/ssm' } : {}),
    }
    const parameter: Parameter = {
      ...{ arn, accountId, region: call.region, name, tags: before?.tags ?? withTags({}, input.Tags ?? []) },
      versions: withVersion(name, before?.versions ?? [], version),
    }
    table.put(arn, parameter)
    return { Version: version.number, Tier: tier }
  },
})

function checkName(name: string): void {
  if (!/^[\w./-]+$/.test(name)) throw malformedName()
  if (/^\/?(?:aws|ssm)/i.test(name)) {
    if (/^\/?aws/i.test(name))
      throw new Fault('AccessDeniedException', 400, `No access to reserved parameter name: ${name}.`)
    throw validationError('Parameter name: can\'t be prefixed with "ssm" (case-insensitive).')
  }
  if (name.includes('/') && !name.startsWith('/'))
    throw validationError('Parameter name must be a fully qualified name.')
  if (name.split('/').length - 1 > 15)
    throw new Fault(
      'HierarchyLevelLimitExceededException',
      400,
      'The hierarchy depth of the parameter name is too large: 15 levels at most.',
    )
}

function checkValue(value: string, pattern: string | undefined, tier: string): void {
  const most = tier === 'Advanced' ? longest.Advanced : longest.Standard
  if (value === '')
    throw validationError(
      "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
    )
  if (value.length > most)
    throw validationError(
      tier === 'Advanced'
        ? 'Parameter value exceeds the maximum length of 8192 characters.'
        : 'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html',
    )
  if (pattern === undefined) return
  const matches = matchesWhole(pattern, value)
  if (matches === 'broken' || matches === 'too slow')
    throw new Fault(
      'InvalidAllowedPatternException',
      400,
      matches === 'broken'
        ? `The allowed pattern ${pattern} is not a regular expression.`
        : `The allowed pattern ${pattern} takes too long to match.`,
    )
  if (matches === 'no')
    throw new Fault(
      'ParameterPatternMismatchException',
      400,
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    )
}

/** The versions with a new one: beyond a hundred the oldest goes, unless it has a label. */
function withVersion(name: string, before: readonly ParameterVersion[], version: ParameterVersion) {
  const versions = [...before, version]
  const oldest = before[0]
  if (versions.length <= mostVersions || oldest === undefined) return versions
  if (oldest.labels.length === 0) return versions.slice(1)
  throw new Fault(
    'ParameterMaxVersionLimitExceeded',
    400,
    `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${oldest.number}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
  )
}
