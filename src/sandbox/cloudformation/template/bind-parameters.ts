import { Fault, validationError } from '../../fault.ts'
import { matchesWhole } from '../../matches-whole.ts'
import { type BoundParameter, type BoundParameters, storedType } from './bound-parameters.ts'
import type { ParameterDeclaration, Template } from './template.ts'
import { own } from './values.ts'

/** One parameter of a request. */
export interface GivenParameter {
  readonly key: string
  readonly value?: string
  readonly usePreviousValue?: boolean
}

/** Bytes of a parameter's value. */
const longest = 4096

/**
 * What each parameter of a template stands for: what was given, what it was before where that is asked, or its default.
 *
 * `previous` is empty for a stack that is yet to be. `lookUp` reads the parameter store. Throws a `Fault`
 * ValidationError, in CloudFormation's words, for what is missing, unknown or against a constraint; a NoEcho value is
 * in none of them. (CloudFormation User Guide, "Parameters".)
 */
export async function bindParameters(
  template: Pick<Template, 'parameters'>,
  given: readonly GivenParameter[],
  previous: Readonly<Record<string, string>>,
  lookUp: (ssmName: string) => Promise<string>,
): Promise<BoundParameters> {
  const byKey = new Map<string, GivenParameter>()
  for (const one of given) {
    if (byKey.has(one.key)) throw validationError(`Parameter '${one.key}' is specified more than once`)
    byKey.set(one.key, one)
    if (one.usePreviousValue === true && (one.value ?? '') !== '')
      throw validationError(
        `Invalid input for parameter key ${one.key}. Cannot specify usePreviousValue as true and non empty value for a parameter`,
      )
  }
  const unknown = [...byKey.keys()].filter((key) => !Object.hasOwn(template.parameters, key))
  if (unknown.length > 0) throw validationError(`Parameters: [${unknown.join(', ')}] do not exist in the template`)
  const texts = Object.entries(template.parameters).map(([name, declaration]) => {
    const one = byKey.get(name)
    const text = one?.usePreviousValue === true ? own(previous, name) : (one?.value ?? declaration.default)
    return { name, declaration, text }
  })
  const missing = texts.filter(({ text }) => text === undefined).map(({ name }) => name)
  if (missing.length > 0) throw validationError(`Parameters: [${missing.join(', ')}] must have values`)
  const bound: [string, BoundParameter][] = []
  for (const { name, declaration, text = '' } of texts) bound.push([name, await bind(name, declaration, text, lookUp)])
  return Object.fromEntries(bound)
}

async function bind(
  name: string,
  declaration: ParameterDeclaration,
  given: string,
  lookUp: (ssmName: string) => Promise<string>,
): Promise<BoundParameter> {
  const { noEcho, type } = declaration
  if (Buffer.byteLength(given) > longest)
    throw validationError(`Parameter '${name}' must contain at most ${longest} bytes`)
  const stored = storedType(declaration)
  const isList = (of: string) => of === 'CommaDelimitedList' || of.startsWith('List<')
  const split = (of: string, text: string) => (isList(of) ? text.split(',').map((item) => item.trim()) : text)
  const value = split(type, given)
  for (const item of typeof value === 'string' ? [value] : value) checkConstraints(name, declaration, item)
  if (stored === undefined) return { given, value, noEcho }
  const resolved = await lookUp(given).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.code !== 'ParameterNotFound') throw error
    throw validationError(`Unable to fetch parameters [${given}] from parameter store for this account.`)
  })
  return { given, value: split(stored, resolved), resolved, noEcho }
}

function checkConstraints(name: string, declaration: ParameterDeclaration, value: string): void {
  const broken = brokenConstraint(declaration, value)
  if (broken === undefined) return
  const { constraintDescription: said } = declaration
  throw validationError(
    said === undefined ? `Parameter '${name}' ${broken}` : `Parameter ${name} failed to satisfy constraint: ${said}`,
  )
}

function brokenConstraint(declaration: ParameterDeclaration, value: string): string | undefined {
  const { type, allowedValues, allowedPattern } = declaration
  const { minLength = 0, maxLength = Infinity, minValue = -Infinity, maxValue = Infinity } = declaration
  const isNumber = type === 'Number' || type === 'List<Number>'
  if (isNumber && !/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(value)) return 'must be a number'
  if (allowedValues !== undefined && !allowedValues.includes(value)) return 'must be one of AllowedValues'
  if (allowedPattern !== undefined && matchesWhole(allowedPattern, value) !== 'yes')
    return `must match pattern ${allowedPattern}`
  if (value.length < minLength) return `must contain at least ${minLength} characters`
  if (value.length > maxLength) return `must contain at most ${maxLength} characters`
  if (isNumber && Number(value) < minValue) return `must be a number not less than ${minValue}`
  if (isNumber && Number(value) > maxValue) return `must be a number not greater than ${maxValue}`
  return undefined
}
