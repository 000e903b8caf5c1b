import type { Change } from '@aws-sdk/client-cloudformation'
import { isRecord } from '../../policy/field.ts'
import type { PolicyKind } from '../../policy/parse.ts'
import { printable } from '../output.ts'
import { statementWords } from './statement-words.ts'
import { wrapped } from './wrapped.ts'

/** One resource of a change set: what becomes of it, and what it may do once it is there. */
export interface PlannedChange {
  readonly action: string
  readonly logicalId: string
  readonly type: string
  readonly physicalId?: string
  /** Whether another resource takes its place: `True`, `False` or `Conditional`. */
  readonly replacement?: string
  /** The properties that change. */
  readonly changed?: readonly string[]
  /** What grants or takes rights, as the template has it with its parameters filled in. */
  readonly rights?: Readonly<Record<string, unknown>>
}

/** Properties, by logical id, with the template's functions worked out. */
export type FilledResources = Readonly<Record<string, Readonly<Record<string, unknown>>>>

const policyKinds: Readonly<Record<string, PolicyKind>> = {
  PolicyDocument: 'identity',
  AssumeRolePolicyDocument: 'trust',
}
const rightsKeys = [...Object.keys(policyKinds), 'ManagedPolicyArns', 'PermissionsBoundary', 'Groups']

/** What the change set does, in its order. `filled` are the properties the resources will have. */
export const planOf = (changes: readonly Change[], filled: FilledResources): readonly PlannedChange[] =>
  changes.flatMap(({ ResourceChange: change }) => {
    if (!change) return []
    const { Action: action = '', LogicalResourceId: logicalId = '', ResourceType: type = '' } = change
    const changed = [
      ...new Set((change.Details ?? []).flatMap(({ Target }) => Target?.Name ?? Target?.Attribute ?? [])),
    ].sort()
    const rights = action === 'Remove' ? [] : rightsOf(filled[logicalId] ?? {})
    return [
      {
        ...{ action, logicalId, type },
        ...(change.PhysicalResourceId === undefined ? {} : { physicalId: change.PhysicalResourceId }),
        ...(change.Replacement === undefined ? {} : { replacement: change.Replacement }),
        ...(changed.length === 0 ? {} : { changed }),
        ...(rights.length === 0 ? {} : { rights: Object.fromEntries(rights) }),
      },
    ]
  })

const rightsOf = (properties: Readonly<Record<string, unknown>>): (readonly [string, unknown])[] =>
  rightsKeys.flatMap((key) => (properties[key] === undefined ? [] : [[key, properties[key]] as const]))

const signs: Readonly<Record<string, string>> = { Add: '+', Modify: '~', Remove: '-' }

/** The plan for people: a line a resource, and below it a line for each right it grants or takes, at most `columns` long. */
export function renderPlan(plan: readonly PlannedChange[], columns = Number.POSITIVE_INFINITY): string {
  const width = Math.max(0, ...plan.map(({ logicalId }) => logicalId.length))
  return plan
    .flatMap((change) => {
      const head = `  ${signs[change.action] ?? change.action} ${change.logicalId.padEnd(width)}  ${change.type}`
      return [head + whatOf(change), ...rightsWords(change.rights ?? {}).map((words) => `      ${words}`)]
    })
    .map((line) => wrapped(printable(line), columns))
    .join('\n')
}

function whatOf({ action, changed = [], replacement }: PlannedChange): string {
  if (action !== 'Modify') return ''
  const words = changed.length > 0 ? `: ${changed.join(', ')}` : ''
  if (replacement === 'True') return `${words} (another takes its place)`
  return replacement === 'Conditional' ? `${words} (another may take its place)` : words
}

function rightsWords(rights: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(rights).flatMap(([key, value]) => {
    const kind = policyKinds[key]
    if (kind) return statementWords(value, kind)
    if (key === 'ManagedPolicyArns') return texts(value).map((arn) => `grants ${arn}`)
    if (key === 'PermissionsBoundary') return texts(value).map((arn) => `never more than ${arn}`)
    return [`in ${texts(value).join(', ')}`]
  })
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.flatMap(texts) : [isRecord(value) ? JSON.stringify(value) : String(value)]
