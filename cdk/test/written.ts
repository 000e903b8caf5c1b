import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { account } from '../../src/sandbox/stage.test.ts'

/** What a stack of the sandbox's account says of a resource, its partition filled in. */
export function written(write: (stack: Stack) => unknown, type: string) {
  const stack = new Stack(new App(), 'Stack', { env: { account, region: 'us-east-1' } })
  write(stack)
  const [found] = Object.values(Template.fromStack(stack).findResources(type))
  const text = JSON.stringify(found?.Properties, (_, value) =>
    value?.['Fn::Join'] ? joined(value['Fn::Join']) : value,
  )
  return JSON.parse(text)
}

const joined = ([between, parts]: readonly [string, readonly unknown[]]): string =>
  parts.map((part) => (typeof part === 'string' ? part : 'aws')).join(between)

/** The trust policy of the one role in it. */
export const trustIn = (write: (stack: Stack) => unknown): string =>
  JSON.stringify(written(write, 'AWS::IAM::Role').AssumeRolePolicyDocument)
