import { type Call, type Output, operation } from '../service.ts'
import { flag, integer, oneOf } from '../shape.ts'
import * as members from './members.ts'
import { findAny, lookUp, needs, pageOf } from './secrets.ts'
import { type Secret, secretsOf } from './state.ts'

interface Filter {
  readonly Key?: string
  readonly Values?: readonly string[]
}

/** The caller's secrets that meet every filter; a value of a filter counts as a prefix, `!` turns it round. */
export function matching(call: Call, filters: readonly Filter[] = [], deleted = false): readonly Secret[] {
  lookUp(call, '')
  return [...secretsOf(call.cloud).values()].filter(
    (secret) =>
      secret.accountId === call.caller.accountId &&
      secret.region === call.region &&
      (deleted || secret.deletedAt === undefined) &&
      filters.every((filter) => meets(secret, filter)),
  )
}

function meets(secret: Secret, { Key: key = 'all', Values = [] }: Filter): boolean {
  const { name, description = '', tags } = secret
  const exactly: Readonly<Record<string, readonly string[]>> = {
    name: [name],
    description: [description],
    'tag-key': Object.keys(tags),
    'tag-value': Object.values(tags),
    all: [name, description, ...Object.keys(tags), ...Object.values(tags)],
  }
  const texts = exactly[key] ?? []
  const has = (wanted: string): boolean =>
    key === 'all' || key === 'description'
      ? texts.some((text) => text.toLowerCase().includes(wanted.toLowerCase()))
      : texts.some((text) => text.startsWith(wanted))
  return Values.some((value) => (value.startsWith('!') ? !has(value.slice(1)) : has(value)))
}

const date = (name: string, instant: string | undefined): Output =>
  instant === undefined ? {} : { [name]: new Date(instant) }

function described(secret: Secret, stages: string): Output {
  const { arn, name, description, kmsKeyId, tags, rotation, versions } = secret
  const labelled = versions.filter((version) => version.stages.length > 0)
  return {
    ...{ ARN: arn, Name: name },
    ...(description === undefined ? {} : { Description: description }),
    ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
    ...(rotation
      ? { RotationEnabled: rotation.enabled, RotationLambdaARN: rotation.functionArn, RotationRules: rotation.rules }
      : {}),
    ...date('LastRotatedDate', rotation?.lastAt),
    ...date('NextRotationDate', rotation?.enabled ? rotation.nextAt : undefined),
    ...date('LastChangedDate', secret.changedAt),
    ...date('LastAccessedDate', secret.accessedAt),
    ...date('DeletedDate', secret.deletedAt),
    ...date('CreatedDate', secret.createdAt),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    ...(labelled.length > 0
      ? { [stages]: Object.fromEntries(labelled.map((version) => [version.id, version.stages])) }
      : {}),
  }
}

export const listing = {
  DescribeSecret: operation({
    input: { SecretId: members.secretId },
    needs: (input, call) => needs(call, 'DescribeSecret', input.SecretId),
    perform: (input, call) => described(findAny(call, input.SecretId), 'VersionIdsToStages'),
  }),
  ListSecrets: operation({
    input: {
      ...{ Filters: members.filters, IncludePlannedDeletion: flag(), SortOrder: oneOf('asc', 'desc') },
      ...{ MaxResults: integer({ min: 1, max: 100 }), NextToken: members.nextToken },
    },
    needs: () => ({ action: 'secretsmanager:ListSecrets', resource: '*' }),
    perform: (input, call) => {
      const found = matching(call, input.Filters, input.IncludePlannedDeletion)
      const sorted = input.SortOrder === 'asc' ? found : [...found].reverse()
      const { page, next } = pageOf(sorted, input.NextToken, input.MaxResults ?? 100)
      return { SecretList: page.map((secret) => described(secret, 'SecretVersionsToStages')), ...next }
    },
  }),
}
