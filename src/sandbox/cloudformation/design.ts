import type { Tags } from '../cloud.ts'
import { Fault, validationError } from '../fault.ts'
import type { Call, InnerCaller } from '../service.ts'
import { checkCapabilities } from './capabilities.ts'
import { checkParameters } from './resources/dynamic-references.ts'
import { noReferences, type Place, scopeOf } from './scope.ts'
import type { Blueprint } from './state.ts'
import {
  bindParameters,
  checkRules,
  dependenciesOf,
  givenParameters,
  orderOf,
  presentResources,
  readTemplate,
  type Template,
} from './template/index.ts'

/** A template that was found good, with its parameters: what a stack is to become. */
export interface Design {
  readonly template: Template
  readonly blueprint: Blueprint
  /** The resources whose conditions hold, each after those it needs. */
  readonly order: readonly string[]
  readonly dependencies: (logicalId: string) => readonly string[]
}

/** What CreateStack, UpdateStack and CreateChangeSet are told. */
export interface Intent {
  readonly Parameters?: readonly {
    readonly ParameterKey?: string
    readonly ParameterValue?: string
    readonly UsePreviousValue?: boolean
  }[]
  readonly Capabilities?: readonly string[]
  readonly NotificationARNs?: readonly string[]
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
}

/** Reads, binds and checks; throws what AWS answers before anything is begun. */
export async function designOf(
  call: Call,
  inner: InnerCaller,
  place: Place,
  text: string,
  intent: Intent,
  before: Blueprint | undefined,
): Promise<Design> {
  const template = readTemplate(text)
  checkTypes(template)
  const given = (intent.Parameters ?? []).map(({ ParameterKey = '', ParameterValue, UsePreviousValue }) => ({
    key: ParameterKey,
    ...(ParameterValue !== undefined && { value: ParameterValue }),
    ...(UsePreviousValue !== undefined && { usePreviousValue: UsePreviousValue }),
  }))
  const parameters = await bindParameters(template, given, givenParameters(before?.parameters ?? {}), lookUpIn(inner))
  const blueprint: Blueprint = {
    template: text,
    parameters,
    tags: intent.Tags ? tagsOf(intent.Tags) : (before?.tags ?? {}),
    capabilities: intent.Capabilities ?? [],
    notificationArns: intent.NotificationARNs ?? before?.notificationArns ?? [],
  }
  const design = arrange(call, place, template, blueprint)
  checkCapabilities(template, blueprint.capabilities)
  for (const id of design.order) await checkParameters(template.resources[id]?.properties ?? {}, inner)
  return design
}

/** The design that a blueprint was, which was found good once. */
export function redesign(call: Call, place: Place, kept: Blueprint): Design {
  // Only these: what keeps a blueprint is more than one, and has an id and a status of its own.
  const { template, parameters, tags, capabilities, notificationArns } = kept
  return arrange(call, place, readTemplate(template), { template, parameters, tags, capabilities, notificationArns })
}

function arrange(call: Call, place: Place, template: Template, blueprint: Blueprint): Design {
  const scope = scopeOf(call.cloud, place, template, blueprint.parameters, noReferences)
  checkRules(template, scope)
  const present = presentResources(template, scope.conditions)
  const order = orderOf(template, present, scope.conditions)
  return {
    template,
    blueprint,
    order,
    dependencies: (logicalId) => dependenciesOf(template, logicalId, scope.conditions),
  }
}

/** Types of AWS's own and custom ones may be missing here and fail the stack; names of no kind are refused outright. */
export function checkTypes(template: Template): void {
  const types = Object.values(template.resources).map(({ type }) => type)
  const unknown = [...new Set(types)].filter((type) => !/^(?:AWS::\w+::\w+(?:::\w+)?|Custom::[\w@-]+)$/.test(type))
  if (unknown.length > 0)
    throw validationError(`Template format error: Unrecognized resource types: [${unknown.join(', ')}]`)
}

const lookUpIn =
  (inner: InnerCaller) =>
  async (name: string): Promise<string> => {
    const found = await inner.invoke('ssm', 'GetParameter', { Name: name }).catch((error: unknown) => {
      if (error instanceof Fault && error.code === 'ParameterNotFound')
        throw validationError(`Unable to fetch parameters [${name}] from parameter store for this account.`)
      throw error
    })
    const { Parameter: parameter } = found as { readonly Parameter?: { readonly Value?: unknown } }
    return String(parameter?.Value)
  }

function tagsOf(list: NonNullable<Intent['Tags']>): Tags {
  const keys = list.map(({ Key }) => Key)
  if (new Set(keys).size < keys.length)
    throw validationError('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  if (keys.some((key) => /^aws:/i.test(key)))
    throw validationError('Tag keys with the prefix aws: are reserved for AWS use.')
  return Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]))
}
