import { matchesPattern } from '../../policy/pattern.ts'
import { type Fault, validationError } from '../fault.ts'
import type { Stack } from './state.ts'
import { readTemplate } from './template/index.ts'

export type UpdateAction = 'Update:Modify' | 'Update:Replace' | 'Update:Delete'

/** What of a resource a stack policy can speak of. */
export interface Protected {
  readonly logicalId: string
  readonly type: string
}

interface PolicyStatement {
  readonly effect: 'Allow' | 'Deny'
  readonly isAbout: (action: UpdateAction, resource: Protected) => boolean
}

/** Which updates of its resources a stack takes. */
export type StackPolicy = readonly PolicyStatement[]

type Member = Readonly<Record<string, unknown>>

/**
 * Reads a stack policy ("Prevent updates to stack resources", CloudFormation User Guide). Throws a ValidationError for
 * what is none, and for logical ids that `known` does not have; a policy that was taken once may name what is gone.
 */
export function readStackPolicy(text: string, known?: readonly string[]): StackPolicy {
  const document = objectOf(jsonOf(text))
  const statements = document && listOf(document.Statement)
  if (statements === undefined || statements.length === 0) throw invalid('Invalid stack policy')
  return statements.map((raw) => readStatement(objectOf(raw), known))
}

/** Why an update is refused, as it is told of the resource; undefined when it is not. Once there is a policy, what it does not allow is denied. */
export function deniedBy(policy: StackPolicy, action: UpdateAction, resource: Protected): string | undefined {
  const about = policy.flatMap((statement, index) =>
    statement.isAbout(action, resource) ? [{ statement, index }] : [],
  )
  const denial = about.find(({ statement }) => statement.effect === 'Deny')
  const which = `[${action}] for resource [LogicalResourceId/${resource.logicalId}]`
  if (denial) return `Action denied by stack policy: Statement [#${denial.index + 1}] does not allow ${which};`
  return about.length > 0 ? undefined : `Action denied by stack policy: No statement allows ${which}`
}

/** What protects a stack in an update: its policy, or another for this one time; undefined when nothing does. */
export function protection(stack: Pick<Stack, 'policy' | 'template'>, forOnce?: string): StackPolicy | undefined {
  const text = forOnce ?? stack.policy
  return text === undefined ? undefined : readStackPolicy(text, forOnce === undefined ? undefined : logicalIdsIn(stack))
}

export const logicalIdsIn = ({ template }: Pick<Stack, 'template'>): readonly string[] =>
  template === '' ? [] : Object.keys(readTemplate(template).resources)

const invalid = (why: string): Fault => validationError(`Error validating stack policy: ${why}`)

function readStatement(raw: Member | undefined, known: readonly string[] | undefined): PolicyStatement {
  const effect = raw?.Effect
  if (raw === undefined || (effect !== 'Allow' && effect !== 'Deny')) throw invalid('Invalid stack policy')
  if (listOf(raw.Principal)?.[0] !== '*' && objectOf(raw.Principal)?.AWS !== '*') throw invalid('Invalid stack policy')
  const actions = either(raw, 'Action', 'NotAction')
  const resources = either(raw, 'Resource', 'NotResource')
  for (const pattern of actions.patterns)
    if (!/^Update:(?:Modify|Replace|Delete|\*)$|^\*$/i.test(pattern)) throw invalid('Invalid stack policy')
  for (const pattern of resources.patterns) checkResource(pattern, known)
  const types = typesOf(raw.Condition)
  return {
    effect,
    isAbout: (action, { logicalId, type }) =>
      actions.holds((pattern) => matchesPattern(pattern.toLowerCase(), action.toLowerCase())) &&
      resources.holds((pattern) => matchesPattern(pattern, `LogicalResourceId/${logicalId}`)) &&
      types.every((anyOf) => anyOf(type)),
  }
}

function checkResource(pattern: string, known: readonly string[] | undefined): void {
  const id = /^LogicalResourceId\/(.+)$/.exec(pattern)?.[1]
  if (pattern !== '*' && id === undefined) throw invalid('Invalid stack policy')
  if (id !== undefined && !/[*?]/.test(id) && known?.includes(id) === false)
    throw invalid(
      `Unknown logical id '${id}' in statement {} - stack policies can only be applied to logical ids referenced in the template`,
    )
}

/** One of two members, the second of which turns around what the first means. */
function either(raw: Member, plain: string, negated: string) {
  const given = [plain, negated].filter((name) => raw[name] !== undefined)
  const [name = ''] = given
  const patterns = textsOf(raw[name])
  if (given.length !== 1 || patterns === undefined) throw invalid('Invalid stack policy')
  return { patterns, holds: (test: (pattern: string) => boolean) => patterns.some(test) === (name === plain) }
}

/** Each of them must be fulfilled: `StringEquals` and `StringLike` on `ResourceType` are all there is. */
function typesOf(condition: unknown): readonly ((type: string) => boolean)[] {
  return Object.entries(condition === undefined ? {} : (objectOf(condition) ?? {})).map(([operator, keys]) => {
    const types = textsOf(objectOf(keys)?.ResourceType)
    if (types === undefined || (operator !== 'StringEquals' && operator !== 'StringLike'))
      throw invalid('Invalid stack policy')
    return (type) => types.some((one) => (operator === 'StringLike' ? matchesPattern(one, type) : one === type))
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const objectOf = (value: unknown): Member | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined

const listOf = (value: unknown): readonly unknown[] | undefined =>
  value === undefined ? undefined : Array.isArray(value) ? value : [value]

function textsOf(value: unknown): readonly string[] | undefined {
  const texts = listOf(value)
  return texts?.length && texts.every((one) => typeof one === 'string') ? texts : undefined
}
