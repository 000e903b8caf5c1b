import { accountOfArn } from '../../model/arn.ts'
import {
  type AccessQuestion,
  compile,
  type Decider,
  type RequestContext,
  type StatementRef,
} from '../../policy/index.ts'
import type { Output } from '../service.ts'
import { contextKeysOf } from './context-keys.ts'
import { type NamedPolicy, statementView } from './simulated-policies.ts'

/** Everything that one simulation holds still while actions and resources change. */
export interface Simulation {
  readonly principal: string
  readonly context: RequestContext
  readonly identity: readonly NamedPolicy[]
  /** Absent: there is no boundary. Empty: there is one, and it is gone. */
  readonly boundary?: readonly NamedPolicy[]
  readonly resource?: NamedPolicy
  readonly resourceAccount?: string
  /** SCPs, parsed; one list a level. */
  readonly organization?: readonly (readonly NamedPolicy[])[]
}

const words = { allowed: 'allowed', 'implicitly-denied': 'implicitDeny', 'explicitly-denied': 'explicitDeny' } as const

const documents = (policies: readonly NamedPolicy[]) => policies.map(({ document }) => document)

/** Gives what answers one action on one resource of a simulation, as an EvaluationResult. */
export function simulator(simulation: Simulation): (action: string, resource: string) => Output {
  const { identity, boundary, resource: onResource, organization, principal, context, resourceAccount } = simulation
  const decide = compile({
    identity: documents(identity),
    ...(boundary && { boundary: documents(boundary) }),
    ...(onResource && { resource: onResource.document }),
    ...(organization && { scp: organization.map(documents) }),
  })
  const byBoundary = boundary && compile({ identity: documents(boundary) })
  const byOrganization = organization?.map((level) => compile({ identity: documents(level) }))
  const missing = missingKeys(simulation)
  // Where a statement stands is looked up in the text once, however many questions it decides.
  const views = new Map<string, readonly Output[]>()
  const view = (ref: StatementRef): readonly Output[] => {
    const key = `${ref.type} ${ref.document} ${ref.statement}`
    const known = views.get(key) ?? matched(ref, simulation)
    views.set(key, known)
    return known
  }
  return (action, resource) => {
    const question: AccessQuestion = {
      principal,
      action,
      resource,
      context,
      ...(resourceAccount !== undefined && { resourceAccount }),
    }
    const allows = (decider: Decider): boolean => decider(question).outcome === 'allowed'
    const { outcome, deciding } = decide(question)
    const decision = words[outcome]
    const told = {
      MatchedStatements: deciding.flatMap(view),
      MissingContextValues: missing,
      PermissionsBoundaryDecisionDetail: byBoundary && { AllowedByPermissionsBoundary: allows(byBoundary) },
    }
    return {
      EvalActionName: action,
      EvalResourceName: resource,
      EvalDecision: decision,
      ...told,
      OrganizationsDecisionDetail: byOrganization && { AllowedByOrganizations: byOrganization.every(allows) },
      ResourceSpecificResults:
        resource === '*' ? undefined : [{ EvalResourceName: resource, EvalResourceDecision: decision, ...told }],
    }
  }
}

/** The keys that the policies ask for and the simulation does not have. */
function missingKeys({ identity, boundary = [], resource, context }: Simulation): readonly string[] {
  const known = new Set(Object.keys(context).map((key) => key.toLowerCase()))
  const all = [...identity, ...boundary, ...(resource ? [resource] : [])]
  return contextKeysOf(documents(all)).filter((key) => !known.has(key.toLowerCase()))
}

function matched(ref: StatementRef, { identity, boundary = [], resource }: Simulation): readonly Output[] {
  // What an organisation's policies say is not shown to the accounts under them.
  const policy =
    ref.type === 'identity'
      ? identity[ref.document]
      : ref.type === 'boundary'
        ? boundary[ref.document]
        : ref.type === 'resource'
          ? resource
          : undefined
  if (policy === undefined) return []
  const type = ref.type === 'resource' ? 'Resource Policy' : 'IAM Policy'
  return [statementView(policy, ref.statement, type)]
}

/** The account that a ResourceOwner, or the resource's own policy, puts the resource in. */
export const ownerAccount = (owner: string | undefined): string | undefined =>
  owner === undefined ? undefined : /^\d{12}$/.test(owner) ? owner : accountOfArn(owner)
