import { Duration, Lazy, Names, Token } from 'aws-cdk-lib'
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnProfile, CfnTrustAnchor } from 'aws-cdk-lib/aws-rolesanywhere'
import type { Construct } from 'constructs'
import { checkExact, exactly, type OneOrMore } from './exact.ts'
import { Refusal } from './refusal.ts'
import { TrustedRole, type TrustedRoleProps } from './trusted-role.ts'

/** Which certificates, by what stands in them. All that is said must fit. */
export interface CertificateConditions {
  readonly commonName?: OneOrMore
  readonly organizationalUnit?: OneOrMore
  readonly organization?: OneOrMore
  /** The first DNS name of its alternative names. */
  readonly dnsName?: OneOrMore
  /** The first URI of its alternative names: `spiffe://example.com/web`. */
  readonly uri?: OneOrMore
  /** Who issued it, where the authority of the anchor has others below it. Says nothing about whose certificate it is. */
  readonly issuerCommonName?: OneOrMore
}

export interface RolesAnywhereRoleProps extends TrustedRoleProps {
  /** Whose certificates are believed: an authority's certificate in PEM, an AWS Private CA, or an anchor the account has. */
  readonly trustAnchor:
    | { readonly certificate: string }
    | { readonly privateCaArn: string }
    | { readonly trustAnchorArn: string }
  /** Which of its certificates get the role. */
  readonly certificate?: CertificateConditions
  /** Allows every certificate the authority ever issues. Default: refused. */
  readonly allowAnyCertificate?: boolean
  /** A profile the account has, whose roles must name this one. Default: the stack makes a profile for this role. */
  readonly profileArn?: string
}

const tags = {
  commonName: 'x509Subject/CN',
  organizationalUnit: 'x509Subject/OU',
  organization: 'x509Subject/O',
  dnsName: 'x509SAN/DNS',
  uri: 'x509SAN/URI',
  issuerCommonName: 'x509Issuer/CN',
} as const satisfies Record<keyof CertificateConditions, string>

/**
 * A role for servers that have a certificate, through IAM Roles Anywhere: with a trust anchor and a profile, a trust in
 * which the anchor is pinned, and only the certificates you name.
 *
 * Refuses, at synth time, no condition on whose certificate it is (unless that is asked for), wildcards, and a
 * certificate that is no PEM; and what TrustedRole refuses.
 *
 * @example
 * new RolesAnywhereRole(this, 'Web', {
 *   trustAnchor: { certificate: readFileSync('authority.pem', 'utf8') },
 *   certificate: { commonName: ['web-1', 'web-2'], organization: 'Example' },
 * })
 */
export class RolesAnywhereRole extends TrustedRole {
  readonly trustAnchorArn: string
  readonly profileArn: string

  constructor(scope: Construct, id: string, props: RolesAnywhereRoleProps) {
    const { certificate = {}, maxSession = Duration.hours(1) } = props
    checkProps(scope, props)
    const trustAnchorArn = anchorOf(scope, id, props)
    const said = Object.entries(tags).flatMap(([part, tag]) => {
      const value = certificate[part as keyof typeof tags]
      return value === undefined ? [] : [[`aws:PrincipalTag/${tag}`, value] as const]
    })
    const statement = new PolicyStatement({
      effect: Effect.ALLOW,
      // The session is tagged with what the certificate says, and its source identity set: all three are needed.
      actions: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      principals: [new ServicePrincipal('rolesanywhere.amazonaws.com')],
      conditions: {
        ArnEquals: { 'aws:SourceArn': trustAnchorArn },
        ...(said.length > 0 && { StringEquals: exactly(Object.fromEntries(said)) }),
      },
    })
    super(scope, id, [statement], { description: 'A role for servers that have a certificate', ...props })
    this.trustAnchorArn = trustAnchorArn
    this.profileArn =
      props.profileArn ??
      new CfnProfile(this, 'Profile', {
        name: nameOf(this),
        enabled: true,
        roleArns: [this.roleArn],
        durationSeconds: maxSession.toSeconds(),
      }).attrProfileArn
  }
}

const nameOf = (scope: Construct): string => Names.uniqueResourceName(scope, { maxLength: 100, separator: '-' })

function anchorOf(scope: Construct, id: string, { trustAnchor }: RolesAnywhereRoleProps): string {
  if ('trustAnchorArn' in trustAnchor) return trustAnchor.trustAnchorArn
  const source =
    'certificate' in trustAnchor
      ? { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: trustAnchor.certificate } }
      : { sourceType: 'AWS_ACM_PCA', sourceData: { acmPcaArn: trustAnchor.privateCaArn } }
  const name = Lazy.string({ produce: () => nameOf(anchor) })
  const anchor = new CfnTrustAnchor(scope, `${id}TrustAnchor`, { name, enabled: true, source })
  return anchor.attrTrustAnchorArn
}

function checkProps(
  scope: Construct,
  { trustAnchor, certificate = {}, allowAnyCertificate }: RolesAnywhereRoleProps,
): void {
  for (const [part, values] of Object.entries(certificate)) if (values !== undefined) checkExact(scope, part, values)
  // Of one's own authority every certificate names the same organization.
  const { issuerCommonName: _, organization: __, ...whose } = certificate
  const named = Object.values(whose).some((value) => value !== undefined)
  if (!named && !allowAnyCertificate)
    throw new Refusal(
      scope,
      'certificate does not say whose it must be: every certificate the authority ever issues would get this role, that ' +
        'of a printer too. Name a commonName, dnsName or uri, or say allowAnyCertificate: true.',
    )
  if (named && allowAnyCertificate)
    throw new Refusal(scope, 'allowAnyCertificate is said, and certificate names some: leave one of them out.')
  if ('certificate' in trustAnchor) {
    const { certificate: pem } = trustAnchor
    if (Token.isUnresolved(pem)) return
    if (!pem.includes('-----BEGIN CERTIFICATE-----'))
      throw new Refusal(
        scope,
        'the certificate of trustAnchor is no PEM: give the text itself, not the name of a file.',
      )
    if (pem.includes('PRIVATE KEY'))
      throw new Refusal(
        scope,
        'trustAnchor has a private key in it, which would stand in the template for all to read.',
      )
  }
  const pinned = 'trustAnchorArn' in trustAnchor ? trustAnchor.trustAnchorArn : undefined
  if (
    pinned !== undefined &&
    !Token.isUnresolved(pinned) &&
    !/^arn:[\w-]+:rolesanywhere:[\w-]+:\d{12}:trust-anchor\/[\w-]+$/.test(pinned)
  )
    throw new Refusal(scope, `trustAnchorArn is ${JSON.stringify(pinned)}, which is no ARN of one trust anchor.`)
}
