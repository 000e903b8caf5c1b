import { operation } from '../service.ts'
import { required } from '../shape.ts'
import { boundaryContext, checkBoundary } from './creation.ts'
import * as members from './members.ts'
import { type Noun, role, user } from './nouns.ts'

/** Put and Delete of the permissions boundary of a user or role. */
function boundaryOf<T extends { readonly boundary?: string }>(noun: Noun<T>) {
  const put = operation({
    input: { ...noun.shape, PermissionsBoundary: required(members.arn) },
    needs: (input, call) =>
      noun.needs(`Put${noun.word}PermissionsBoundary`, input, call, boundaryContext(input.PermissionsBoundary)),
    perform: (input, call) => {
      const holder = noun.get(input, call)
      checkBoundary(input.PermissionsBoundary, call)
      noun.put(call.cloud, { ...holder, boundary: input.PermissionsBoundary })
      return {}
    },
  })

  const remove = operation({
    input: noun.shape,
    needs: (input, call) =>
      noun.needs(
        `Delete${noun.word}PermissionsBoundary`,
        input,
        call,
        boundaryContext(noun.find(input, call)?.boundary),
      ),
    perform: (input, call) => {
      const { boundary, ...unbound } = noun.get(input, call)
      // Taking an optional member away leaves what the type without it says.
      noun.put(call.cloud, unbound as T)
      return {}
    },
  })
  return { put, remove }
}

const ofUser = boundaryOf(user)
const ofRole = boundaryOf(role)

export const boundaries = {
  PutUserPermissionsBoundary: ofUser.put,
  DeleteUserPermissionsBoundary: ofUser.remove,
  PutRolePermissionsBoundary: ofRole.put,
  DeleteRolePermissionsBoundary: ofRole.remove,
}
