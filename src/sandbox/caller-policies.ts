import { type Cloud, type Entity, keyOf, type PolicyText } from './cloud.ts'
import type { PolicyTexts } from './policy-cache.ts'
import type { Caller } from './service.ts'

/** The policies that bind a caller, as they stand now. A boundary that is set but gone allows nothing. */
export function callerPolicies(cloud: Cloud, caller: Caller): PolicyTexts {
  const { session } = caller
  const account = cloud.accounts.get(caller.accountId)
  const own = ownPolicies(cloud, caller)
  return {
    ...own,
    // A federated user without a session policy may do nothing; a role's session without one, all its role may.
    ...(session?.policies ? { session: session.policies } : {}),
    ...(session?.kind === 'federated-user' && !session.policies ? { session: [] } : {}),
    ...(account?.scp ? { scp: account.scp } : {}),
  }
}

function ownPolicies(cloud: Cloud, caller: Caller): Pick<PolicyTexts, 'identity' | 'boundary'> {
  const { session } = caller
  if (caller.kind === 'assumed-role' && session) {
    const role = cloud.roles.get(keyOf(caller.accountId, session.issuer.name))
    // A role made anew under the name is another role: sessions of the old one are not its own.
    return role?.id === session.issuer.id
      ? { identity: attachedTo(cloud, role), ...boundaryOf(cloud, role.boundary) }
      : { identity: [] }
  }
  // What the account's root federates may do all that its session policy allows.
  if (caller.userName === undefined) return caller.kind === 'federated-user' ? { identity: [everything] } : {}
  const user = cloud.users.get(keyOf(caller.accountId, caller.userName))
  if (user === undefined || (session && user.id !== session.issuer.id)) return { identity: [] }
  const groups = user.groups.flatMap((name) => cloud.groups.get(keyOf(caller.accountId, name)) ?? [])
  const identity = [user, ...groups].flatMap((entity) => attachedTo(cloud, entity))
  return { identity, ...boundaryOf(cloud, user.boundary) }
}

const everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'

const attachedTo = (cloud: Cloud, entity: Entity): PolicyText[] => [
  ...Object.values(entity.inline),
  ...entity.attached.flatMap((arn) => managedText(cloud, arn) ?? []),
]

const boundaryOf = (cloud: Cloud, arn: string | undefined): Pick<PolicyTexts, 'boundary'> => {
  if (arn === undefined) return {}
  const text = managedText(cloud, arn)
  return { boundary: text === undefined ? [] : [text] }
}

/** The document of a managed policy's default version. */
export function managedText(cloud: Cloud, arn: string): PolicyText | undefined {
  const policy = cloud.policies.get(arn)
  return policy?.versions.find(({ id }) => id === policy.defaultVersion)?.document
}
