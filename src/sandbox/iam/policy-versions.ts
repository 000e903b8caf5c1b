import type { ManagedPolicy } from '../cloud.ts'
import { operation } from '../service.ts'
import { flag, required } from '../shape.ts'
import { deleteConflict, limitExceeded, noSuchEntity } from './faults.ts'
import { checkManagedText, ownPolicy, versionView } from './managed-policies.ts'
import * as members from './members.ts'
import { policy } from './nouns.ts'
import { page } from './page.ts'

const mostVersions = 5

type Version = ManagedPolicy['versions'][number]

function versionOf(found: ManagedPolicy, id: string): Version {
  const version = found.versions.find((candidate) => candidate.id === id)
  if (version === undefined)
    throw noSuchEntity(`Policy ${found.arn} version ${id} does not exist or is not attachable.`)
  return version
}

const createPolicyVersion = operation({
  input: {
    PolicyArn: required(members.arn),
    PolicyDocument: required(members.policyDocument),
    SetAsDefault: flag(),
  },
  needs: (input, call) => policy.needs('CreatePolicyVersion', input, call),
  perform: (input, call) => {
    const found = ownPolicy('CreatePolicyVersion', input, call)
    checkManagedText(input.PolicyDocument)
    if (found.versions.length >= mostVersions)
      throw limitExceeded(
        'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
      )
    const createdAt = call.at.toISOString()
    const version: Version = { id: `v${found.nextVersion}`, document: input.PolicyDocument, createdAt }
    const after: ManagedPolicy = {
      ...found,
      versions: [...found.versions, version],
      nextVersion: found.nextVersion + 1,
      updatedAt: createdAt,
      ...(input.SetAsDefault && { defaultVersion: version.id }),
    }
    policy.put(call.cloud, after)
    const { Document: _, ...told } = versionView(after, version)
    return { PolicyVersion: told }
  },
})

const getPolicyVersion = operation({
  input: { PolicyArn: required(members.arn), VersionId: required(members.versionId) },
  needs: (input, call) => policy.needs('GetPolicyVersion', input, call),
  perform: (input, call) => {
    const found = policy.get(input, call)
    return { PolicyVersion: versionView(found, versionOf(found, input.VersionId)) }
  },
})

const listPolicyVersions = operation({
  input: { PolicyArn: required(members.arn), ...members.paging },
  needs: (input, call) => policy.needs('ListPolicyVersions', input, call),
  perform: (input, call) => {
    const found = policy.get(input, call)
    const newestFirst = ({ id }: Version) => String(1e9 - Number(id.slice(1)))
    const view = (version: Version) => {
      const { Document: _, ...told } = versionView(found, version)
      return told
    }
    return page('Versions', found.versions, newestFirst, view, input)
  },
})

const setDefaultPolicyVersion = operation({
  input: { PolicyArn: required(members.arn), VersionId: required(members.versionId) },
  needs: (input, call) => policy.needs('SetDefaultPolicyVersion', input, call),
  perform: (input, call) => {
    const found = ownPolicy('SetDefaultPolicyVersion', input, call)
    const { id } = versionOf(found, input.VersionId)
    policy.put(call.cloud, { ...found, defaultVersion: id, updatedAt: call.at.toISOString() })
    return {}
  },
})

const deletePolicyVersion = operation({
  input: { PolicyArn: required(members.arn), VersionId: required(members.versionId) },
  needs: (input, call) => policy.needs('DeletePolicyVersion', input, call),
  perform: (input, call) => {
    const found = ownPolicy('DeletePolicyVersion', input, call)
    const { id } = versionOf(found, input.VersionId)
    if (id === found.defaultVersion) throw deleteConflict('Cannot delete the default version of a policy.')
    const versions = found.versions.filter((version) => version.id !== id)
    policy.put(call.cloud, { ...found, versions, updatedAt: call.at.toISOString() })
    return {}
  },
})

export const policyVersions = {
  CreatePolicyVersion: createPolicyVersion,
  GetPolicyVersion: getPolicyVersion,
  ListPolicyVersions: listPolicyVersions,
  SetDefaultPolicyVersion: setDefaultPolicyVersion,
  DeletePolicyVersion: deletePolicyVersion,
}
