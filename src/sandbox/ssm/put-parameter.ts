import { Fault, validationError } from '../fault.ts'
import { operation } from '../service.ts'
import { flag, list, oneOf, required, structure, text } from '../shape.ts'
import { arnOf, needs } from './parameters.ts'
import { type Parameter, type ParameterVersion, parametersOf } from './state.ts'

export const tagList = list(
  structure({ Key: required(text({ min: 1, max: 128 })), Value: required(text({ max: 256 })) }),
  { max: 1000 },
)

const types = ['String', 'StringList', 'SecureString'] as const
const longest = { Standard: 4096, Advanced: 8192 } as const
const mostVersions = 100

export const putParameter = operation({
  input: {
    Name: required(text({ min: 1, max: 2048 })),
    Value: required(text({ sensitive: true })),
    Type: oneOf(...types),
    Description: text({ max: 1024 }),
    Overwrite: flag(),
    KeyId: text({ min: 1, max: 256 }),
    AllowedPattern: text({ max: 1024 }),
    Tier: oneOf('Standard', 'Advanced', 'Intelligent-Tiering'),
    DataType: text({ max: 128 }),
    Tags: tagList,
  },
  needs: (input, call) => [
    needs('PutParameter', call, input.Name),
    ...(input.Tags?.length ? [needs('AddTagsToResource', call, input.Name)] : []),
  ],
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
        ? input.Value.length > longest.Standard
          ? 'Advanced'
          : 'Standard'
        : (input.Tier ?? newest?.tier ?? 'Standard')
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
    const tags = Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value]))
    const parameter: Parameter = {
      ...{ arn, accountId, region: call.region, name, tags: before?.tags ?? tags },
      versions: [...(before?.versions ?? []), version].slice(-mostVersions),
    }
    table.put(arn, parameter)
    return { Version: version.number, Tier: tier }
  },
})

function checkName(name: string): void {
  if (!/^[\w./-]+$/.test(name))
    throw validationError(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    )
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
  let allowed: RegExp
  try {
    allowed = new RegExp(`^(?:${pattern})$`)
  } catch {
    throw new Fault(
      'InvalidAllowedPatternException',
      400,
      `The allowed pattern ${pattern} is not a regular expression.`,
    )
  }
  if (!allowed.test(value))
    throw new Fault(
      'ParameterPatternMismatchException',
      400,
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    )
}
