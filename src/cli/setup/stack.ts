import type { CloudFormationClient, Stack } from '@aws-sdk/client-cloudformation'
import { refusal } from './refusal.ts'

/** The stack of that name, or undefined when there is none. Rejects with a `Failure` with AWS's reason. */
export async function stackNamed(client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  const { DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation')
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }))
    return Stacks[0]
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined
    throw refusal(`The stack ${name} cannot be looked at`, error)
  }
}

/** The stack's parameters as they were given last. */
export const parametersOf = (stack: Stack | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries((stack?.Parameters ?? []).map((one) => [one.ParameterKey ?? '', one.ParameterValue ?? '']))

/** The stack's outputs. */
export const outputsOf = (stack: Stack | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries((stack?.Outputs ?? []).map((one) => [one.OutputKey ?? '', one.OutputValue ?? '']))
