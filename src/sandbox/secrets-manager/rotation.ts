import { accessDenied } from '../fault.ts'
import { newId } from '../iot/resources.ts'
import { letsServiceInvoke, toInvoke } from '../lambda/invoke.ts'
import { lambdaTables } from '../lambda/state.ts'
import { type Call, operation } from '../service.ts'
import { flag, text } from '../shape.ts'
import { exists, invalidRequest } from './faults.ts'
import * as members from './members.ts'
import { rotate, steps } from './rotate.ts'
import { nextRotation } from './rotation-rules.ts'
import { find, lookUp, needs, put } from './secrets.ts'
import type { Rotation, Secret } from './state.ts'
import { current, moveStage, pending, withStage } from './versions.ts'

/** The secret with a version under AWSPENDING: an empty one that awaits its value, or, for a test, the current value again. */
function announced(secret: Secret, id: string, at: Date, tested: boolean): Secret {
  if (secret.versions.some((version) => version.id === id))
    throw exists(`You can't use ClientRequestToken ${id} because a version of the secret has it already.`)
  const value = tested ? withStage(secret.versions, current) : undefined
  const versions = [...secret.versions, { ...value, id, stages: [], createdAt: at.toISOString() }]
  return { ...secret, versions: moveStage(versions, pending, id) }
}

function assertInvocable(call: Call, secret: Secret, functionArn: string): void {
  const asked = { functionArn, service: 'secretsmanager.amazonaws.com' }
  if (!letsServiceInvoke(call, { ...asked, sourceArn: secret.arn, sourceAccount: secret.accountId }))
    throw accessDenied(
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
    )
}

export const rotation = {
  RotateSecret: operation({
    input: {
      ...{ SecretId: members.secretId, ClientRequestToken: members.token, RotationLambdaARN: text({ max: 2048 }) },
      ...{ RotationRules: members.rules, RotateImmediately: flag() },
    },
    needs: (input, call) => {
      const given = input.RotationLambdaARN
      const context = given === undefined ? {} : { 'secretsmanager:RotationLambdaARN': given }
      const arn = given ?? lookUp(call, input.SecretId)?.rotation?.functionArn ?? ''
      return [
        needs(call, 'RotateSecret', input.SecretId, context),
        // Else whoever may rotate a secret of theirs would have the service run functions that are none of theirs.
        ...(lambdaTables(call.cloud).functions.get(arn) ? [toInvoke(call, arn)] : []),
      ]
    },
    perform: (input, call) => {
      const secret = find(call, input.SecretId)
      const functionArn = input.RotationLambdaARN ?? secret.rotation?.functionArn
      if (functionArn === undefined)
        throw invalidRequest('No Lambda rotation function ARN is associated with this secret.')
      const rules = input.RotationRules ?? secret.rotation?.rules
      const nextAt = nextRotation(rules ?? {}, call.at)
      if (rules === undefined || nextAt === undefined)
        throw invalidRequest('You must specify RotationRules, with AutomaticallyAfterDays or a ScheduleExpression.')
      const underWay = withStage(secret.versions, pending)
      if (underWay && !underWay.stages.includes(current))
        throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.")
      assertInvocable(call, secret, functionArn)
      const id = input.ClientRequestToken ?? newId(call.cloud)
      const kept: Rotation = {
        ...{ enabled: true, functionArn, rules, nextAt: nextAt.toISOString() },
        ...(secret.rotation?.lastAt === undefined ? {} : { lastAt: secret.rotation.lastAt }),
      }
      const immediately = input.RotateImmediately !== false
      put(call, announced({ ...secret, rotation: kept }, id, call.at, !immediately))
      call.inside.background(() => rotate(call, secret.arn, id, immediately ? steps : ['testSecret']))
      return { ARN: secret.arn, Name: secret.name, ...(immediately ? { VersionId: id } : {}) }
    },
  }),
  CancelRotateSecret: operation({
    input: { SecretId: members.secretId },
    needs: (input, call) => needs(call, 'CancelRotateSecret', input.SecretId),
    perform: (input, call) => {
      const secret = find(call, input.SecretId)
      if (!secret.rotation) throw invalidRequest("You can't cancel rotation: rotation isn't configured on this secret.")
      const { nextAt: _, ...kept } = secret.rotation
      put(call, { ...secret, rotation: { ...kept, enabled: false } })
      const VersionId = withStage(secret.versions, pending)?.id
      return { ARN: secret.arn, Name: secret.name, ...(VersionId === undefined ? {} : { VersionId }) }
    },
  }),
}
