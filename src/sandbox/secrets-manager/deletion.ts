import { operation } from '../service.ts'
import { flag, integer } from '../shape.ts'
import { invalidParameter, notFound } from './faults.ts'
import * as members from './members.ts'
import { find, findAny, lookUp, needs, put } from './secrets.ts'
import { secretsOf } from './state.ts'

const day = 86_400_000

export const deletion = {
  DeleteSecret: operation({
    input: { SecretId: members.secretId, RecoveryWindowInDays: integer(), ForceDeleteWithoutRecovery: flag() },
    needs: (input, call) =>
      needs(call, 'DeleteSecret', input.SecretId, {
        ...(input.RecoveryWindowInDays === undefined
          ? {}
          : { 'secretsmanager:RecoveryWindowInDays': String(input.RecoveryWindowInDays) }),
        'secretsmanager:ForceDeleteWithoutRecovery': String(input.ForceDeleteWithoutRecovery ?? false),
      }),
    perform: (input, call) => {
      const { RecoveryWindowInDays: window, ForceDeleteWithoutRecovery: force = false } = input
      if (force && window !== undefined)
        throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
      if (window !== undefined && (window < 7 || window > 30))
        throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).')
      if (force) {
        const secret = lookUp(call, input.SecretId)
        // What is gone already is deleted, so that a deletion may be sent again.
        if (!secret && input.SecretId.startsWith('arn:')) throw notFound()
        if (secret) secretsOf(call.cloud).delete(secret.arn)
        return { ARN: secret?.arn ?? '', Name: secret?.name ?? input.SecretId, DeletionDate: call.at }
      }
      const secret = find(call, input.SecretId)
      const gone = new Date(call.at.getTime() + (window ?? 30) * day)
      put(call, { ...secret, deletedAt: call.at.toISOString(), gone: gone.toISOString() })
      return { ARN: secret.arn, Name: secret.name, DeletionDate: gone }
    },
  }),
  RestoreSecret: operation({
    input: { SecretId: members.secretId },
    needs: (input, call) => needs(call, 'RestoreSecret', input.SecretId),
    perform: (input, call) => {
      const { deletedAt: _, gone: __, ...secret } = findAny(call, input.SecretId)
      put(call, secret)
      return { ARN: secret.arn, Name: secret.name }
    },
  }),
}
