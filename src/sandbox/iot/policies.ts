import { awsMessage, parsePolicy } from '../../policy/index.ts'
import { Fault } from '../fault.ts'
import { type Call, operation } from '../service.ts'
import { flag, type InputOf, required, text } from '../shape.ts'
import { alreadyExists, inUse, invalid, notFound } from './faults.ts'
import * as members from './members.ts'
import { arnOf, needs, newResource, onAll, own, pageOf, seconds } from './resources.ts'
import { type DeviceCertificate, type IotPolicy, iotTables } from './state.ts'

export const named = { policyName: members.policyName }
export const policyDocument = required(text({ max: 2048 }))

/** The caller's policy of that name. */
export function find(call: Call, name: string): IotPolicy {
  const found = iotTables(call.cloud).policies.get(arnOf(call, 'policy', name))
  if (found) return found
  throw notFound(`Policy not found: ${name}`)
}

/** Throws MalformedPolicyException. */
export function checkDocument(document: string): void {
  const parsed = parsePolicy(document, 'identity')
  if (!parsed.ok)
    throw new Fault('MalformedPolicyException', 400, `Policy document is Malformed: ${awsMessage(parsed.faults)}`)
}

function certificateAt(call: Call, arn: string): DeviceCertificate {
  const found = iotTables(call.cloud).certificates.get(arn)
  if (found?.accountId === call.caller.accountId) return found
  throw /^arn:[\w-]+:iot:[\w-]+:\d{12}:cert\/[0-9a-f]{64}$/.test(arn)
    ? notFound(`The certificate given in the principal does not exist.${arn}`)
    : invalid(`Invalid principal: ${arn}`)
}

const view = ({ name, arn }: IotPolicy) => ({ policyName: name, policyArn: arn })

/** Puts a policy on a certificate, or takes it away. AWS has two pairs of names for it, an old and a new one. */
const attach = (name: `${'Attach' | 'Detach'}${'' | 'Principal'}Policy`) => {
  const key = name.includes('Principal') ? 'principal' : 'target'
  const input = { ...named, [key]: members.principal }
  return operation({
    input,
    needs: () => onAll(name),
    perform: (given: InputOf<typeof named> & Readonly<Record<string, unknown>>, call) => {
      const certificate = certificateAt(call, String(given[key]))
      const others = certificate.policies.filter((one) => one !== given.policyName)
      const policies = name.startsWith('Attach') ? [...others, find(call, given.policyName).name] : others
      iotTables(call.cloud).certificates.put(certificate.arn, { ...certificate, policies })
      return {}
    },
  })
}

const targetsOf = (call: Call, name: string): string[] =>
  own(call, iotTables(call.cloud).certificates).flatMap(({ arn, policies }) => (policies.includes(name) ? arn : []))

export const policies = {
  CreatePolicy: operation({
    input: { ...named, policyDocument },
    needs: (input, call) => needs(call, 'CreatePolicy', 'policy', input.policyName),
    perform: (input, call) => {
      const { policies: table } = iotTables(call.cloud)
      const { policyName: name, policyDocument: document } = input
      const known = table.get(arnOf(call, 'policy', name))
      if (known) throw alreadyExists(`Policy cannot be created - name already exists (name=${name})`, known.arn, name)
      checkDocument(document)
      const made = newResource(call, 'policy', name)
      const { createdAt } = made
      const policy: IotPolicy = {
        ...{ ...made, name, document, defaultVersionId: '1', updatedAt: createdAt },
        versions: [{ id: '1', document, createdAt }],
        nextVersion: 2,
      }
      table.put(policy.arn, policy)
      return { ...view(policy), policyDocument: document, policyVersionId: '1' }
    },
  }),
  GetPolicy: operation({
    input: named,
    needs: (input, call) => needs(call, 'GetPolicy', 'policy', input.policyName),
    perform: (input, call) => {
      const policy = find(call, input.policyName)
      const { document, defaultVersionId, createdAt, updatedAt } = policy
      const times = { creationDate: seconds(createdAt), lastModifiedDate: seconds(updatedAt) }
      return { ...view(policy), policyDocument: document, defaultVersionId, ...times }
    },
  }),
  ListPolicies: operation({
    input: members.markers,
    needs: () => onAll('ListPolicies'),
    perform: (input, call) => {
      const { page, next } = pageOf(own(call, iotTables(call.cloud).policies), input.marker, input.pageSize)
      return { policies: page.map(view), ...(next === undefined ? {} : { nextMarker: next }) }
    },
  }),
  DeletePolicy: operation({
    input: named,
    needs: (input, call) => needs(call, 'DeletePolicy', 'policy', input.policyName),
    perform: (input, call) => {
      const policy = find(call, input.policyName)
      if (targetsOf(call, policy.name).length > 0)
        throw inUse(
          `The policy cannot be deleted as the policy is attached to one or more principals (name=${policy.name})`,
        )
      if (policy.versions.length > 1)
        throw inUse(`Cannot delete the policy because it has one or more policy versions (name=${policy.name})`)
      iotTables(call.cloud).policies.delete(policy.arn)
      return {}
    },
  }),
  AttachPolicy: attach('AttachPolicy'),
  DetachPolicy: attach('DetachPolicy'),
  AttachPrincipalPolicy: attach('AttachPrincipalPolicy'),
  DetachPrincipalPolicy: attach('DetachPrincipalPolicy'),
  ListAttachedPolicies: operation({
    input: { target: members.principal, recursive: flag(), ...members.markers },
    needs: () => onAll('ListAttachedPolicies'),
    perform: (input, call) => {
      const attached = certificateAt(call, input.target).policies.map((name) => view(find(call, name)))
      const { page, next } = pageOf(attached, input.marker, input.pageSize)
      return { policies: page, ...(next === undefined ? {} : { nextMarker: next }) }
    },
  }),
  ListTargetsForPolicy: operation({
    input: { ...named, ...members.markers },
    needs: (input, call) => needs(call, 'ListTargetsForPolicy', 'policy', input.policyName),
    perform: (input, call) => {
      const targets = targetsOf(call, find(call, input.policyName).name)
      const { page, next } = pageOf(targets, input.marker, input.pageSize)
      return { targets: page, ...(next === undefined ? {} : { nextMarker: next }) }
    },
  }),
}
