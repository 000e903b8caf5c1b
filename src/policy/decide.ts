import type { Caller } from './caller.ts'
import type { CompiledPolicies, Group } from './compile.ts'
import { type Ask, covers } from './compile-statement.ts'
import type { Naming } from './grant.ts'
import type { PolicyType, StatementRef, Verdict } from './question.ts'

const freely: Verdict = { outcome: 'allowed', deciding: [] }

/**
 * The verdict on one question, in AWS's order: any Deny that matches, then every type that has to allow.
 * See "Policy evaluation logic" and "Cross-account policy evaluation logic" in the IAM User Guide.
 */
export function decide(policies: CompiledPolicies, ask: Ask, resourceAccount: string | undefined): Verdict {
  const { action, caller } = ask
  if (action === 'sts:getcalleridentity') return freely
  const denied = findDenies(policies, ask)
  if (denied !== undefined) return { outcome: 'explicitly-denied', deciding: denied }
  if (action === 'sts:getsessiontoken') return freely

  const allows: StatementRef[] = []
  const silent = firstSilent(policies, ask, resourceAccount === undefined || resourceAccount === caller.account, allows)
  return silent === undefined
    ? { outcome: 'allowed', deciding: allows }
    : { outcome: 'implicitly-denied', deciding: [], silent }
}

/** The first type that had to allow and did not; the statements that do allow are added to `allows`. */
function firstSilent(
  policies: CompiledPolicies,
  ask: Ask,
  sameAccount: boolean,
  allows: StatementRef[],
): PolicyType | undefined {
  const { caller } = ask
  const { identity, resource, boundary, session, endpoint, scp, rcp } = policies
  const lacks = (group: Group) => !collectAllows(group, ask, allows)

  if (rcp !== undefined && binds('rcp', caller) && rcp.some(lacks)) return 'rcp'
  if (scp !== undefined && binds('scp', caller) && scp.some(lacks)) return 'scp'
  if (endpoint !== undefined && lacks(endpoint)) return 'endpoint'

  const naming = resource === undefined ? 'none' : collectGrants(resource, ask, allows)
  const mustBeNamed = caller.account === undefined || !sameAccount || (resource !== undefined && isKeptByItsPolicy(ask))
  if (naming === 'none' && mustBeNamed) return 'resource'
  if (caller.account === undefined) return undefined
  // A grant to the caller itself stands alone within the account: no boundary or session policy has to repeat it.
  if (naming === 'direct' && sameAccount) return undefined

  const identityAllows = caller.kind === 'root' || (identity !== undefined && !lacks(identity))
  if (!identityAllows && !(naming === 'role' && sameAccount)) return 'identity'
  if (boundary !== undefined && caller.kind !== 'root' && lacks(boundary)) return 'boundary'
  // GetFederationToken without a policy gives a session that can do nothing.
  if (session === undefined ? caller.kind === 'federated-user' : lacks(session)) return 'session'
  return undefined
}

/** Roles and KMS keys answer to their own policy alone: unless it names the caller or their account, nothing does. */
function isKeptByItsPolicy({ action, resource }: Ask): boolean {
  return action.startsWith('kms:') || isTrustQuestion(action, resource)
}

/** Whether the policy on the resource is a role's trust policy. `action` in lower case. */
export function isTrustQuestion(action: string, resource: string): boolean {
  const assuming =
    action.startsWith('sts:assumerole') ||
    action === 'sts:tagsession' ||
    action === 'sts:setsourceidentity' ||
    action === 'sts:setcontext'
  return assuming && /^arn:[^:]+:iam::[^:]*:role\//.test(resource)
}

function collectAllows(group: Group, ask: Ask, allows: StatementRef[]): boolean {
  const before = allows.length
  for (const statement of group.allows)
    if (covers(statement, ask) && statement.naming(ask.caller) !== 'none') allows.push(statement.ref)
  return allows.length > before
}

const strength: Readonly<Record<Naming, number>> = { none: 0, account: 1, role: 2, direct: 3 }

function collectGrants(group: Group, ask: Ask, allows: StatementRef[]): Naming {
  let best: Naming = 'none'
  for (const statement of group.allows) {
    const naming = statement.naming(ask.caller)
    if (naming === 'none' || !covers(statement, ask)) continue
    allows.push(statement.ref)
    if (strength[naming] > strength[best]) best = naming
  }
  return best
}

function findDenies(policies: CompiledPolicies, ask: Ask): StatementRef[] | undefined {
  const { caller } = ask
  const { identity, resource, boundary, session, endpoint, scp, rcp } = policies
  let found: StatementRef[] | undefined
  const look = (group: Group | undefined) => {
    if (group === undefined) return
    for (const statement of group.denies) {
      if (!covers(statement, ask) || statement.naming(caller) === 'none') continue
      found ??= []
      found.push(statement.ref)
    }
  }
  if (binds('identity', caller)) {
    look(identity)
    look(boundary)
    look(session)
  }
  look(resource)
  if (scp !== undefined && binds('scp', caller)) scp.forEach(look)
  if (rcp !== undefined && binds('rcp', caller)) rcp.forEach(look)
  look(endpoint)
  return found
}

/** Whether policies of a type bear on this caller at all. */
export function binds(type: PolicyType, { account, isServiceLinked }: Caller): boolean {
  switch (type) {
    case 'resource':
    case 'endpoint':
      return true
    case 'rcp':
      return !isServiceLinked
    case 'scp':
      return account !== undefined && !isServiceLinked
    default:
      return account !== undefined
  }
}
