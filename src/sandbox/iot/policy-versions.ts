import { Fault } from '../fault.ts'
import { type Call, operation } from '../service.ts'
import { flag, required, text } from '../shape.ts'
import { inUse, notFound } from './faults.ts'
import { checkDocument, find, named, policyDocument } from './policies.ts'
import { needs, seconds } from './resources.ts'
import { type IotPolicy, type IotPolicyVersion, iotTables } from './state.ts'

const mostVersions = 5
const one = { ...named, policyVersionId: required(text({ min: 1, max: 64, pattern: '[0-9]+' })) }

const on = (name: string) => (input: { readonly policyName: string }, call: Call) =>
  needs(call, name, 'policy', input.policyName)

function versionOf({ name, versions }: IotPolicy, id: string): IotPolicyVersion {
  const found = versions.find((version) => version.id === id)
  if (found) return found
  throw notFound(`Policy version not found: ${name}, version ${id}`)
}

const change = (call: Call, before: IotPolicy, changed: Partial<IotPolicy>): void =>
  iotTables(call.cloud).policies.put(before.arn, { ...before, ...changed, updatedAt: call.at.toISOString() })

/** The default version, and with it the document that counts. */
const inForce = ({ id, document }: IotPolicyVersion) => ({ defaultVersionId: id, document })

export const policyVersions = {
  CreatePolicyVersion: operation({
    input: { ...named, policyDocument, setAsDefault: flag() },
    needs: on('CreatePolicyVersion'),
    perform: (input, call) => {
      const policy = find(call, input.policyName)
      checkDocument(input.policyDocument)
      if (policy.versions.length >= mostVersions)
        throw new Fault(
          'VersionsLimitExceededException',
          409,
          `The policy ${policy.name} already has the maximum number of versions (${mostVersions})`,
        )
      const id = String(policy.nextVersion)
      const version = { id, document: input.policyDocument, createdAt: call.at.toISOString() }
      const isDefault = input.setAsDefault ?? false
      change(call, policy, {
        versions: [...policy.versions, version],
        nextVersion: policy.nextVersion + 1,
        ...(isDefault ? inForce(version) : {}),
      })
      return {
        policyArn: policy.arn,
        policyDocument: version.document,
        policyVersionId: id,
        isDefaultVersion: isDefault,
      }
    },
  }),
  ListPolicyVersions: operation({
    input: named,
    needs: on('ListPolicyVersions'),
    perform: (input, call) => {
      const { versions, defaultVersionId } = find(call, input.policyName)
      return {
        policyVersions: versions.map(({ id, createdAt }) => ({
          versionId: id,
          isDefaultVersion: id === defaultVersionId,
          createDate: seconds(createdAt),
        })),
      }
    },
  }),
  GetPolicyVersion: operation({
    input: one,
    needs: on('GetPolicyVersion'),
    perform: (input, call) => {
      const policy = find(call, input.policyName)
      const { id, document, createdAt } = versionOf(policy, input.policyVersionId)
      return {
        ...{ policyArn: policy.arn, policyName: policy.name, policyDocument: document, policyVersionId: id },
        isDefaultVersion: id === policy.defaultVersionId,
        ...{ creationDate: seconds(createdAt), lastModifiedDate: seconds(createdAt) },
      }
    },
  }),
  SetDefaultPolicyVersion: operation({
    input: one,
    needs: on('SetDefaultPolicyVersion'),
    perform: (input, call) => {
      const policy = find(call, input.policyName)
      change(call, policy, inForce(versionOf(policy, input.policyVersionId)))
      return {}
    },
  }),
  DeletePolicyVersion: operation({
    input: one,
    needs: on('DeletePolicyVersion'),
    perform: (input, call) => {
      const policy = find(call, input.policyName)
      const { id } = versionOf(policy, input.policyVersionId)
      if (id === policy.defaultVersionId) throw inUse(`Cannot delete the default version of the policy ${policy.name}`)
      change(call, policy, { versions: policy.versions.filter((version) => version.id !== id) })
      return {}
    },
  }),
}
