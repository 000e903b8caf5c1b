import { parsePolicy } from '../../policy/index.ts'
import { Fault } from '../fault.ts'
import { checkPrincipals } from '../iam/principals.ts'
import { isPublicPolicy } from '../s3/public-policy.ts'
import { type Call, operation } from '../service.ts'
import { flag } from '../shape.ts'
import { malformedPolicy } from './faults.ts'
import * as members from './members.ts'
import { find, findAny, needs, put } from './secrets.ts'

/** What is wrong with a policy for a secret; undefined when nothing is. */
function faultIn(text: string, call: Call): string | undefined {
  const parsed = parsePolicy(text, 'resource')
  if (!parsed.ok) {
    const [fault] = parsed.faults
    return fault ? `This resource policy contains a syntax error. ${fault.path}: ${fault.problem}` : 'Syntax error.'
  }
  try {
    checkPrincipals(parsed.document, call.cloud)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return 'This resource policy contains an unsupported principal.'
  }
  return undefined
}

export const resourcePolicies = {
  PutResourcePolicy: operation({
    input: { SecretId: members.secretId, ResourcePolicy: members.policy, BlockPublicPolicy: flag() },
    needs: (input, call) =>
      needs(call, 'PutResourcePolicy', input.SecretId, {
        'secretsmanager:BlockPublicPolicy': String(input.BlockPublicPolicy ?? false),
      }),
    perform: (input, call) => {
      const secret = find(call, input.SecretId)
      const fault = faultIn(input.ResourcePolicy, call)
      if (fault !== undefined) throw malformedPolicy(fault)
      if (input.BlockPublicPolicy && isPublicPolicy(input.ResourcePolicy))
        throw new Fault(
          'PublicPolicyException',
          400,
          'You must specify a resource policy that does not allow broad access to the secret.',
        )
      put(call, { ...secret, policy: input.ResourcePolicy })
      return { ARN: secret.arn, Name: secret.name }
    },
  }),
  GetResourcePolicy: operation({
    input: { SecretId: members.secretId },
    needs: (input, call) => needs(call, 'GetResourcePolicy', input.SecretId),
    perform: (input, call) => {
      const { arn, name, policy } = findAny(call, input.SecretId)
      return { ARN: arn, Name: name, ...(policy === undefined ? {} : { ResourcePolicy: policy }) }
    },
  }),
  DeleteResourcePolicy: operation({
    input: { SecretId: members.secretId },
    needs: (input, call) => needs(call, 'DeleteResourcePolicy', input.SecretId),
    perform: (input, call) => {
      const { policy: _, ...secret } = find(call, input.SecretId)
      put(call, secret)
      return { ARN: secret.arn, Name: secret.name }
    },
  }),
  ValidateResourcePolicy: operation({
    input: { SecretId: members.optionalId, ResourcePolicy: members.policy },
    readOnly: true,
    needs: (input, call) =>
      input.SecretId === undefined
        ? { action: 'secretsmanager:ValidateResourcePolicy', resource: '*' }
        : needs(call, 'ValidateResourcePolicy', input.SecretId),
    perform: (input, call) => {
      const fault = faultIn(input.ResourcePolicy, call)
      const errors = fault === undefined ? [] : [{ CheckName: 'POLICY_SYNTAX', ErrorMessage: fault }]
      if (fault === undefined && isPublicPolicy(input.ResourcePolicy))
        errors.push({
          CheckName: 'PUBLIC_ACCESS',
          ErrorMessage: 'The resource policy allows broad access to the secret.',
        })
      return { PolicyValidationPassed: errors.length === 0, ValidationErrors: errors }
    },
  }),
}
