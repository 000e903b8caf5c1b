import { parseArn } from '../../model/arn.ts'
import { awsMessage, type PolicyDocument, type PolicyKind, parsePolicy } from '../../policy/index.ts'
import { lineAndColumn, readJson } from '../../policy/json.ts'
import { type Entity, keyOf, type PolicyText, type Role, type User } from '../cloud.ts'
import type { Call, Output } from '../service.ts'
import { invalidInput } from './faults.ts'
import { group, role, user, visiblePolicy } from './nouns.ts'

/** A policy of a simulation with the name results give it. */
export interface NamedPolicy {
  readonly name: string
  readonly text: PolicyText
  readonly document: PolicyDocument
}

/** Reads a policy that came with the call. */
export function givenPolicy(name: string, text: PolicyText, kind: PolicyKind): NamedPolicy {
  const parsed = parsePolicy(text, kind)
  if (!parsed.ok) throw invalidInput(`Invalid Input ${name}. ${awsMessage(parsed.faults)}`)
  return { name, text, document: parsed.document }
}

/** Reads the policies of a list that came with the call. */
export const givenPolicies = (member: string, texts: readonly PolicyText[] = []): readonly NamedPolicy[] =>
  texts.map((text, index) => givenPolicy(`${member}.${index + 1}`, text, 'identity'))

/** Whose policies are simulated: a user, group or role of the caller's account. */
export interface Source {
  readonly kind: 'user' | 'group' | 'role'
  readonly entity: Entity & Pick<User | Role, 'boundary'> & Partial<Pick<User, 'tags' | 'groups'>>
}

/** The source of that ARN; or the refusal of one that is none, or is not there. */
export function sourceOf(arn: string, call: Call): Source {
  const { service, account, resource } = parseArn(arn) ?? {}
  const [, kind, name] = /^(user|group|role)\/(?:.+\/)?([^/]+)$/.exec(resource ?? '') ?? []
  if (service !== 'iam' || account !== call.caller.accountId || name === undefined)
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`)
  if (kind === 'user') return { kind, entity: user.get({ UserName: name }, call) }
  if (kind === 'group') return { kind, entity: group.get({ GroupName: name }, call) }
  return { kind: 'role', entity: role.get({ RoleName: name }, call) }
}

/** The policies that speak for a source: its own, and for a user those of its groups. */
export function policiesOf({ kind, entity }: Source, call: Call): readonly NamedPolicy[] {
  const groups = (entity.groups ?? []).flatMap((name) => call.cloud.groups.get(keyOf(entity.accountId, name)) ?? [])
  return [...ownPolicies(kind, entity, call), ...groups.flatMap((one) => ownPolicies('group', one, call))]
}

const ownPolicies = (kind: string, entity: Entity, call: Call): readonly NamedPolicy[] => [
  ...Object.entries(entity.inline).map(([name, text]) =>
    givenPolicy(`${kind}_${entity.name}_${name}`, text, 'identity'),
  ),
  ...entity.attached.flatMap((arn) => managedPolicy(arn, call)),
]

/** A managed policy as it now stands; none when it is gone. */
export function managedPolicy(arn: string, call: Call): readonly NamedPolicy[] {
  const found = visiblePolicy(arn, call)
  const text = found?.versions.find(({ id }) => id === found.defaultVersion)?.document
  return found === undefined || text === undefined ? [] : [givenPolicy(found.name, text, 'identity')]
}

/** Where a statement stands in its policy, as results tell it: both ends 1-based, the end just after its brace. */
export function statementView({ name, text }: NamedPolicy, statement: number, type: string): Output {
  const json = readJson(text, { faults: [], path: '' })
  const places = json.ok ? json.places : new Map<string, number>()
  const path = places.has(`Statement[${statement}]`) ? `Statement[${statement}]` : 'Statement'
  const position = (place: number) => {
    const { line, column } = lineAndColumn(text, place)
    return { Line: line, Column: column }
  }
  return {
    SourcePolicyId: name,
    SourcePolicyType: type,
    StartPosition: position(places.get(path) ?? 0),
    EndPosition: position((places.get(`${path}}`) ?? text.length - 1) + 1),
  }
}
