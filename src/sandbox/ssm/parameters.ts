import { Fault, validationError } from '../fault.ts'
import type { Call, Output, Permission } from '../service.ts'
import { type Parameter, type ParameterVersion, parametersOf } from './state.ts'

const notFound = (message = ''): Fault => new Fault('ParameterNotFound', 400, message)

export const malformedName = (): Fault =>
  validationError(
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
  )

/** A parameter by name or ARN, with the version or label behind its colon. */
interface Named {
  readonly arn: string
  readonly name: string
  readonly accountId: string
  /** A number or a label; absent: the newest version. */
  readonly selector?: string
}

/** Reads `name`, `name:3`, `name:label` and ARNs. */
function named(call: Call, text: string): Named {
  const ofArn = /^arn:aws:ssm:([\w-]+):(\d{12}):parameter(\/.*)$/.exec(text)
  const plain = ofArn ? (ofArn[3] ?? '') : text
  const [whole = '', selector, ...more] = plain.split(':')
  if (more.length > 0 || selector === '') throw malformedName()
  const name = ofArn && !hasHierarchy(whole) ? whole.slice(1) : whole
  const accountId = ofArn?.[2] ?? call.caller.accountId
  const arn = arnOf(name, ofArn?.[1] ?? call.region, accountId)
  return { arn, name, accountId, ...(selector === undefined ? {} : { selector }) }
}

// `/a/b` is a name of its own; `/a` in an ARN may be the parameter `a` as well.
const hasHierarchy = (path: string): boolean => path.indexOf('/', 1) > 0

/** A name without a slash before it gets one in its ARN. */
export const arnOf = (name: string, region: string, accountId: string): string =>
  `arn:aws:ssm:${region}:${accountId}:parameter${name.startsWith('/') ? '' : '/'}${name}`

/** What an operation on one parameter needs. Nothing is shared: one of another account is nobody's but theirs. */
export const needs = (action: string, call: Call, name: string): Permission => {
  const { arn, accountId } = named(call, name)
  const tags = parametersOf(call.cloud).get(arn)?.tags
  return {
    action: `ssm:${action}`,
    resource: arn,
    resourceAccount: accountId,
    ...(tags ? { resourceTags: tags } : {}),
  }
}

/** The parameter of that name, and nothing about one of its versions. Throws ValidationException for `name:3`. */
export function findWhole(call: Call, text: string): Parameter {
  const { arn, selector } = named(call, text)
  if (selector !== undefined) throw malformedName()
  return at(call, arn, text)
}

/** The parameter and the version that was asked for. */
export function find(
  call: Call,
  text: string,
): { readonly parameter: Parameter; readonly version: ParameterVersion; readonly selector: string | undefined } {
  const { arn, selector } = named(call, text)
  const parameter = at(call, arn, text)
  return { parameter, version: versionOf(parameter, selector), selector }
}

/** One of the caller's own, in the region of the call. */
function at(call: Call, arn: string, text: string): Parameter {
  const parameter = parametersOf(call.cloud).get(arn)
  if (parameter?.accountId === call.caller.accountId && parameter.region === call.region) return parameter
  throw notFound(call.invokedBy === undefined ? '' : `Parameter ${text} not found.`)
}

/** The version of that number or label; without one the newest. */
export function versionOf({ versions, name }: Parameter, selector: string | undefined): ParameterVersion {
  const newest = versions.at(-1)
  const found =
    selector === undefined
      ? newest
      : versions.find(({ number, labels }) => String(number) === selector || labels.includes(selector))
  if (found) return found
  throw new Fault(
    'ParameterVersionNotFound',
    400,
    `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`,
  )
}

/** A parameter as GetParameter answers it. A secure one is sealed unless it was asked for open. */
export function view(
  parameter: Parameter,
  version: ParameterVersion,
  { open = false, selector }: { readonly open?: boolean; readonly selector?: string | undefined } = {},
): Output {
  const sealed = version.type === 'SecureString' && !open
  return {
    Name: parameter.name,
    Type: version.type,
    Value: sealed
      ? Buffer.from(`kms:${version.keyId ?? 'alias/aws/ssm'}:${parameter.arn}:${version.number}`).toString('base64')
      : version.value,
    Version: version.number,
    ...(selector === undefined ? {} : { Selector: `:${selector}` }),
    LastModifiedDate: new Date(version.at),
    ARN: parameter.arn,
    DataType: version.dataType,
  }
}

/** What is told of a version without its value. */
export const description = (parameter: Parameter, version: ParameterVersion): Output => ({
  Name: parameter.name,
  ARN: parameter.arn,
  Type: version.type,
  ...(version.keyId === undefined ? {} : { KeyId: version.keyId }),
  LastModifiedDate: new Date(version.at),
  LastModifiedUser: version.by,
  ...(version.description === undefined ? {} : { Description: version.description }),
  ...(version.allowedPattern === undefined ? {} : { AllowedPattern: version.allowedPattern }),
  Version: version.number,
  Tier: version.tier,
  Policies: [],
  DataType: version.dataType,
})

/** The caller's parameters, by name. */
export const own = (call: Call): readonly Parameter[] =>
  [...parametersOf(call.cloud).values()]
    .filter(({ accountId, region }) => accountId === call.caller.accountId && region === call.region)
    .sort((a, b) => (a.name < b.name ? -1 : 1))

/** One page, and where the next begins. */
export function pageOf<T>(
  items: readonly T[],
  input: { readonly MaxResults?: number; readonly NextToken?: string },
  usual: number,
) {
  const from = input.NextToken === undefined ? 0 : Number(Buffer.from(input.NextToken, 'base64').toString())
  if (!Number.isInteger(from) || from < 0) throw new Fault('InvalidNextToken', 400, 'The specified token is not valid.')
  const to = from + (input.MaxResults ?? usual)
  const next = to < items.length ? { NextToken: Buffer.from(String(to)).toString('base64') } : {}
  return { page: items.slice(from, to), next }
}
