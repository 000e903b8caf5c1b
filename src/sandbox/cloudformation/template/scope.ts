import type { Value } from '../resource-type.ts'
import type { BoundParameters } from './bound-parameters.ts'
import type { Mappings } from './template.ts'

/** What a template's functions are worked out with. */
export interface Scope {
  readonly parameters: BoundParameters
  /** `AWS::Region` and its like. */
  readonly pseudo: Readonly<Record<string, Value>>
  /** Worked out, by `conditionsOf`. */
  readonly conditions: Readonly<Record<string, boolean>>
  readonly mappings: Mappings
  readonly refOf: (logicalId: string) => string
  readonly attributeOf: (logicalId: string, name: string) => Value
  /** What another stack exports under a name. */
  readonly importValue: (name: string) => string
}
