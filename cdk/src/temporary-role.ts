import type { Duration } from 'aws-cdk-lib'
import { AccountRootPrincipal, type Conditions, Effect, type IPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { checkSeconds } from './check.ts'
import { Refusal } from './refusal.ts'
import { TrustedRole, type TrustedRoleProps } from './trusted-role.ts'

export interface TemporaryRoleProps extends TrustedRoleProps {
  /** Who may ask for the role. Default: the users of this account whose own policies allow them to. */
  readonly trustedPrincipals?: readonly IPrincipal[]
  /** Only sessions that came with MFA get the role. Default: true. */
  readonly requireMfa?: boolean
  /** How long ago the MFA code may have been given. Default: any time in the session that asks. */
  readonly maximumMfaAge?: Duration
  /**
   * How CloudTrail knows who it was. `session-name`: the session bears the user's name (`role_session_name` in the
   * profile). `source-identity`: so does the source identity, which chained roles keep (`source_identity`). `anything`:
   * whatever the caller says. Default: `session-name` with MFA, which only users have; `anything` without.
   */
  readonly namedBy?: 'session-name' | 'source-identity' | 'anything'
  /** What a third party that acts for many customers has to say, so that no other customer can make it act here. */
  readonly externalId?: string
}

const userName = '$' + '{aws:username}'

/**
 * A role for people: MFA in its trust, a session with an end, and the user's own name in CloudTrail.
 *
 * Refuses, at synth time, a principal with a wildcard, a service or provider, which nobody could come as, and to do
 * without MFA where a leaked key would then be enough;
 * and what TrustedRole refuses.
 *
 * @example new TemporaryRole(this, 'Reader', { roleName: 'reader', maximumMfaAge: Duration.hours(1) })
 */
export class TemporaryRole extends TrustedRole {
  constructor(scope: Construct, id: string, props: TemporaryRoleProps = {}) {
    const { requireMfa = true, externalId, trustedPrincipals = [new AccountRootPrincipal()] } = props
    const { namedBy = requireMfa ? 'session-name' : 'anything' } = props
    if (trustedPrincipals.length === 0)
      throw new Refusal(scope, 'trustedPrincipals is empty: nobody could get this role.')
    const other = trustedPrincipals.flatMap(({ policyFragment }) => Object.keys(policyFragment.principalJson))
    if (other.some((kind) => kind !== 'AWS' && kind !== 'LiteralString'))
      throw new Refusal(
        scope,
        'this role is for people, and a service or an identity provider is none: it comes without MFA and without the ' +
          'name of a user. A workload gets a role of its own kind (GitHubActionsRole, OidcRole, SamlRole, ' +
          'RolesAnywhereRole, IotRole), a service a Role of aws-cdk-lib.',
      )
    const statement = new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['sts:AssumeRole', ...(namedBy === 'source-identity' ? ['sts:SetSourceIdentity'] : [])],
      principals: [...trustedPrincipals],
      conditions: conditionsOf({ ...props, requireMfa, namedBy }),
    })
    super(scope, id, [statement], { description: 'A role for people', ...props })
    checkSeconds(this, 'maximumMfaAge', props.maximumMfaAge, 60, 129_600)
    if (!requireMfa && props.maximumMfaAge !== undefined)
      throw new Refusal(this, 'maximumMfaAge says how old MFA may be, and requireMfa: false does without.')
    if (!requireMfa && namedBy !== 'anything')
      throw new Refusal(
        this,
        `namedBy: '${namedBy}' takes the name of a user, and users have MFA: leave requireMfa as it is.`,
      )
    if (!requireMfa && externalId === undefined)
      throw new Refusal(
        this,
        'without MFA a leaked key of whoever is trusted is enough. For people leave requireMfa as it is; a third party ' +
          'gets an externalId; a workload gets a role of its own kind (OidcRole, RolesAnywhereRole, IotRole).',
      )
    if (externalId !== undefined && !/^[\w+=,.@:/-]{2,1224}$/.test(externalId))
      throw new Refusal(this, `externalId has 2 to 1224 of A-Z a-z 0-9 + = , . @ : / _ and -.`)
  }
}

function conditionsOf(props: TemporaryRoleProps): Conditions {
  const { requireMfa, maximumMfaAge, namedBy, externalId } = props
  return {
    ...(requireMfa ? { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } : {}),
    ...(maximumMfaAge ? { NumericLessThan: { 'aws:MultiFactorAuthAge': `${maximumMfaAge.toSeconds()}` } } : {}),
    ...(namedBy === 'session-name' ? { StringLike: { 'sts:RoleSessionName': userName } } : {}),
    ...(namedBy === 'source-identity' ? { StringLike: { 'sts:SourceIdentity': userName } } : {}),
    ...(externalId === undefined ? {} : { StringEquals: { 'sts:ExternalId': externalId } }),
  }
}
