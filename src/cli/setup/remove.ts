import type { Stack } from '@aws-sdk/client-cloudformation'
import { editFile } from '../../host/files.ts'
import type { NodeHost } from '../../host/node-host.ts'
import { Failure } from '../../model/failure.ts'
import { diff } from '../../profiles/diff.ts'
import { removeSection } from '../../profiles/edit.ts'
import { profilePaths } from '../../profiles/locate.ts'
import { parseSections } from '../../profiles/parse.ts'
import { forgetKey } from '../../sources/stored-keys.ts'
import type { Cli } from '../cli.ts'
import { hostOptions, type SessionOptions } from '../options.ts'
import { printable, table } from '../output.ts'
import { type Administrator, administrator } from './administrator.ts'
import { type Belonging, belongingsOf } from './belongings.ts'
import { deleteStack } from './deploy.ts'
import { assertName, assertNoQuestion, stackNameFor } from './options.ts'
import { refusal } from './refusal.ts'
import { setupEdit } from './save-profile.ts'
import { outputsOf, parametersOf, stackNamed } from './stack.ts'

export interface RemoveOptions extends SessionOptions {
  readonly profile?: string
  readonly region?: string
  readonly stackName?: string
  readonly yes?: boolean
}

/**
 * Takes back what `setup user` or `setup role` made, at AWS and here. What would keep IAM from deleting a user, their
 * devices and further keys, goes first: `aws cloudformation delete-stack` alone fails on them.
 */
export async function removeSetup(cli: Cli, name: string, options: RemoveOptions): Promise<void> {
  assertNoQuestion(options)
  assertName('user', name)
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation')
  const host = await cli.host(hostOptions(options))
  const by = await administrator(cli, host, options)
  const client = new CloudFormationClient(by.clientOf('cloudformation'))
  const names = options.stackName
    ? [options.stackName]
    : (['user', 'role'] as const).map((kind) => stackNameFor(kind, name, undefined))
  const { stack, stackName, stackId } = await theStack(name, names, (one) => stackNamed(client, one))
  const outputs = outputsOf(stack)
  const belongings = await belongingsOf(by, parametersOf(stack).UserName, outputs.AccessKeyId)
  const isQuiet = options.json === true
  if (!isQuiet) cli.say(printable(await plan(by, stackName, belongings)))
  const text = `Remove ${name} for good?`
  if (!options.yes && !/^y(es)?$/i.test(await host.ask({ kind: 'confirm', text })))
    throw new Failure('interrupted', 'Nothing was changed.')
  for (const { what, remove } of belongings)
    await remove().catch((error: unknown) => Promise.reject(refusal(`${what} cannot be removed`, error)))
  const again = `mayfly setup remove ${name}${options.stackName ? ` --stack-name ${stackName}` : ''}`
  await deleteStack(cli, client, { stackId, stackName, isQuiet, again })
  await forget(cli, host, outputs, isQuiet)
  if (isQuiet) cli.print(JSON.stringify({ stackName, removed: name }))
  else cli.print(`${name} is removed.`)
}

interface Found {
  readonly stack: Stack
  readonly stackName: string
  readonly stackId: string
}

async function theStack(
  name: string,
  stackNames: readonly string[],
  find: (name: string) => Promise<Stack | undefined>,
): Promise<Found> {
  const found: Found[] = []
  for (const stackName of stackNames) {
    const stack = await find(stackName)
    if (!stack?.StackId) continue
    const { UserName, RoleName } = parametersOf(stack)
    if (UserName !== name && RoleName !== name)
      throw new Failure('file-conflict', `The stack ${stackName} is not one that setup made for ${name}.`, {
        hint: 'Nothing was changed.',
      })
    found.push({ stack, stackName, stackId: stack.StackId })
  }
  const [first, second] = found
  if (!first)
    throw new Failure('usage', `There is no stack ${stackNames.join(' or ')}.`, {
      hint: 'Is it another account or region? --profile and --region choose; --stack-name names the stack.',
    })
  if (second)
    throw new Failure('usage', `There is a user and a role named ${name}.`, {
      hint: `Name the stack: --stack-name ${stackNames.join(' or ')}`,
    })
  return first
}

async function plan(by: Administrator, stackName: string, belongings: readonly Belonging[]): Promise<string> {
  const { CloudFormationClient, DescribeStackResourcesCommand } = await import('@aws-sdk/client-cloudformation')
  const client = new CloudFormationClient(by.clientOf('cloudformation'))
  const { StackResources = [] } = await client
    .send(new DescribeStackResourcesCommand({ StackName: stackName }))
    .catch((error: unknown) => Promise.reject(refusal('The resources of the stack cannot be listed', error)))
  const lines = [
    table(
      StackResources.filter(({ ResourceStatus }) => ResourceStatus !== 'DELETE_COMPLETE').map(
        ({ LogicalResourceId, ResourceType, PhysicalResourceId }) => [
          `  - ${LogicalResourceId}`,
          ResourceType ?? '',
          PhysicalResourceId ?? '',
        ],
      ),
    ),
    ...belongings.map(({ what }) => `  - ${what}`),
  ]
  return `The stack ${stackName} in ${by.account}, ${by.region}, as ${by.arn}:\n\n${lines.join('\n')}\n`
}

/** Its profiles and its key lead nowhere now: they go, too. */
async function forget(
  cli: Cli,
  host: NodeHost,
  outputs: Readonly<Record<string, string>>,
  isQuiet: boolean,
): Promise<void> {
  const { AccessKeyId: accessKeyId, RoleArn: roleArn } = outputs
  const { config } = profilePaths(cli.env)
  const isIts = ({ key, value }: { readonly key: string; readonly value: string }): boolean =>
    (key === 'mayfly_key' && value === accessKeyId) || (key === 'role_arn' && value === roleArn)
  const change = (text: string): string =>
    parseSections(text, config)
      .filter(({ entries }) => entries.some(isIts))
      .reduce((rest, { header }) => removeSection(rest, header, config), text)
  const edit = await editFile(config, change, host, setupEdit)
  if (edit && !isQuiet) cli.say(diff(edit.before ?? '', edit.after, config))
  if (accessKeyId) await forgetKey(host.vault, accessKeyId)
}
