import type { Cloud, Instant, PolicyText, Tags } from '../cloud.ts'
import type { Table } from '../store.ts'

interface Settings {
  readonly runtime: string
  readonly role: string
  readonly handler: string
  readonly description: string
  /** Seconds, 1 to 900. */
  readonly timeout: number
  /** MiB, 128 to 10240. */
  readonly memorySize: number
  readonly environment: Readonly<Record<string, string>>
  readonly architectures: readonly string[]
}

/** A function as it stands: there is `$LATEST` and nothing else. */
export interface LambdaFunction extends Settings {
  readonly arn: string
  readonly accountId: string
  readonly region: string
  readonly name: string
  /** Base64 of the SHA-256 of the ZIP file. */
  readonly codeSha256: string
  readonly codeSize: number
  readonly modifiedAt: Instant
  readonly revisionId: string
  readonly tags: Tags
  /** Who may use it beyond its account, by statement id. */
  readonly statements: Readonly<Record<string, object>>
  readonly versions: number
}

/** Functions by ARN, and their ZIP files (base64) by the same. */
export const lambdaTables = ({ store }: Pick<Cloud, 'store'>) => ({
  functions: store.table('lambda-function') as Table<LambdaFunction>,
  code: store.table('lambda-code') as Table<{ readonly zip: string }>,
})

/** The policy on a function; none when nothing was added to it. */
export function policyOf({ statements }: LambdaFunction): PolicyText | undefined {
  const all = Object.values(statements)
  return all.length === 0 ? undefined : JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: all })
}
