import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'

/** The one statement of the trust policy of the one role that is written into a stack. */
export function trustOf(write: (stack: Stack) => unknown, stack = new Stack()): Readonly<Record<string, unknown>> {
  write(stack)
  const [role] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role'))
  return role?.Properties.AssumeRolePolicyDocument.Statement[0]
}
