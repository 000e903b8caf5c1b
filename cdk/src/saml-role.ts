import { Aws, CfnMapping, Stack, Token } from 'aws-cdk-lib'
import { CfnSAMLProvider, Effect, FederatedPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { RegionInfo } from 'aws-cdk-lib/region-info'
import type { Construct } from 'constructs'
import { checkExact, conditionValue, exactly, type OneOrMore } from './exact.ts'
import { Refusal } from './refusal.ts'
import { TrustedRole, type TrustedRoleProps } from './trusted-role.ts'

export interface SamlRoleProps extends TrustedRoleProps {
  /** The metadata document of the identity provider, of which the stack makes a SAML provider. Or `providerArn`. */
  readonly metadata?: string
  /** The SAML provider the account has. Or `metadata`. */
  readonly providerArn?: string
  /** Where the assertions must be addressed to. Default: the sign-in page of the partition, `https://signin.aws.amazon.com/saml`. */
  readonly audience?: OneOrMore
  /** More that the assertions must say, by condition key: `{ 'SAML:sub_type': 'persistent' }`. Default: nothing. */
  readonly claims?: Readonly<Record<`${'saml' | 'SAML'}:${string}`, OneOrMore>>
  /** Allows the assertion to tag the session with what it says of the person. Default: false. */
  readonly sessionTags?: boolean
  /** Allows the assertion to set the source identity, which chained roles keep. Default: false. */
  readonly sourceIdentity?: boolean
}

const signInPages = {
  aws: { saml: 'https://signin.aws.amazon.com/saml' },
  'aws-cn': { saml: 'https://signin.amazonaws.cn/saml' },
  'aws-us-gov': { saml: 'https://signin.amazonaws-us-gov.com/saml' },
}

/**
 * A role for people who sign in with a SAML identity provider: who gets it is said in the assertion, for how long by
 * `maxSession` and the assertion's SessionDuration, the shorter of both.
 *
 * Refuses, at synth time, no provider or two, a document that is no metadata, and an audience that is not AWS's sign-in
 * page; and what TrustedRole refuses.
 *
 * @example
 * new SamlRole(this, 'Developer', {
 *   roleName: 'developer',
 *   metadata: readFileSync('metadata.xml', 'utf8'),
 *   maxSession: Duration.hours(8),
 * })
 */
export class SamlRole extends TrustedRole {
  readonly providerArn: string

  constructor(scope: Construct, id: string, props: SamlRoleProps) {
    const { metadata, claims = {}, sessionTags, sourceIdentity } = props
    checkProps(scope, props)
    const providerArn =
      props.providerArn ?? new CfnSAMLProvider(scope, `${id}Provider`, { samlMetadataDocument: metadata ?? '' }).attrArn
    const audience = props.audience ?? signInPage(scope)
    const statement = new PolicyStatement({
      effect: Effect.ALLOW,
      actions: [
        'sts:AssumeRoleWithSAML',
        ...(sessionTags ? ['sts:TagSession'] : []),
        ...(sourceIdentity ? ['sts:SetSourceIdentity'] : []),
      ],
      principals: [new FederatedPrincipal(providerArn)],
      conditions: { StringEquals: { 'SAML:aud': conditionValue(audience), ...exactly(claims) } },
    })
    super(scope, id, [statement], { description: 'A role for people who sign in with SAML', ...props })
    this.providerArn = providerArn
  }
}

/** The sign-in page of the partition; where that is known at deployment only, it is looked up then. */
function signInPage(scope: Construct): string {
  const stack = Stack.of(scope)
  if (!Token.isUnresolved(stack.region)) {
    const partition = RegionInfo.get(stack.region).partition ?? 'aws'
    const known = Object.entries(signInPages).find(([name]) => name === partition)
    if (known) return known[1].saml
    throw new Refusal(scope, `no sign-in page is known for ${stack.region}, in the partition ${partition}.`)
  }
  const found = stack.node.tryFindChild('SignInPages')
  const pages = found instanceof CfnMapping ? found : new CfnMapping(stack, 'SignInPages', { mapping: signInPages })
  return pages.findInMap(Aws.PARTITION, 'saml')
}

function checkProps(scope: Construct, { metadata, providerArn, audience, claims = {} }: SamlRoleProps): void {
  if ((metadata === undefined) === (providerArn === undefined))
    throw new Refusal(scope, 'a SAML provider is made of metadata, or given by providerArn: say one of them.')
  if (metadata !== undefined && !Token.isUnresolved(metadata) && !/<(?:\w+:)?EntityDescriptor[\s>]/.test(metadata))
    throw new Refusal(scope, 'metadata has no EntityDescriptor in it: give the XML itself, not the name of a file.')
  if (metadata !== undefined && !Token.isUnresolved(metadata) && metadata.length < 1000)
    throw new Refusal(
      scope,
      `metadata has ${metadata.length} characters; IAM takes 1000 or more, with a certificate in it.`,
    )
  if (
    providerArn !== undefined &&
    !Token.isUnresolved(providerArn) &&
    !/^arn:[\w-]+:iam::\d{12}:saml-provider\/[\w._-]+$/.test(providerArn)
  )
    throw new Refusal(scope, `providerArn is ${JSON.stringify(providerArn)}, which is no ARN of a SAML provider.`)
  if (audience !== undefined) {
    checkExact(scope, 'audience', audience)
    const page = /^https:\/\/(?:[a-z0-9-]+\.)?signin\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)\/saml$/
    for (const one of [audience].flat())
      if (!page.test(one))
        throw new Refusal(
          scope,
          `audience is ${JSON.stringify(one)}, and an assertion for anywhere but AWS's sign-in page was made for ` +
            'somebody else: https://signin.aws.amazon.com/saml, or that of a region.',
        )
  }
  for (const [key, values] of Object.entries(claims)) {
    if (!/^saml:/i.test(key) || /^saml:aud$/i.test(key))
      throw new Refusal(scope, `claims has ${key}: it takes the condition keys of SAML, and saml:aud as audience.`)
    checkExact(scope, key, values)
  }
}
