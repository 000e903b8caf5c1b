import { isDeepStrictEqual } from 'node:util'
import type { Cloud } from '../cloud.ts'
import { changedProperties, changeKind, replaces, retags } from './change-kind.ts'
import type { Design } from './design.ts'
import { propertiesOf } from './forward.ts'
import type { Properties, ResourceType, Value } from './resource-type.ts'
import { resourceTypes } from './resources/index.ts'
import { type Place, type References, referencesTo, scopeOf } from './scope.ts'
import { type SecretHolder, withoutSecrets } from './secrets.ts'
import type { ChangeDetail, ResourceChange, Resources, StackResource } from './state.ts'
import { type BoundParameters, type ResourceDeclaration, readTemplate, type Scope } from './template/index.ts'

/** How AWS writes what nobody knows before the change is made. */
const unknown = '{{changeSet:KNOWN_AFTER_APPLY}}'

/** What of a stack is compared with a design: what is there, and what it was made from. */
export interface Standing {
  readonly resources: Resources
  readonly parameters?: BoundParameters
  /** The text of the template; absent for a stack that is not there yet. */
  readonly template?: string
}

/** What executing a design would do to each resource, in the order of AWS: by logical id. */
export function planOf(cloud: Cloud, place: Place, standing: Standing, design: Design): readonly ResourceChange[] {
  const { template, blueprint, order } = design
  const holder: SecretHolder = {
    parameters: blueprint.parameters,
    resources: standing.resources,
    otherParameters: standing.parameters ? [standing.parameters] : [],
  }
  const fresh = new Set<string>()
  const known = referencesTo(standing)
  const references: References = {
    refOf: (id) => (fresh.has(id) ? unknown : known.refOf(id)),
    attributeOf: (id, name) => (fresh.has(id) ? unknown : known.attributeOf(id, name)),
  }
  const scope = scopeOf(cloud, place, template, blueprint.parameters, references)
  const declaredBefore = standing.template === undefined ? {} : readTemplate(standing.template).resources
  const changes: ResourceChange[] = []
  for (const id of order) {
    const declared = template.resources[id]
    if (declared === undefined) continue
    const before = standing.resources.find((one) => one.logicalId === id && one.physicalId !== undefined)
    const properties = propertiesOf(declared, scope)
    const shown = withoutSecrets(properties, holder)
    if (before === undefined) {
      fresh.add(id)
      changes.push({
        action: 'Add',
        logicalId: id,
        type: declared.type,
        details: [],
        after: contextOf(shown, declared),
      })
      continue
    }
    const change = modification(before, declared, declaredBefore[id], properties, shown, fresh, design, scope, holder)
    if (change === undefined) continue
    if (change.replacement !== 'False') fresh.add(id)
    changes.push(change)
  }
  for (const gone of standing.resources)
    if (gone.physicalId !== undefined && !order.includes(gone.logicalId)) changes.push(removal(gone, holder))
  return changes.sort((a, b) => (a.logicalId < b.logicalId ? -1 : 1))
}

function modification(
  before: StackResource,
  declared: ResourceDeclaration,
  declaredBefore: ResourceDeclaration | undefined,
  properties: Properties,
  shown: Properties,
  fresh: ReadonlySet<string>,
  design: Design,
  scope: Scope,
  holder: SecretHolder,
): ResourceChange | undefined {
  const type = typeOrNone(declared.type)
  const old = withoutSecrets(before.properties, holder)
  const details: ChangeDetail[] = changedProperties(before.properties, properties).map((name) => ({
    attribute: 'Properties',
    name,
    recreation: replaces(type, name) ? 'Always' : 'Never',
    ...causeOf(name, declared, declaredBefore, fresh, scope),
    ...(old[name] !== undefined && { before: asText(old[name]) }),
    ...(shown[name] !== undefined && { after: asText(shown[name]) }),
  }))
  if (!isDeepStrictEqual(before.metadata, declared.metadata))
    details.push({
      attribute: 'Metadata',
      recreation: 'Never',
      evaluation: 'Static',
      source: 'DirectModification',
      ...(before.metadata !== undefined && { before: asText(before.metadata) }),
      ...(declared.metadata !== undefined && { after: asText(declared.metadata) }),
    })
  for (const attribute of ['DeletionPolicy', 'UpdateReplacePolicy'] as const) {
    const member = attribute === 'DeletionPolicy' ? 'deletionPolicy' : 'updateReplacePolicy'
    if (before[member] === declared[member]) continue
    const texts = { before: before[member], after: declared[member] }
    details.push({ attribute, recreation: 'Never', evaluation: 'Static', source: 'DirectModification', ...texts })
  }
  const { tags } = design.blueprint
  if (before.type === declared.type && retags(before, type, tags))
    details.push({ attribute: 'Tags', recreation: 'Never', evaluation: 'Static', source: 'DirectModification' })
  const kind = changeKind(before, declared.type, type, properties, tags)
  if (kind === 'none' && details.length === 0) return undefined
  const sure =
    before.type !== declared.type || details.some((one) => one.recreation === 'Always' && one.evaluation === 'Static')
  return {
    action: 'Modify',
    logicalId: before.logicalId,
    ...(before.physicalId !== undefined && { physicalId: before.physicalId }),
    type: declared.type,
    replacement: kind === 'replace' ? (sure ? 'True' : 'Conditional') : 'False',
    ...(kind === 'replace' && {
      policyAction: declared.updateReplacePolicy === 'Retain' ? 'ReplaceAndRetain' : 'ReplaceAndDelete',
    }),
    details,
    before: contextOf(old, before),
    after: contextOf(shown, declared),
  }
}

function removal(gone: StackResource, holder: SecretHolder): ResourceChange {
  return {
    action: 'Remove',
    logicalId: gone.logicalId,
    ...(gone.physicalId !== undefined && { physicalId: gone.physicalId }),
    type: gone.type,
    policyAction: gone.deletionPolicy.startsWith('Retain') ? 'Retain' : 'Delete',
    details: [],
    before: contextOf(withoutSecrets(gone.properties, holder), gone),
  }
}

/** A type the sandbox does not have fails when it is made; nothing is known of its replacement. */
const typeOrNone = (name: string): Pick<ResourceType, 'replacedBy' | 'isTagged'> =>
  (Object.hasOwn(resourceTypes, name) ? resourceTypes[name] : undefined) ?? { replacedBy: [] }

const asText = (value: Value): string => (typeof value === 'string' ? value : JSON.stringify(value))

const contextOf = (properties: Properties, { metadata }: { readonly metadata?: Value | undefined }): string =>
  JSON.stringify({ Properties: properties, ...(metadata !== undefined && { Metadata: metadata }) })

/** Why a property changes: another resource is replaced, a parameter has another value, or the template says so. */
function causeOf(
  name: string,
  declared: ResourceDeclaration,
  before: ResourceDeclaration | undefined,
  fresh: ReadonlySet<string>,
  scope: Scope,
): Pick<ChangeDetail, 'evaluation' | 'source' | 'cause'> {
  const raw = memberOf(declared.properties, name)
  const named = [...referencesIn(raw)]
  const replaced = named.find((reference) => fresh.has(reference.split('.')[0] ?? ''))
  if (replaced !== undefined)
    return {
      evaluation: 'Dynamic',
      source: replaced.includes('.') ? 'ResourceAttribute' : 'ResourceReference',
      cause: replaced,
    }
  if (!isDeepStrictEqual(raw, memberOf(before?.properties, name)))
    return { evaluation: 'Static', source: 'DirectModification' }
  const parameter = named.find((reference) => Object.hasOwn(scope.parameters, reference))
  return parameter === undefined
    ? { evaluation: 'Static', source: 'DirectModification' }
    : { evaluation: 'Static', source: 'ParameterReference', cause: parameter }
}

const memberOf = (properties: unknown, name: string): unknown =>
  typeof properties === 'object' && properties !== null ? new Map(Object.entries(properties)).get(name) : undefined

/** What `Ref`, `Fn::GetAtt` and `Fn::Sub` name: `Id`, or `Id.Attribute`. */
function* referencesIn(raw: unknown): Generator<string> {
  if (typeof raw !== 'object' || raw === null) return
  for (const [name, value] of Object.entries(raw)) {
    if (name === 'Ref' && typeof value === 'string') yield value
    else if (name === 'Fn::GetAtt') yield Array.isArray(value) ? value.join('.') : String(value)
    else if (name === 'Fn::Sub') {
      const text = Array.isArray(value) ? String(value[0]) : String(value)
      for (const [, reference = ''] of text.matchAll(/\$\{([\w.:]+)\}/g)) yield reference
      yield* referencesIn(value)
    } else yield* referencesIn(value)
  }
}
