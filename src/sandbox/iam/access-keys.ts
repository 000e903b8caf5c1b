import type { AccessKey, User } from '../cloud.ts'
import { type Call, type Output, operation } from '../service.ts'
import { oneOf, required } from '../shape.ts'
import { implicitUserName } from './caller.ts'
import { noSuchEntity, quotaExceeded } from './faults.ts'
import * as members from './members.ts'
import { arnIn, user } from './nouns.ts'
import { page } from './page.ts'
import { newUniqueId } from './unique-id.ts'

const mostKeys = 2

const named = { UserName: members.existingUserName }

/** The user whose keys are meant; undefined is the account's root. */
function ownerOf(input: { readonly UserName?: string }, call: Call): User | undefined {
  const isRoot = input.UserName === undefined && implicitUserName(call) === undefined
  return isRoot ? undefined : user.get(input, call)
}

function keysOf(owner: User | undefined, call: Call): AccessKey[] {
  const isTheirs = (key: AccessKey) => key.accountId === call.caller.accountId && key.userName === owner?.name
  return [...call.cloud.accessKeys.values()].filter(isTheirs)
}

/** The key of that id, when it is this owner's: others' keys are not admitted to exist. */
function keyOfOwner(id: string, owner: User | undefined, call: Call): AccessKey {
  const key = keysOf(owner, call).find((candidate) => candidate.id === id)
  if (key === undefined) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`)
  return key
}

const view = (key: AccessKey): Output => ({
  UserName: key.userName,
  AccessKeyId: key.id,
  Status: key.status,
  CreateDate: new Date(key.createdAt),
})

const createAccessKey = operation({
  input: named,
  needs: (input, call) => user.needs('CreateAccessKey', input, call),
  perform: (input, call) => {
    const owner = ownerOf(input, call)
    if (keysOf(owner, call).length >= mostKeys) throw quotaExceeded('AccessKeysPerUser', mostKeys)
    const { accountId } = call.caller
    const key: AccessKey = {
      id: newUniqueId(call.cloud, 'AKIA', accountId),
      // 30 bytes are 40 characters of base64, which is how long AWS's secrets are.
      secret: Buffer.from(call.cloud.randomBytes(30)).toString('base64'),
      accountId,
      ...(owner && { userName: owner.name }),
      status: 'Active',
      createdAt: call.at.toISOString(),
    }
    call.cloud.accessKeys.put(key.id, key)
    return { AccessKey: { ...view(key), SecretAccessKey: key.secret } }
  },
})

const listAccessKeys = operation({
  input: { ...named, ...members.paging },
  needs: (input, call) => user.needs('ListAccessKeys', input, call),
  perform: (input, call) => {
    const owner = ownerOf(input, call)
    const keys = keysOf(owner, call)
    const told = page('AccessKeyMetadata', keys, (key) => key.createdAt + key.id, view, input)
    return { ...told, ...(owner && { UserName: owner.name }) }
  },
})

const updateAccessKey = operation({
  input: { ...named, AccessKeyId: required(members.accessKeyId), Status: required(oneOf('Active', 'Inactive')) },
  needs: (input, call) => user.needs('UpdateAccessKey', input, call),
  perform: (input, call) => {
    const key = keyOfOwner(input.AccessKeyId, ownerOf(input, call), call)
    call.cloud.accessKeys.put(key.id, { ...key, status: input.Status })
    return {}
  },
})

const deleteAccessKey = operation({
  input: { ...named, AccessKeyId: required(members.accessKeyId) },
  needs: (input, call) => user.needs('DeleteAccessKey', input, call),
  perform: (input, call) => {
    const key = keyOfOwner(input.AccessKeyId, ownerOf(input, call), call)
    call.cloud.accessKeys.delete(key.id)
    return {}
  },
})

const getAccessKeyLastUsed = operation({
  input: { AccessKeyId: required(members.accessKeyId) },
  needs: (input, call) => {
    const key = ownKey(input.AccessKeyId, call)
    return key?.userName === undefined
      ? { action: 'iam:GetAccessKeyLastUsed', resource: arnIn(call, 'user/*') }
      : user.needs('GetAccessKeyLastUsed', { UserName: key.userName }, call)
  },
  perform: (input, call) => {
    const key = ownKey(input.AccessKeyId, call)
    if (key === undefined) throw noSuchEntity(`The Access Key with id ${input.AccessKeyId} cannot be found.`)
    return { UserName: key.userName, AccessKeyLastUsed: lastUse(key) }
  },
})

function ownKey(id: string, call: Call): AccessKey | undefined {
  const key = call.cloud.accessKeys.get(id)
  return key?.accountId === call.caller.accountId ? key : undefined
}

const lastUse = ({ lastUsed }: AccessKey): Output =>
  lastUsed
    ? { LastUsedDate: new Date(lastUsed.at), ServiceName: lastUsed.service, Region: lastUsed.region }
    : { ServiceName: 'N/A', Region: 'N/A' }

export const accessKeys = {
  CreateAccessKey: createAccessKey,
  ListAccessKeys: listAccessKeys,
  UpdateAccessKey: updateAccessKey,
  DeleteAccessKey: deleteAccessKey,
  GetAccessKeyLastUsed: getAccessKeyLastUsed,
}
