import { Fault } from '../fault.ts'
import { newId } from '../iot/resources.ts'
import { type Call, type Output, operation } from '../service.ts'
import { integer, list, required } from '../shape.ts'
import { invalidParameter, invalidRequest } from './faults.ts'
import { matching } from './listing.ts'
import * as members from './members.ts'
import { find, findAny, needs, pageOf, put } from './secrets.ts'
import type { Secret } from './state.ts'
import { current, pending, putValue, updateStage, valueIn, versionFor, withStage } from './versions.ts'

const select = { VersionId: members.versionId, VersionStage: members.stage }

/** AWS counts when a secret was last read in days. */
const today = ({ at }: Call): string => `${at.toISOString().slice(0, 10)}T00:00:00.000Z`

function read(call: Call, secret: Secret, id?: string, stage?: string): Output {
  const version = versionFor(secret, id, stage)
  const accessedAt = today(call)
  const versions = secret.versions.map((each) => (each === version ? { ...each, accessedAt } : each))
  put(call, { ...secret, accessedAt, versions })
  return {
    ...{ ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages },
    ...(version.string === undefined ? {} : { SecretString: version.string }),
    ...(version.binary === undefined ? {} : { SecretBinary: version.binary }),
    CreatedDate: new Date(version.createdAt),
  }
}

const stageContext = (id: string | undefined, stage: string | undefined) => ({
  ...(id === undefined ? {} : { 'secretsmanager:VersionId': id }),
  'secretsmanager:VersionStage': stage ?? current,
})

export const values = {
  GetSecretValue: operation({
    input: { SecretId: members.secretId, ...select },
    needs: (input, call) =>
      needs(call, 'GetSecretValue', input.SecretId, stageContext(input.VersionId, input.VersionStage)),
    perform: (input, call) => read(call, find(call, input.SecretId), input.VersionId, input.VersionStage),
  }),
  BatchGetSecretValue: operation({
    input: {
      ...{ SecretIdList: list(members.optionalId, { min: 1, max: 20 }), Filters: members.filters },
      ...{ MaxResults: integer({ min: 1, max: 20 }), NextToken: members.nextToken },
    },
    needs: () => ({ action: 'secretsmanager:BatchGetSecretValue', resource: '*' }),
    perform: (input, call) => {
      if ((input.SecretIdList === undefined) === (input.Filters === undefined))
        throw invalidParameter('You must include Filters or SecretIdList, but not both.')
      if (input.Filters) call.authorize({ action: 'secretsmanager:ListSecrets', resource: '*' })
      const ids = input.SecretIdList ?? matching(call, input.Filters).map(({ arn }) => arn)
      const { page, next } = pageOf(ids, input.NextToken, input.MaxResults ?? 20)
      const found: Output[] = []
      const errors: Output[] = []
      for (const id of page)
        try {
          call.authorize(needs(call, 'GetSecretValue', id, stageContext(undefined, undefined)))
          found.push(read(call, find(call, id)))
        } catch (error) {
          if (!(error instanceof Fault)) throw error
          const ErrorCode = error.code === 'AccessDenied' ? 'AccessDeniedException' : error.code
          errors.push({ SecretId: id, ErrorCode, Message: error.message })
        }
      return { SecretValues: found, Errors: errors, ...next }
    },
  }),
  PutSecretValue: operation({
    input: {
      ...{ SecretId: members.secretId, ClientRequestToken: members.token, VersionStages: members.stages },
      ...{ RotationToken: members.optionalId, ...members.value },
    },
    needs: (input, call) => needs(call, 'PutSecretValue', input.SecretId),
    perform: (input, call) => {
      const secret = find(call, input.SecretId)
      const value = valueIn(input)
      if (!value) throw invalidRequest('You must provide either SecretString or SecretBinary.')
      const id = input.ClientRequestToken ?? newId(call.cloud)
      const stages = input.VersionStages ?? [current]
      const versions = putValue(secret, { id, ...value, stages }, call.at)
      put(call, { ...secret, versions, changedAt: call.at.toISOString() })
      const VersionStages = versions.find((version) => version.id === id)?.stages ?? []
      return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages }
    },
  }),
  ListSecretVersionIds: operation({
    input: {
      ...{ SecretId: members.secretId, IncludeDeprecated: members.yes },
      ...{ MaxResults: integer({ min: 1, max: 100 }), NextToken: members.nextToken },
    },
    needs: (input, call) => needs(call, 'ListSecretVersionIds', input.SecretId),
    perform: (input, call) => {
      const secret = findAny(call, input.SecretId)
      const shown = secret.versions.filter(({ stages }) => stages.length > 0 || input.IncludeDeprecated === true)
      const { page, next } = pageOf(shown, input.NextToken, input.MaxResults ?? 100)
      const Versions = page.map(({ id, stages, createdAt, accessedAt }) => ({
        VersionId: id,
        ...(stages.length > 0 ? { VersionStages: stages } : {}),
        CreatedDate: new Date(createdAt),
        ...(accessedAt === undefined ? {} : { LastAccessedDate: new Date(accessedAt) }),
      }))
      return { ARN: secret.arn, Name: secret.name, Versions, ...next }
    },
  }),
  UpdateSecretVersionStage: operation({
    input: {
      ...{ SecretId: members.secretId, VersionStage: required(members.stage) },
      ...{ RemoveFromVersionId: members.versionId, MoveToVersionId: members.versionId },
    },
    needs: (input, call) =>
      needs(call, 'UpdateSecretVersionStage', input.SecretId, { 'secretsmanager:VersionStage': input.VersionStage }),
    perform: (input, call) => {
      const secret = find(call, input.SecretId)
      const asked = { from: input.RemoveFromVersionId, to: input.MoveToVersionId }
      const versions = updateStage(secret, input.VersionStage, asked)
      const changedAt = call.at.toISOString()
      const rotated = input.VersionStage === current && withStage(versions, pending)?.id === input.MoveToVersionId
      const rotation = rotated && secret.rotation ? { rotation: { ...secret.rotation, lastAt: changedAt } } : {}
      put(call, { ...secret, versions, changedAt, ...rotation })
      return { ARN: secret.arn, Name: secret.name }
    },
  }),
}
