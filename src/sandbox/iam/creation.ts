import type { RequestContext } from '../../policy/index.ts'
import type { Call, Permission } from '../service.ts'
import { invalidInput, noSuchEntity } from './faults.ts'
import { visiblePolicy } from './nouns.ts'
import { requestTagContext } from './tag-context.ts'

interface CreationInput {
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
  readonly PermissionsBoundary?: string
}

/** The condition key of the boundary that a thing has, or is to get. */
export const boundaryContext = (boundary: string | undefined): RequestContext =>
  boundary === undefined ? {} : { 'iam:PermissionsBoundary': boundary }

/** The permission to create something; with tags, the permission to tag it as well, as IAM asks. */
export function needsToCreate(
  action: string,
  tagAction: string,
  resource: string,
  input: CreationInput,
): readonly Permission[] {
  const context = { ...requestTagContext(input.Tags), ...boundaryContext(input.PermissionsBoundary) }
  const create = { action: `iam:${action}`, resource, context }
  return input.Tags?.length ? [create, { ...create, action: `iam:${tagAction}` }] : [create]
}

/** Refuses a boundary that is not a managed policy the account can see. */
export function checkBoundary(arn: string | undefined, call: Call): void {
  if (arn === undefined || visiblePolicy(arn, call)) return
  if (!/^arn:[^:]+:iam::(aws|\d{12}):policy\/./.test(arn)) throw invalidInput(`ARN ${arn} is not valid.`)
  throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)
}
