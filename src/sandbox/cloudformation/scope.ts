import type { Cloud } from '../cloud.ts'
import { importedValue } from './exports.ts'
import type { Value } from './resource-type.ts'
import type { Stack, StackOutput } from './state.ts'
import { type BoundParameters, conditionsOf, evaluate, type Scope, type Template } from './template/index.ts'

/** What references lead to while something is worked out. */
export interface References {
  readonly refOf: (logicalId: string) => string
  readonly attributeOf: (logicalId: string, name: string) => Value
}

/** Where and for whom a template is worked out. */
export interface Place {
  readonly id: string
  readonly name: string
  readonly accountId: string
  readonly region: string
  readonly notificationArns: readonly string[]
}

/** Before anything was made there is nothing to refer to; AWS has refused the template by then. */
export const noReferences: References = {
  refOf: (logicalId) => logicalId,
  attributeOf: (logicalId, name) => `${logicalId}.${name}`,
}

/** What a template's functions are worked out with; `imported` is told the name of each export that is used. */
export function scopeOf(
  cloud: Cloud,
  place: Place,
  template: Template,
  parameters: BoundParameters,
  references: References,
  imported: (name: string) => void = () => undefined,
): Scope {
  const scope: Scope = {
    parameters,
    pseudo: {
      'AWS::AccountId': place.accountId,
      'AWS::NotificationARNs': place.notificationArns,
      'AWS::Partition': 'aws',
      'AWS::Region': place.region,
      'AWS::StackId': place.id,
      'AWS::StackName': place.name,
      'AWS::URLSuffix': 'amazonaws.com',
    },
    conditions: {},
    mappings: template.mappings,
    ...references,
    importValue: (name) => {
      imported(name)
      return importedValue(cloud, place, name)
    },
  }
  return { ...scope, conditions: conditionsOf(template, scope) }
}

/** References to the resources of a stack that are there. */
export function referencesTo(stack: Pick<Stack, 'resources'>): References {
  const of = (logicalId: string) => stack.resources.find((resource) => resource.logicalId === logicalId)
  return {
    refOf: (logicalId) => of(logicalId)?.physicalId ?? '',
    attributeOf: (logicalId, name) => {
      const value = of(logicalId)?.attributes[name]
      if (value !== undefined) return value
      throw new UnknownAttribute(of(logicalId)?.type ?? logicalId, name)
    },
  }
}

/** A template asks for what a resource does not have. */
export class UnknownAttribute extends Error {
  override readonly name = 'UnknownAttribute'
  constructor(type: string, attribute: string) {
    super(`Requested attribute ${attribute} does not exist in schema for ${type}`)
  }
}

const asText = (value: Value): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** The outputs of a template whose conditions hold. */
export function outputsOf(template: Template, scope: Scope): readonly StackOutput[] {
  return Object.entries(template.outputs)
    .filter(([, { condition }]) => condition === undefined || scope.conditions[condition] === true)
    .map(([key, output]) => ({
      key,
      value: asText(evaluate(output.value, scope)),
      ...(output.description !== undefined && { description: output.description }),
      ...(output.exportName !== undefined && { exportName: asText(evaluate(output.exportName, scope)) }),
    }))
}
