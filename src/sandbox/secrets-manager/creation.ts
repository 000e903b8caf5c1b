import { newId } from '../iot/resources.ts'
import { type Call, operation } from '../service.ts'
import { exists, invalidParameter, invalidRequest } from './faults.ts'
import * as members from './members.ts'
import { arnOf, find, lookUp, needs, put, tagContext, tagsOf } from './secrets.ts'
import type { Secret } from './state.ts'
import { current, putValue, valueIn } from './versions.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** The six characters that tell a secret from a later one of the same name. */
function suffix({ cloud }: Call): string {
  let made = ''
  while (made.length < 6)
    for (const byte of cloud.randomBytes(8))
      if (byte < 248 && made.length < 6) made += letters.charAt(byte % letters.length)
  return made
}

export const creation = {
  CreateSecret: operation({
    input: {
      ...{ Name: members.name, ClientRequestToken: members.token, Description: members.description },
      ...{ KmsKeyId: members.kmsKeyId, Tags: members.tags, ForceOverwriteReplicaSecret: members.yes },
      ...members.value,
    },
    needs: (input, call) => ({
      action: 'secretsmanager:CreateSecret',
      resource: arnOf(call, input.Name),
      context: {
        'secretsmanager:Name': input.Name,
        ...(input.KmsKeyId === undefined ? {} : { 'secretsmanager:KmsKeyId': input.KmsKeyId }),
        ...tagContext(tagsOf(input.Tags, true)),
      },
    }),
    perform: (input, call) => {
      const { Name: name } = input
      if (!/^[\w/+=.@!-]+$/.test(name))
        throw invalidParameter(
          'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
        )
      const tags = tagsOf(input.Tags, call.invokedBy !== undefined)
      const id = input.ClientRequestToken ?? newId(call.cloud)
      const value = valueIn(input)
      const known = lookUp(call, name)
      if (known?.deletedAt !== undefined)
        throw invalidRequest(
          "You can't create this secret because a secret with this name is already scheduled for deletion.",
        )
      // A creation that is sent again, with the same token and value, has been done.
      const sentAgain = known?.versions.some((version) => version.id === id && value !== undefined) ?? false
      if (known && !sentAgain) throw exists(`The operation failed because the secret ${name} already exists.`)
      const at = call.at.toISOString()
      const empty: Secret = known ?? {
        arn: `${arnOf(call, name)}-${suffix(call)}`,
        ...{ accountId: call.caller.accountId, region: call.region, name, createdAt: at, changedAt: at },
        ...{ tags, versions: [] },
        ...(input.Description === undefined ? {} : { description: input.Description }),
        ...(input.KmsKeyId === undefined ? {} : { kmsKeyId: input.KmsKeyId }),
      }
      const versions = value ? putValue(empty, { id, ...value, stages: [current] }, call.at) : []
      put(call, { ...empty, versions })
      return { ARN: empty.arn, Name: name, ...(value ? { VersionId: id } : {}) }
    },
  }),
  UpdateSecret: operation({
    input: {
      ...{ SecretId: members.secretId, ClientRequestToken: members.token, Description: members.description },
      ...{ KmsKeyId: members.kmsKeyId, ...members.value },
    },
    needs: (input, call) => needs(call, 'UpdateSecret', input.SecretId),
    perform: (input, call) => {
      const secret = find(call, input.SecretId)
      const value = valueIn(input)
      const id = input.ClientRequestToken ?? newId(call.cloud)
      put(call, {
        ...secret,
        changedAt: call.at.toISOString(),
        ...(value ? { versions: putValue(secret, { id, ...value, stages: [current] }, call.at) } : {}),
        ...(input.Description === undefined ? {} : { description: input.Description }),
        ...(input.KmsKeyId === undefined ? {} : { kmsKeyId: input.KmsKeyId }),
      })
      return { ARN: secret.arn, Name: secret.name, ...(value ? { VersionId: id } : {}) }
    },
  }),
}
