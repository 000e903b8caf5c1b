import { randomUUID } from 'node:crypto'
import type { Tags } from '../cloud.ts'
import { Fault } from '../fault.ts'
import type { Provisioning, ResourceType } from './resource-type.ts'
import { resourceTypes } from './resources/index.ts'
import { PropertyFault } from './resources/properties.ts'
import { type Run, stackOf } from './run.ts'
import { UnknownAttribute } from './scope.ts'
import type { StackResource } from './state.ts'
import { uniqueName } from './unique-name.ts'

/** The stack cannot go on: what is told of the resource where it ended. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure'
}

export function typeNamed(name: string): ResourceType {
  const type = Object.hasOwn(resourceTypes, name) ? resourceTypes[name] : undefined
  if (type) return type
  throw new StepFailure(`Resource type ${name} is not one the sandbox has.`)
}

/**
 * What a resource of the stack is made in and for. `before`: the resource as it is; `tags`: those that the stack's are
 * to be, where they are not what they are.
 */
export function provisioningOf(
  run: Run,
  logicalId: string,
  before?: Pick<StackResource, 'tags'>,
  tags: Tags = stackOf(run).tags,
): Provisioning {
  const { id, name, accountId, region } = stackOf(run)
  const own = {
    'aws:cloudformation:stack-name': name,
    'aws:cloudformation:stack-id': id,
    'aws:cloudformation:logical-id': logicalId,
  }
  return {
    inner: run.inner,
    accountId,
    region,
    stackId: id,
    stackName: name,
    logicalId,
    tags: { ...tags, ...own },
    formerTags: { ...(before?.tags ?? tags), ...own },
    uniqueName: (longest, lowerCase) => uniqueName(run.cloud, name, logicalId, longest, lowerCase),
  }
}

/** What is told of a resource whose making, changing or removal went wrong, in the words of AWS's resource handlers. */
export function reasonOf(error: unknown, type: string): string {
  if (error instanceof StepFailure || error instanceof UnknownAttribute || error instanceof PropertyFault)
    return error.message
  if (!(error instanceof Fault))
    return `Resource handler returned message: "Internal failure" (RequestToken: ${randomUUID()}, HandlerErrorCode: InternalFailure)`
  const [, service = ''] = type.split('::')
  const told = error.message === '' ? error.code : error.message
  const message = `${told} (Service: ${service.charAt(0)}${casings[service] ?? service.slice(1)}, Status Code: ${error.status}, Request ID: ${randomUUID()}) (SDK Attempt Count: 1)`
  return `Resource handler returned message: "${message}" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${handlerCode(error)})`
}

/** The services that AWS's handlers write otherwise than the types do: all but their first letter. */
const casings: Readonly<Record<string, string>> = { IAM: 'am', SSM: 'sm', KMS: 'ms', ECR: 'cr', IoT: 'ot' }

function handlerCode({ code, status }: Fault): string {
  if (/AlreadyExists|AlreadyOwnedByYou|ResourceExists|ResourceConflict/.test(code)) return 'AlreadyExists'
  if (/^AccessDenied/.test(code) || status === 403) return 'AccessDenied'
  if (/^NoSuch|NotFound/.test(code) || status === 404) return 'NotFound'
  if (/LimitExceeded/.test(code)) return 'ServiceLimitExceeded'
  if (/Throttl/.test(code)) return 'Throttling'
  if (/Conflict/.test(code)) return 'ResourceConflict'
  return status < 500 ? 'InvalidRequest' : 'GeneralServiceException'
}
