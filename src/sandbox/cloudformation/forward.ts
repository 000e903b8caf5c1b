import { changeKind } from './change-kind.ts'
import type { Design } from './design.ts'
import { checkExports } from './exports.ts'
import { provisioningOf, reasonOf, StepFailure, typeNamed } from './provision.ts'
import type { Properties } from './resource-type.ts'
import { resolveDynamic } from './resources/dynamic-references.ts'
import { putStack, type Run, stackOf, tellResource } from './run.ts'
import { outputsOf, referencesTo, scopeOf } from './scope.ts'
import { hiding } from './secrets.ts'
import { deniedBy, type StackPolicy } from './stack-policy.ts'
import type { StackResource } from './state.ts'
import { evaluate, type ResourceDeclaration, type Scope } from './template/index.ts'

/** A resource that could not be made or changed. */
export interface Failed {
  readonly logicalId: string
  readonly doing: 'create' | 'update'
}

/**
 * Makes and changes resources, one after another, until the stack is what the design says. Undefined when all went
 * well; else which one failed, with the reason told of it. What is no longer needed is left over, not removed. What the
 * policy protects fails.
 */
export async function forward(run: Run, design: Design, policy?: StackPolicy): Promise<Failed | undefined> {
  for (const logicalId of design.order) {
    if (stackOf(run).cancelled) throw new StepFailure('User Initiated')
    const declared = design.template.resources[logicalId]
    if (declared === undefined) continue
    const failed = await step(run, design, logicalId, declared, policy)
    if (failed) return failed
  }
  for (const gone of stackOf(run).resources) {
    if (gone.physicalId === undefined || design.order.includes(gone.logicalId)) continue
    const why = policy && deniedBy(policy, 'Update:Delete', gone)
    if (why === undefined) continue
    tellResource(run, gone, 'UPDATE_FAILED', why)
    return { logicalId: gone.logicalId, doing: 'update' }
  }
  keepOnly(run, design)
  return undefined
}

async function step(
  run: Run,
  design: Design,
  logicalId: string,
  declared: ResourceDeclaration,
  policy: StackPolicy | undefined,
) {
  const { resources, tags } = stackOf(run)
  const known = resources.find((resource) => resource.logicalId === logicalId)
  const before = known?.physicalId === undefined ? undefined : known
  const verb = before ? 'UPDATE' : 'CREATE'
  const asDeclared = {
    logicalId,
    type: declared.type,
    deletionPolicy: declared.deletionPolicy,
    updateReplacePolicy: declared.updateReplacePolicy,
    dependsOn: design.dependencies(logicalId),
    ...(declared.metadata !== undefined && { metadata: declared.metadata }),
  }
  const blank = { ...asDeclared, attributes: {}, properties: {}, tags }
  let attempt: Omit<StackResource, 'status' | 'changedAt'> = before ? { ...before, ...asDeclared } : blank
  const secrets: string[] = []
  try {
    const type = typeNamed(declared.type)
    const properties = plainly(() => propertiesOf(declared, scopeNow(run, design)))
    checkRequired(type.required, logicalId, properties)
    const kind = before ? changeKind(before, declared.type, type, properties, tags) : 'create'
    if (before && kind === 'none') {
      const { metadata: _, ...same } = before
      replaceResource(run, { ...same, ...asDeclared })
      return undefined
    }
    if (before && policy) {
      const why = deniedBy(policy, kind === 'update' ? 'Update:Modify' : 'Update:Replace', before)
      if (why !== undefined) throw new StepFailure(why)
    }
    const at = provisioningOf(run, logicalId, before)
    const resolved = () => withReferences(run, properties, secrets)
    if (before && kind === 'update') {
      attempt = { ...before, ...asDeclared, properties, tags }
      // Until it is known to be done, either state may be the true one: a rollback must write the old one again.
      tellResource(run, attempt, 'UPDATE_IN_PROGRESS')
      const { id, attributes } = await type.update(await resolved(), existing(before), at)
      tellResource(run, { ...attempt, physicalId: id, attributes }, 'UPDATE_COMPLETE')
      return undefined
    }
    const old = before
    const fresh = { ...blank, properties }
    attempt = old ? { ...old, ...asDeclared } : fresh
    const why = old && 'Requested update requires the creation of a new physical resource; hence creating one.'
    tellResource(run, old ? attempt : fresh, `${verb}_IN_PROGRESS`, why)
    const { id, attributes } = await type.create(await resolved(), at)
    if (old) putStack(run, { ...stackOf(run), leftovers: [...stackOf(run).leftovers, old] })
    attempt = { ...fresh, physicalId: id, attributes }
    tellResource(run, attempt, `${verb}_IN_PROGRESS`, 'Resource creation Initiated')
    tellResource(run, attempt, `${verb}_COMPLETE`)
    return undefined
  } catch (error) {
    tellResource(run, attempt, `${verb}_FAILED`, hiding(secrets, reasonOf(error, declared.type)))
    return { logicalId, doing: before ? 'update' : 'create' } as const
  }
}

/**
 * Properties as their service is to get them. They are kept and told with their references, so that no secret rests in a
 * stack; `secrets` gets those that were looked up.
 */
export const withReferences = async (run: Run, properties: Properties, secrets: string[]): Promise<Properties> =>
  (await resolveDynamic(properties, run.inner, secrets).catch(toldPlainly)) as Properties

/** What goes wrong in the template itself is told as it is: the resource's service has refused nothing. */
function plainly<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    return toldPlainly(error)
  }
}

function toldPlainly(error: unknown): never {
  throw new StepFailure(error instanceof Error ? error.message : String(error))
}

const physicalOf = ({ physicalId = '' }: StackResource): string => physicalId

/** A resource as its type's provider takes it. */
export const existing = (resource: StackResource) => ({
  id: physicalOf(resource),
  attributes: resource.attributes,
  properties: resource.properties,
})

/** What a resource's declaration says once its functions are worked out. */
export function propertiesOf(declared: ResourceDeclaration, scope: Scope): Properties {
  const value = evaluate(declared.properties, scope)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Properties) : {}
}

function checkRequired(required: readonly string[] | undefined, logicalId: string, properties: Properties): void {
  const missing = (required ?? []).filter((name) => properties[name] === undefined)
  if (missing.length === 0) return
  const told = missing.map((name) => `#: required key [${name}] not found`).join('\n')
  throw new StepFailure(`Properties validation failed for resource ${logicalId} with message:\n${told}`)
}

const scopeNow = (run: Run, design: Design): Scope => {
  const stack = stackOf(run)
  return scopeOf(run.cloud, stack, design.template, design.blueprint.parameters, referencesTo(stack))
}

function replaceResource(run: Run, resource: StackResource): void {
  const stack = stackOf(run)
  const resources = stack.resources.map((one) => (one.logicalId === resource.logicalId ? resource : one))
  putStack(run, { ...stack, resources })
}

/** Puts the resources into the design's order; those it does not have are left over. */
function keepOnly(run: Run, design: Design): void {
  const stack = stackOf(run)
  const resources = design.order.flatMap((id) => stack.resources.find(({ logicalId }) => logicalId === id) ?? [])
  const gone = stack.resources.filter(({ logicalId }) => !design.order.includes(logicalId))
  putStack(run, { ...stack, resources, leftovers: [...stack.leftovers, ...gone] })
}

/** Works the outputs out and keeps them. Throws a `StepFailure` with the reason why they cannot be. */
export function settleOutputs(run: Run, design: Design): void {
  const stack = stackOf(run)
  const imports = new Set<string>()
  const note = (name: string) => imports.add(name)
  const { template, blueprint } = design
  plainly(() => {
    const scope = scopeOf(run.cloud, stack, template, blueprint.parameters, referencesTo(stack), note)
    for (const id of design.order) {
      const declared = template.resources[id]
      if (declared) evaluate(declared.properties, scope)
    }
    const outputs = outputsOf(template, scope)
    checkExports(run.cloud, stack, outputs)
    putStack(run, { ...stack, outputs, imports: [...imports] })
  })
}
