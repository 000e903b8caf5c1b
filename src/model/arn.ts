/** An Amazon Resource Name taken apart. `resource` keeps everything after the fifth colon, slashes and colons included. */
export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** Takes an ARN apart, or gives undefined when the text is not one. Wildcards are left as they stand. */
export function parseArn(text: string): Arn | undefined {
  const parts = text.split(':')
  const [prefix, partition, service, region, account] = parts
  if (prefix !== 'arn' || !partition || !service || region === undefined || account === undefined) return undefined
  const resource = parts.slice(5).join(':')
  return resource === '' ? undefined : { partition, service, region, account, resource }
}

/** The account in an ARN, or undefined when it names none. */
export const accountOfArn = (text: string): string | undefined => parseArn(text)?.account || undefined

/**
 * The ARN of the role or user behind a principal: what `aws:PrincipalArn` holds. For an assumed-role session the path
 * of the role is lost in the session's own ARN, so this is exact only for roles without one.
 */
export function issuerArn(principal: string): string {
  const arn = parseArn(principal)
  const role = arn?.service === 'sts' ? /^assumed-role\/([^/]+)\/[^/]+$/.exec(arn.resource)?.[1] : undefined
  return arn && role ? `arn:${arn.partition}:iam::${arn.account}:role/${role}` : principal
}
