import { Stack, Token } from 'aws-cdk-lib'
import { CfnOIDCProvider, Effect, FederatedPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { checkExact, conditionValue, exactly, type OneOrMore } from './exact.ts'
import { Refusal } from './refusal.ts'
import { TrustedRole, type TrustedRoleProps } from './trusted-role.ts'

export interface OidcRoleProps extends TrustedRoleProps {
  /** Who signs the tokens, as in their `iss`: an https URL without a trailing slash. */
  readonly issuer: string
  /** Who the tokens are for, exactly: their `aud` (or `azp`, where they have one). */
  readonly audience: string
  /** Whose tokens get the role, exactly: their `sub`. */
  readonly subjects: OneOrMore
  /** More that the tokens must say, by claim. AWS looks at few claims of an issuer; others never match. Default: nothing. */
  readonly claims?: Readonly<Record<string, OneOrMore>>
  /**
   * The provider the account has for this issuer; an account can have only one. Default: the stack makes it, once for
   * all its roles of the same issuer.
   */
  readonly providerArn?: string
}

/**
 * A role for whoever bears a token of an OpenID Connect issuer: a pod, a pipeline, a workload in another cloud. Issuer,
 * audience and subject are all compared as they are written.
 *
 * Refuses, at synth time, an issuer that is not https, no audience or no subject, and wildcards in any of them; and what
 * TrustedRole refuses.
 *
 * @example
 * // The service account `app` in the namespace `shop` of a Kubernetes cluster.
 * new OidcRole(this, 'Pod', {
 *   issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE',
 *   audience: 'sts.amazonaws.com',
 *   subjects: 'system:serviceaccount:shop:app',
 * })
 *
 * @example
 * // The main branch of a GitLab project, whose jobs ask for `id_tokens` with this `aud`.
 * new OidcRole(this, 'Pipeline', {
 *   issuer: 'https://gitlab.com',
 *   audience: 'https://gitlab.com',
 *   subjects: 'project_path:shop/app:ref_type:branch:ref:main',
 * })
 */
export class OidcRole extends TrustedRole {
  readonly providerArn: string

  constructor(scope: Construct, id: string, props: OidcRoleProps) {
    const { issuer, audience, subjects, claims = {} } = props
    checkProps(scope, props)
    const providerArn = props.providerArn ?? providerOf(scope, issuer, audience)
    const name = nameOf(issuer)
    const said = Object.entries(claims).map(([claim, value]) => [`${name}:${claim}`, value] as const)
    const conditions = {
      StringEquals: {
        [`${name}:aud`]: audience,
        [`${name}:sub`]: conditionValue(subjects),
        ...exactly(Object.fromEntries(said)),
      },
    }
    const statement = new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['sts:AssumeRoleWithWebIdentity'],
      principals: [new FederatedPrincipal(providerArn)],
      conditions,
    })
    super(scope, id, [statement], { description: `A role for tokens of ${name}`, ...props })
    this.providerArn = providerArn
  }
}

/** How policies and ARNs call an issuer. */
const nameOf = (issuer: string): string => issuer.replace(/^https:\/\//, '')

/** The stack's provider for an issuer, which takes tokens for this audience too. */
function providerOf(scope: Construct, issuer: string, audience: string): string {
  const stack = Stack.of(scope)
  const id = `OidcProvider-${nameOf(issuer).replaceAll('/', '-')}`
  const found = stack.node.tryFindChild(id)
  const provider = found instanceof CfnOIDCProvider ? found : new CfnOIDCProvider(stack, id, { url: issuer })
  provider.clientIdList = [...new Set([...(provider.clientIdList ?? []), audience])]
  return provider.attrArn
}

function checkProps(scope: Construct, { issuer, audience, subjects, claims = {}, providerArn }: OidcRoleProps): void {
  if (Token.isUnresolved(issuer))
    throw new Refusal(
      scope,
      'issuer is known at deployment only, and it is part of the names of the conditions: write it out.',
    )
  if (!/^https:\/\/[a-z0-9.-]+(?:\/[\w.~-]+)*$/.test(issuer))
    throw new Refusal(
      scope,
      `issuer is ${JSON.stringify(issuer)}; AWS takes an https URL, in small letters up to the path, without port, query ` +
        'or trailing slash, as it stands in the tokens.',
    )
  if (typeof audience !== 'string') throw new Refusal(scope, 'audience is one text.')
  checkExact(scope, 'audience', audience)
  checkExact(scope, 'subjects', subjects)
  for (const [claim, values] of Object.entries(claims)) {
    if (['aud', 'sub'].includes(claim)) throw new Refusal(scope, `the claim ${claim} has an option of its own.`)
    checkExact(scope, `the claim ${claim}`, values)
  }
  if (providerArn === undefined || Token.isUnresolved(providerArn)) return
  if (!providerArn.endsWith(`:oidc-provider/${nameOf(issuer)}`))
    throw new Refusal(
      scope,
      `providerArn is ${providerArn}, which is not the provider of ${issuer}: no token would fit.`,
    )
}
