import type { Cloud, Instant, Tags } from '../cloud.ts'
import type { Table } from '../store.ts'

export interface ParameterVersion {
  readonly number: number
  readonly type: 'String' | 'StringList' | 'SecureString'
  readonly value: string
  readonly description?: string
  readonly allowedPattern?: string
  readonly dataType: string
  readonly tier: string
  readonly keyId?: string
  readonly at: Instant
  readonly by: string
  readonly labels: readonly string[]
}

export interface Parameter {
  readonly arn: string
  readonly accountId: string
  readonly region: string
  readonly name: string
  readonly tags: Tags
  /** Oldest first; never empty. */
  readonly versions: readonly ParameterVersion[]
}

/** Parameters by ARN. */
export const parametersOf = ({ store }: Pick<Cloud, 'store'>): Table<Parameter> => store.table('ssm-parameter')
