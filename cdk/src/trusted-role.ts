import type { Duration } from 'aws-cdk-lib'
import {
  type IManagedPolicy,
  type PolicyDocument,
  type PolicyStatement,
  PrincipalBase,
  type PrincipalPolicyFragment,
  Role,
} from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { checkManagedPolicies, checkPrincipal, isOpen, openPrincipal } from './check.ts'

/** What every role for temporary credentials may be told, whoever it trusts. */
export interface TrustedRoleProps {
  /** Default: CloudFormation makes one up. People and workloads have to write it down, so a name of yours is kinder. */
  readonly roleName?: string
  /** Default: says what kind of role it is. */
  readonly description?: string
  /** What the role may do. Default: nothing, until you grant it something: `bucket.grantRead(role)`. */
  readonly managedPolicies?: readonly IManagedPolicy[]
  /** More of what the role may do, by name. */
  readonly inlinePolicies?: Readonly<Record<string, PolicyDocument>>
  /** The longest a session may be asked for: 1 to 12 hours. Default: 1 hour. A chained session never gets more than 1. */
  readonly maxSession?: Duration
  /** The most the role may ever do, whatever is granted to it later. */
  readonly permissionsBoundary?: IManagedPolicy
  /** Default: `/`. */
  readonly path?: string
  /** Allows policies that can take off every other limit (AdministratorAccess, IAMFullAccess). Default: they are refused. */
  readonly allowAdministrator?: boolean
}

/**
 * A role whose trust policy is exactly the statements given: the base that TemporaryRole and the roles for workloads
 * share. It is an aws-cdk-lib `Role`, so grants and policies are added as to any other.
 *
 * Refuses, at synth time: a principal with a wildcard, also in a statement that is added later; AdministratorAccess unless it is asked for; and, as every `Role`,
 * names and paths that IAM does not take and sessions that AWS does not give.
 */
export class TrustedRole extends Role {
  constructor(scope: Construct, id: string, trust: readonly PolicyStatement[], props: TrustedRoleProps = {}) {
    const { roleName, description, managedPolicies = [], inlinePolicies, maxSession, permissionsBoundary, path } = props
    super(scope, id, {
      assumedBy: new Trust(trust),
      managedPolicies: [...managedPolicies],
      ...(roleName === undefined ? {} : { roleName }),
      ...(description === undefined ? {} : { description }),
      ...(inlinePolicies === undefined ? {} : { inlinePolicies: { ...inlinePolicies } }),
      ...(maxSession === undefined ? {} : { maxSessionDuration: maxSession }),
      ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
      ...(path === undefined ? {} : { path }),
    })
    checkManagedPolicies(this, managedPolicies, props.allowAdministrator)
    for (const statement of trust) checkPrincipal(this, statement.toStatementJson().Principal)
    this.node.addValidation({ validate: () => this.#trustsEverybody() })
  }

  /** What `assumeRolePolicy` has come to: anybody may add to it until the app is synthesised. */
  #trustsEverybody(): string[] {
    const { Statement = [] } = this.assumeRolePolicy?.toJSON() ?? {}
    const open = [Statement].flat().find(({ Effect, Principal }) => Effect === 'Allow' && isOpen(this, Principal))
    return open === undefined ? [] : [openPrincipal]
  }
}

/** Puts the statements into a role's trust policy as they are; a `Role` of aws-cdk-lib asks its principal for them. */
class Trust extends PrincipalBase {
  readonly #statements: readonly PolicyStatement[]

  constructor(statements: readonly PolicyStatement[]) {
    super()
    this.#statements = statements
  }

  override get policyFragment(): PrincipalPolicyFragment {
    throw new Error('a trust policy is not a principal')
  }

  override addToAssumeRolePolicy(document: PolicyDocument): void {
    document.addStatements(...this.#statements)
  }

  override dedupeString(): undefined {
    return undefined
  }
}
