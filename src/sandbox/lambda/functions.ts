import type { RequestContext } from '../../policy/question.ts'
import type { Call, Permission } from '../service.ts'
import { invalid, notFound } from './faults.ts'
import { type LambdaFunction, lambdaTables, policyOf } from './state.ts'

/** The ARN that a name, a partial ARN or an ARN means to the caller; a qualifier at its end is left out. */
export function arnOf({ caller, region }: Pick<Call, 'caller' | 'region'>, given: string): string {
  const match =
    /^(?:(?:arn:aws:lambda:([a-z0-9-]+):)?(\d{12}):)?(?:function:)?([A-Za-z0-9_-]{1,64})(?::(\$LATEST|[A-Za-z0-9_-]+))?$/.exec(
      given,
    )
  if (!match) throw invalid(`Invalid function name: ${given}`)
  const [, inRegion = region, accountId = caller.accountId, name = ''] = match
  return `arn:aws:lambda:${inRegion}:${accountId}:function:${name}`
}

export function find(call: Call, given: string): LambdaFunction {
  const arn = arnOf(call, given)
  const found = lambdaTables(call.cloud).functions.get(arn)
  if (found) return found
  throw notFound(`Function not found: ${arn}`)
}

export const put = ({ cloud }: Pick<Call, 'cloud'>, made: LambdaFunction): void =>
  lambdaTables(cloud).functions.put(made.arn, made)

/** What an operation on one function needs. */
export function needs(call: Call, operation: string, given: string, context: RequestContext = {}): Permission {
  const resource = arnOf(call, given)
  const found = lambdaTables(call.cloud).functions.get(resource)
  const resourcePolicy = found && policyOf(found)
  return {
    action: `lambda:${operation}`,
    resource,
    ...(found ? { resourceAccount: found.accountId, resourceTags: found.tags } : {}),
    ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
    context,
  }
}
