import type { Properties, Value } from '../resource-type.ts'

/** A template that was read: its functions are still as they were written, in their long forms. */
export interface Template {
  readonly description?: string
  readonly metadata?: Value
  readonly parameters: Readonly<Record<string, ParameterDeclaration>>
  readonly mappings: Mappings
  /** Not yet worked out. */
  readonly conditions: Readonly<Record<string, Value>>
  readonly rules: Readonly<Record<string, RuleDeclaration>>
  readonly resources: Readonly<Record<string, ResourceDeclaration>>
  readonly outputs: Readonly<Record<string, OutputDeclaration>>
  readonly transform?: readonly string[]
}

export interface ParameterDeclaration {
  readonly type: string
  readonly description?: string
  readonly default?: string
  readonly noEcho: boolean
  readonly allowedValues?: readonly string[]
  readonly allowedPattern?: string
  readonly constraintDescription?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minValue?: number
  readonly maxValue?: number
}

/** Name, key, attribute. */
export type Mappings = Readonly<Record<string, Readonly<Record<string, Properties>>>>

export interface RuleDeclaration {
  readonly condition?: Value
  readonly assertions: readonly { readonly assert: Value; readonly description?: string }[]
}

export const deletionPolicies = ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot'] as const
export type DeletionPolicy = (typeof deletionPolicies)[number]

export interface ResourceDeclaration {
  readonly type: string
  readonly properties: Properties
  readonly condition?: string
  readonly dependsOn: readonly string[]
  readonly deletionPolicy: DeletionPolicy
  readonly updateReplacePolicy: DeletionPolicy
  readonly metadata?: Value
}

export interface OutputDeclaration {
  readonly description?: string
  readonly value: Value
  readonly exportName?: Value
  readonly condition?: string
}
