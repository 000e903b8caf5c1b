import type { RequestContext } from '../../policy/question.ts'
import type { Cloud, Tags } from '../cloud.ts'
import { Fault } from '../fault.ts'
import type { Call, Permission } from '../service.ts'
import { invalidRequest, notFound } from './faults.ts'
import { type Secret, secretsOf } from './state.ts'

/** The secret's own ARN without the six characters that AWS puts behind its name. */
const partial = (arn: string): string => arn.replace(/-[A-Za-z0-9]{6}$/, '')

/** Removes what is past its recovery window, as if a clock had done it. */
function sweep(cloud: Cloud): void {
  const table = secretsOf(cloud)
  for (const secret of [...table.values()])
    if (secret.gone !== undefined && Date.parse(secret.gone) <= cloud.now().getTime()) table.delete(secret.arn)
}

/** The secret of an ARN, an ARN without its last six characters, or a name in the caller's account and region. */
export function lookUp(
  { cloud, caller, region }: Pick<Call, 'cloud' | 'caller' | 'region'>,
  id: string,
): Secret | undefined {
  sweep(cloud)
  const table = secretsOf(cloud)
  const exact = table.get(id)
  if (exact) return exact
  const isArn = id.startsWith('arn:')
  for (const secret of table.values())
    if (
      isArn
        ? partial(secret.arn) === id
        : secret.name === id && secret.accountId === caller.accountId && secret.region === region
    )
      return secret
  return undefined
}

/** The secret, also one that is marked for deletion. Throws ResourceNotFoundException. */
export function findAny(call: Call, id: string): Secret {
  const found = lookUp(call, id)
  if (found) return found
  throw notFound()
}

/** The secret, which must not be marked for deletion. */
export function find(call: Call, id: string): Secret {
  const found = findAny(call, id)
  if (found.deletedAt === undefined) return found
  throw invalidRequest("You can't perform this operation on the secret because it was marked for deletion.")
}

export const put = ({ cloud }: Pick<Call, 'cloud'>, secret: Secret): void => secretsOf(cloud).put(secret.arn, secret)

/** What an operation on one secret needs; a secret that is not there is asked about by the name it was called. */
export function needs(call: Call, operation: string, id: string, context: RequestContext = {}): Permission {
  const action = `secretsmanager:${operation}`
  const secret = lookUp(call, id)
  if (!secret) {
    const resource = id.startsWith('arn:') ? id : arnOf(call, id)
    return { action, resource, context }
  }
  return {
    action,
    resource: secret.arn,
    resourceAccount: secret.accountId,
    resourceTags: secret.tags,
    ...(secret.policy === undefined ? {} : { resourcePolicy: secret.policy }),
    context: {
      'secretsmanager:SecretId': secret.arn,
      ...(secret.rotation ? { 'secretsmanager:resource/AllowRotationLambdaArn': secret.rotation.functionArn } : {}),
      ...Object.fromEntries(
        Object.entries(secret.tags).map(([key, tag]) => [`secretsmanager:ResourceTag/${key}`, tag]),
      ),
      ...context,
    },
  }
}

export const arnOf = ({ region, caller }: Pick<Call, 'region' | 'caller'>, name: string): string =>
  `arn:aws:secretsmanager:${region}:${caller.accountId}:secret:${name}`

/** Tags as they come in. Throws when a key stands twice, or is AWS's own. */
export function tagsOf(given: readonly { readonly Key: string; readonly Value: string }[] = [], inner = false): Tags {
  const tags: Record<string, string> = Object.create(null)
  for (const { Key, Value } of given) {
    if (Object.hasOwn(tags, Key)) throw invalidRequest(`Duplicate tag key: ${Key}`)
    // CloudFormation marks what it makes.
    if (/^aws:/i.test(Key) && !inner) throw invalidRequest('Tag keys must not start with aws:')
    tags[Key] = Value
  }
  return { ...tags }
}

/** Condition keys of the tags in a request. */
export const tagContext = (tags: Tags): RequestContext => ({
  ...Object.fromEntries(Object.entries(tags).map(([key, tag]) => [`aws:RequestTag/${key}`, tag])),
  ...(Object.keys(tags).length > 0 ? { 'aws:TagKeys': Object.keys(tags) } : {}),
})

/** One page of a list, and the token of the next. */
export function pageOf<T>(items: readonly T[], token: string | undefined, size: number) {
  const start = token === undefined ? 0 : Number(Buffer.from(token, 'base64').toString())
  if (!Number.isInteger(start) || start < 0)
    throw new Fault('InvalidNextTokenException', 400, 'The NextToken value is invalid.')
  const end = start + size
  const next = end < items.length ? { NextToken: Buffer.from(String(end)).toString('base64') } : {}
  return { page: items.slice(start, end), next }
}
