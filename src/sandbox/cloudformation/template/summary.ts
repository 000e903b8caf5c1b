import type { Template } from './template.ts'

/** What GetTemplateSummary and ValidateTemplate tell of a template, in the members of their answers. */
export interface TemplateSummary {
  readonly Description?: string
  readonly Parameters: readonly {
    readonly ParameterKey: string
    readonly ParameterType: string
    readonly DefaultValue?: string
    readonly NoEcho: boolean
    readonly Description?: string
    readonly ParameterConstraints: { readonly AllowedValues?: readonly string[] }
  }[]
  /** What a caller must acknowledge. */
  readonly Capabilities: readonly ('CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM' | 'CAPABILITY_AUTO_EXPAND')[]
  readonly CapabilitiesReason?: string
  readonly ResourceTypes: readonly string[]
  readonly DeclaredTransforms: readonly string[]
  /** JSON. */
  readonly Metadata?: string
  readonly Version: string
}

/** The types that grant permissions, and the property that names one. (CreateStack, "Capabilities".) */
const granting: Readonly<Record<string, string | undefined>> = {
  'AWS::IAM::AccessKey': undefined,
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::GroupPolicy': undefined,
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Policy': undefined,
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::RolePolicy': undefined,
  'AWS::IAM::User': 'UserName',
  'AWS::IAM::UserPolicy': undefined,
  'AWS::IAM::UserToGroupAddition': undefined,
}

/** What a template asks for and makes. */
export function templateSummary(template: Template): TemplateSummary {
  const resources = Object.values(template.resources)
  const types = (some: typeof resources) => [...new Set(some.map(({ type }) => type))].sort()
  const grants = resources.filter(({ type }) => Object.hasOwn(granting, type))
  const isNamed = grants.some(({ type, properties }) => Object.hasOwn(properties, granting[type] ?? ''))
  const transforms = template.transform ?? []
  return {
    ...(template.description !== undefined && { Description: template.description }),
    Parameters: Object.entries(template.parameters).map(([ParameterKey, declaration]) => ({
      ParameterKey,
      ParameterType: declaration.type,
      ...(declaration.default !== undefined && { DefaultValue: declaration.noEcho ? '****' : declaration.default }),
      NoEcho: declaration.noEcho,
      ...(declaration.description !== undefined && { Description: declaration.description }),
      ParameterConstraints: declaration.allowedValues ? { AllowedValues: declaration.allowedValues } : {},
    })),
    Capabilities: [
      ...(grants.length > 0 ? [isNamed ? ('CAPABILITY_NAMED_IAM' as const) : ('CAPABILITY_IAM' as const)] : []),
      ...(transforms.length > 0 ? ['CAPABILITY_AUTO_EXPAND' as const] : []),
    ],
    ...(grants.length > 0 && {
      CapabilitiesReason: `The following resource(s) require capabilities: [${types(grants).join(', ')}]`,
    }),
    ResourceTypes: types(resources),
    DeclaredTransforms: transforms,
    ...(template.metadata !== undefined && { Metadata: JSON.stringify(template.metadata) }),
    Version: '2010-09-09',
  }
}
