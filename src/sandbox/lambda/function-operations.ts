import { keyOf } from '../cloud.ts'
import { newId } from '../iot/resources.ts'
import { type Call, type Output, operation, type Permission } from '../service.ts'
import { trustsService } from '../service-session.ts'
import { flag, integer, list, oneOf, required, structure, text } from '../shape.ts'
import { readCode, sha256 } from './code.ts'
import { conflict, invalid } from './faults.ts'
import { arnOf, find, needs, put } from './functions.ts'
import * as members from './members.ts'
import { type LambdaFunction, lambdaTables } from './state.ts'

const principal = 'lambda.amazonaws.com'
const reserved = new Set(
  'AWS_REGION AWS_DEFAULT_REGION AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR _HANDLER'.split(
    ' ',
  ),
)

const configurationOf = (made: LambdaFunction): Output => ({
  ...{ FunctionName: made.name, FunctionArn: made.arn, Runtime: made.runtime, Role: made.role, Handler: made.handler },
  ...{ CodeSize: made.codeSize, Description: made.description, Timeout: made.timeout, MemorySize: made.memorySize },
  LastModified: made.modifiedAt.replace('Z', '+0000'),
  ...{ CodeSha256: made.codeSha256, Version: '$LATEST', RevisionId: made.revisionId, PackageType: 'Zip' },
  ...(Object.keys(made.environment).length > 0 ? { Environment: { Variables: made.environment } } : {}),
  ...{ Architectures: made.architectures, EphemeralStorage: { Size: 512 }, TracingConfig: { Mode: 'PassThrough' } },
  ...{ State: 'Active', LastUpdateStatus: 'Successful' },
})

const toPass = (role: string): Permission => ({
  action: 'iam:PassRole',
  resource: role,
  context: { 'iam:PassedToService': principal },
})

function assertRole(call: Call, arn: string): void {
  const role = call.cloud.roles.get(keyOf(call.caller.accountId, arn.split('/').at(-1) ?? ''))
  if (role?.arn !== arn || !trustsService(role, principal, call))
    throw invalid('The role defined for the function cannot be assumed by Lambda.')
}

function variablesOf(environment: { readonly Variables?: Readonly<Record<string, string>> } = {}) {
  const { Variables: variables = {} } = environment
  const names = Object.keys(variables)
  const taken = names.filter((name) => reserved.has(name))
  if (taken.length > 0)
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${taken.join(', ')}`,
    )
  if (Buffer.byteLength(JSON.stringify(variables)) > 4096)
    throw invalid(
      'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.',
    )
  return variables
}

const touched = ({ at, cloud }: Call) => ({
  modifiedAt: at.toISOString(),
  revisionId: newId(cloud),
})

function keepCode(call: Call, arn: string, zip: Uint8Array) {
  lambdaTables(call.cloud).code.put(arn, { zip: Buffer.from(zip).toString('base64') })
  return { codeSha256: sha256(zip), codeSize: zip.length }
}

const named = { FunctionName: members.functionName, Qualifier: members.qualifier }

export const functions = {
  CreateFunction: operation({
    input: {
      ...{ FunctionName: members.functionName, Role: required(members.role), Code: required(structure(members.code)) },
      ...{ ...members.settings, Architectures: members.architectures, Publish: flag(), Tags: members.texts },
      PackageType: oneOf('Zip', 'Image'),
    },
    needs: (input, call) => [
      {
        ...needs(call, 'CreateFunction', input.FunctionName, {
          ...Object.fromEntries(Object.entries(input.Tags ?? {}).map(([key, tag]) => [`aws:RequestTag/${key}`, tag])),
          ...(input.Tags ? { 'aws:TagKeys': Object.keys(input.Tags) } : {}),
        }),
      },
      toPass(input.Role),
    ],
    perform: async (input, call) => {
      const arn = arnOf(call, input.FunctionName)
      const name = arn.split(':').at(-1) ?? ''
      if (lambdaTables(call.cloud).functions.get(arn)) throw conflict(`Function already exist: ${name}`)
      if (input.PackageType === 'Image' || input.Code.ImageUri !== undefined)
        throw invalid('The sandbox takes no container images: PackageType must be Zip.')
      const { Runtime: runtime, Handler: handler } = input
      if (runtime === undefined || handler === undefined)
        throw invalid('Runtime and Handler are mandatory parameters for functions created with deployment packages.')
      const environment = variablesOf(input.Environment)
      assertRole(call, input.Role)
      const zip = await readCode(call, input.Code)
      const made: LambdaFunction = {
        ...{ arn, accountId: call.caller.accountId, region: call.region, name, runtime, handler, role: input.Role },
        ...{ description: input.Description ?? '', timeout: input.Timeout ?? 3, memorySize: input.MemorySize ?? 128 },
        ...{ environment, architectures: input.Architectures ?? ['x86_64'] },
        ...{ tags: input.Tags ?? {}, statements: {}, versions: 0 },
        ...{ ...keepCode(call, arn, zip), ...touched(call) },
      }
      put(call, made)
      return configurationOf(made)
    },
  }),
  GetFunction: operation({
    input: named,
    needs: (input, call) => needs(call, 'GetFunction', input.FunctionName),
    perform: (input, call) => {
      const made = find(call, input.FunctionName)
      const Code = { RepositoryType: 'S3', Location: `${call.endpoint}/` }
      return { Configuration: configurationOf(made), Code, Tags: made.tags }
    },
  }),
  GetFunctionConfiguration: operation({
    input: named,
    needs: (input, call) => needs(call, 'GetFunctionConfiguration', input.FunctionName),
    perform: (input, call) => configurationOf(find(call, input.FunctionName)),
  }),
  UpdateFunctionCode: operation({
    input: { FunctionName: members.functionName, ...members.code, DryRun: flag(), Publish: flag() },
    needs: (input, call) => needs(call, 'UpdateFunctionCode', input.FunctionName),
    perform: async (input, call) => {
      const before = find(call, input.FunctionName)
      const zip = await readCode(call, input)
      const shown = { codeSha256: sha256(zip), codeSize: zip.length }
      if (input.DryRun) return configurationOf({ ...before, ...shown })
      // As it stands now: reading the code took its time.
      const made = { ...find(call, input.FunctionName), ...keepCode(call, before.arn, zip), ...touched(call) }
      put(call, made)
      return configurationOf(made)
    },
  }),
  UpdateFunctionConfiguration: operation({
    input: { FunctionName: members.functionName, Role: members.role, ...members.settings },
    needs: (input, call) => [
      needs(call, 'UpdateFunctionConfiguration', input.FunctionName),
      ...(input.Role === undefined ? [] : [toPass(input.Role)]),
    ],
    perform: (input, call) => {
      const before = find(call, input.FunctionName)
      if (input.Role !== undefined) assertRole(call, input.Role)
      const made: LambdaFunction = {
        ...before,
        runtime: input.Runtime ?? before.runtime,
        role: input.Role ?? before.role,
        handler: input.Handler ?? before.handler,
        description: input.Description ?? before.description,
        timeout: input.Timeout ?? before.timeout,
        memorySize: input.MemorySize ?? before.memorySize,
        environment: input.Environment ? variablesOf(input.Environment) : before.environment,
        ...touched(call),
      }
      put(call, made)
      return configurationOf(made)
    },
  }),
  DeleteFunction: operation({
    input: named,
    needs: (input, call) => needs(call, 'DeleteFunction', input.FunctionName),
    perform: (input, call) => {
      const { arn } = find(call, input.FunctionName)
      const { functions: table, code } = lambdaTables(call.cloud)
      table.delete(arn)
      code.delete(arn)
      return {}
    },
  }),
  ListFunctions: operation({
    input: { Marker: text(), MaxItems: integer({ min: 1, max: 10_000 }) },
    needs: () => ({ action: 'lambda:ListFunctions', resource: '*' }),
    perform: (input, call) => {
      const own = [...lambdaTables(call.cloud).functions.values()].filter(
        ({ accountId, region }) => accountId === call.caller.accountId && region === call.region,
      )
      const start = Number(input.Marker ?? 0)
      if (!Number.isInteger(start) || start < 0) throw invalid('Invalid marker')
      const end = start + Math.min(input.MaxItems ?? 50, 50)
      return {
        Functions: own.slice(start, end).map(configurationOf),
        ...(end < own.length ? { NextMarker: String(end) } : {}),
      }
    },
  }),
  PublishVersion: operation({
    input: { FunctionName: members.functionName, CodeSha256: text(), Description: text({ max: 256 }) },
    needs: (input, call) => needs(call, 'PublishVersion', input.FunctionName),
    perform: (input, call) => {
      const made = find(call, input.FunctionName)
      const versions = made.versions + 1
      put(call, { ...made, versions })
      return { ...configurationOf(made), FunctionArn: `${made.arn}:${versions}`, Version: String(versions) }
    },
  }),
  ListTags: operation({
    input: { Resource: required(text({ max: 256 })) },
    needs: (input, call) => needs(call, 'ListTags', input.Resource),
    perform: (input, call) => ({ Tags: find(call, input.Resource).tags }),
  }),
  TagResource: operation({
    input: { Resource: required(text({ max: 256 })), Tags: required(members.texts) },
    needs: (input, call) => needs(call, 'TagResource', input.Resource, { 'aws:TagKeys': Object.keys(input.Tags) }),
    perform: (input, call) => {
      const made = find(call, input.Resource)
      put(call, { ...made, tags: { ...made.tags, ...input.Tags } })
      return {}
    },
  }),
  UntagResource: operation({
    input: { Resource: required(text({ max: 256 })), tagKeys: required(list(text({ min: 1, max: 128 }))) },
    needs: (input, call) => needs(call, 'UntagResource', input.Resource),
    perform: (input, call) => {
      const made = find(call, input.Resource)
      const left = Object.entries(made.tags).filter(([key]) => !input.tagKeys.includes(key))
      put(call, { ...made, tags: Object.fromEntries(left) })
      return {}
    },
  }),
}
