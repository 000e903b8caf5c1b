/** The templates of `mayfly setup`: what the constructs give, with parameters in place of what a CDK app writes down. */
import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  App,
  Aws,
  BootstraplessSynthesizer,
  CfnCondition,
  type CfnElement,
  CfnOutput,
  CfnParameter,
  type CfnParameterProps,
  Fn,
  type IStackSynthesizer,
  Stack,
  Token,
  Validations,
} from 'aws-cdk-lib'
import { ArnPrincipal, type CfnGroup, type CfnRole, type CfnUser, ManagedPolicy } from 'aws-cdk-lib/aws-iam'
import { MfaGatedUser } from '../src/mfa-gated-user.ts'
import { TemporaryRole } from '../src/temporary-role.ts'

/** Names in a change set that people are to read: without the hashes that keep apart what is not together here. */
class PlainStack extends Stack {
  protected override allocateLogicalId(element: CfnElement): string {
    const names = element.node.path.split('/').slice(1)
    return names.filter((name, index) => name !== 'Resource' && (index > 0 || names.length < 3)).join('')
  }

  text(id: string, props: CfnParameterProps): CfnParameter {
    return new CfnParameter(this, id, { type: 'String', ...props })
  }

  /** What a list parameter holds, or `otherwise` (by default: the property is not there) when it is left empty. */
  listOr(id: string, description: string, otherwise: unknown = Aws.NO_VALUE): unknown {
    const list = new CfnParameter(this, id, { type: 'CommaDelimitedList', default: '', description })
    return this.#given(id, Fn.join('', list.valueAsList), list.valueAsList, otherwise)
  }

  textOr(id: string, description: string, otherwise: unknown = Aws.NO_VALUE): unknown {
    const { valueAsString } = this.text(id, { default: '', description })
    return this.#given(id, valueAsString, valueAsString, otherwise)
  }

  #given(id: string, text: string, value: unknown, otherwise: unknown): unknown {
    const given = new CfnCondition(this, `Has${id}`, { expression: Fn.conditionNot(Fn.conditionEquals(text, '')) })
    return Fn.conditionIf(given.logicalId, value, otherwise)
  }
}

/** The library looks at the empty default and not at the condition around it. */
function acknowledgeEmpty(...resources: readonly CfnElement[]): void {
  for (const resource of resources)
    for (const id of ['F3031', 'W1030'])
      Validations.of(resource).acknowledge({
        id: `CloudFormation-Validate::${id}`,
        reason: 'A parameter that is left empty stands for no property at all',
      })
}

const path = {
  default: '/',
  allowedPattern: '/([!-~]+/)?',
  constraintDescription: 'begins and ends with a slash, as in /people/',
}
const namePattern = (kind: string): CfnParameterProps => ({
  allowedPattern: '[\\w+=,.@-]{1,64}',
  constraintDescription: `is a name as IAM takes it for a ${kind}: 1 to 64 of A-Z a-z 0-9 + = , . @ _ and -`,
})

function userTemplate(stack: PlainStack): void {
  const userName = stack.text('UserName', { description: 'The name of the person', ...namePattern('user') })
  const policies = stack.listOr('ManagedPolicyArns', 'What they may do with MFA, up to ten policies. Default: nothing')
  const boundary = stack.textOr('PermissionsBoundaryArn', 'The most they may ever do. Default: no boundary')
  const { user, group, accessKey, keySecret } = new MfaGatedUser(stack, 'Person', {
    userName: userName.valueAsString,
    path: stack.text('Path', { description: 'The path of the user and their group', ...path }).valueAsString,
    permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', Token.asString(boundary)),
  })
  const cfnGroup = group.node.defaultChild as CfnGroup
  cfnGroup.managedPolicyArns = Token.asList(policies)
  acknowledgeEmpty(cfnGroup, user.node.defaultChild as CfnUser)
  new CfnOutput(stack, 'UserArn', { value: user.userArn })
  if (accessKey) new CfnOutput(stack, 'AccessKeyId', { value: accessKey.accessKeyId })
  if (keySecret) new CfnOutput(stack, 'KeySecretArn', { value: keySecret.secretArn })
}

function roleTemplate(stack: PlainStack): void {
  const roleName = stack.text('RoleName', { description: 'The name of the role', ...namePattern('role') })
  const account = `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:root`
  const trusted = stack.listOr(
    'TrustedPrincipalArns',
    'Who may ask for the role. Default: the users of this account whose own policies allow them to',
    account,
  )
  const policies = stack.listOr('ManagedPolicyArns', 'What the role may do, up to ten policies. Default: nothing')
  const boundary = stack.textOr('PermissionsBoundaryArn', 'The most it may ever do. Default: no boundary')
  const role = new TemporaryRole(stack, 'Role', {
    roleName: roleName.valueAsString,
    trustedPrincipals: [new ArnPrincipal(Token.asString(trusted))],
    path: stack.text('Path', { description: 'The path of the role', ...path }).valueAsString,
    permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', Token.asString(boundary)),
  })
  const cfnRole = role.node.defaultChild as CfnRole
  cfnRole.managedPolicyArns = Token.asList(policies)
  cfnRole.maxSessionDuration = new CfnParameter(stack, 'MaxSessionDuration', {
    type: 'Number',
    default: 3600,
    minValue: 3600,
    maxValue: 43_200,
    description: 'The longest a session may be asked for, in seconds',
  }).valueAsNumber
  acknowledgeEmpty(cfnRole)
  new CfnOutput(stack, 'RoleArn', { value: role.roleArn })
}

function synthesise(description: string, write: (stack: PlainStack) => void): object {
  using outdir = mkdtempDisposableSync(join(tmpdir(), 'mayfly-templates-'))
  const app = new App({ analyticsReporting: false, outdir: outdir.path })
  // A cast, because the library is compiled without exactOptionalPropertyTypes.
  const synthesizer = new BootstraplessSynthesizer() as IStackSynthesizer
  const stack = new PlainStack(app, 'Setup', { description, synthesizer })
  write(stack)
  return app.synth().getStackByName('Setup').template as object
}

/** By the name of their file in src/cli/setup. */
export const setupTemplates = (): Readonly<Record<'user' | 'role', object>> => ({
  user: synthesise('A user whose permanent key is useless without MFA', userTemplate),
  role: synthesise(
    "A role for people who come with MFA. Their session bears their user's name: role_session_name in the profile",
    roleTemplate,
  ),
})
