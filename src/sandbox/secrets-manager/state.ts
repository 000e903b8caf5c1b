import type { Cloud, Instant, PolicyText, Tags } from '../cloud.ts'
import type { Table } from '../store.ts'

/** One version of a secret's value. A version that a rotation has only announced has none yet. */
export interface SecretVersion {
  /** The ClientRequestToken it was made with. */
  readonly id: string
  readonly string?: string
  /** Base64. */
  readonly binary?: string
  /** Staging labels; a label is on one version of a secret only. */
  readonly stages: readonly string[]
  readonly createdAt: Instant
  readonly accessedAt?: Instant
}

export interface RotationRules {
  readonly AutomaticallyAfterDays?: number
  readonly Duration?: string
  readonly ScheduleExpression?: string
}

export interface Rotation {
  readonly enabled: boolean
  readonly functionArn: string
  readonly rules: RotationRules
  readonly lastAt?: Instant
  readonly nextAt?: Instant
}

export interface Secret {
  readonly arn: string
  readonly accountId: string
  readonly region: string
  readonly name: string
  readonly description?: string
  readonly kmsKeyId?: string
  readonly createdAt: Instant
  readonly changedAt: Instant
  readonly accessedAt?: Instant
  /** When deletion was asked for, and when it comes to pass. */
  readonly deletedAt?: Instant
  readonly gone?: Instant
  readonly tags: Tags
  readonly policy?: PolicyText
  readonly rotation?: Rotation
  /** Oldest first. */
  readonly versions: readonly SecretVersion[]
}

/** Secrets by ARN. */
export const secretsOf = ({ store }: Pick<Cloud, 'store'>): Table<Secret> => store.table('secret')
