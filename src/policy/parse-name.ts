import { type FaultList, quote, report } from './fault.ts'
import type { PolicyKind } from './parse.ts'
import { matchesPattern } from './pattern.ts'

const vendorText = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'

/** Notes what is wrong with an action pattern; true when nothing is. */
export function checkAction(text: string, faults: FaultList): boolean {
  const before = faults.faults.length
  const [vendor = '', name, ...rest] = text.split(':')
  if (text === '*') return true
  if (name === undefined) report(faults, `${quote(text)} has no service in front, as in s3:GetObject`, vendorText)
  else if (rest.length > 0)
    report(faults, `${quote(text)} has more than one colon`, 'Actions/Condition can contain only one colon.')
  else if (vendor !== '*' && !/^[A-Za-z0-9.-]+$/.test(vendor))
    report(faults, `${quote(vendor)} is not the prefix of a service`, `Vendor ${vendor} is not valid`)
  else if (!/^[A-Za-z0-9*?._-]+$/.test(name)) report(faults, `${quote(name)} is not the name of an action`)
  return faults.faults.length === before
}

const trustActions = [
  'sts:assumerole',
  'sts:assumerolewithsaml',
  'sts:assumerolewithwebidentity',
  'sts:tagsession',
  'sts:setsourceidentity',
  'sts:setcontext',
]

/** Notes an action that has no place in a trust policy. */
export function checkTrustAction(text: string, negated: boolean, faults: FaultList): void {
  const pattern = text.toLowerCase()
  if (negated || !pattern.startsWith('sts:') || !trustActions.some((action) => matchesPattern(pattern, action)))
    report(
      faults,
      'a trust policy is about assuming its role: sts:AssumeRole and its kin, named in Action',
      'AssumeRole policy may only specify STS AssumeRole actions.',
    )
}

const partitions = new Set([
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
  'aws-eusc',
])

/** Notes what is wrong with a resource pattern. */
export function checkResource(text: string, kind: PolicyKind, faults: FaultList): void {
  if (text === '*' || (kind === 'resource' && text.startsWith('execute-api:/'))) return
  const parts = text.split(':')
  const [prefix, partition = '', service = '', region = ''] = parts
  // A trailing wildcard stands for the parts left out, as in arn:aws:s3:*.
  if (prefix !== 'arn' || parts.length < 2 || (parts.length < 6 && !text.endsWith('*'))) {
    report(faults, `${quote(text)} is neither an ARN nor "*"`, `Resource ${text} must be in ARN format or "*".`)
  } else if (partition !== '*' && !partitions.has(partition))
    report(faults, `${quote(partition)} is not a partition of AWS`, invalidPartition(partition, parts.slice(2)))
  else if (service === '' || (parts.length < 4 && service !== '*') || (service !== '*' && /[*?$]/.test(service)))
    report(
      faults,
      `the service in ${quote(text)} must be spelt out`,
      'Resource vendor must be fully qualified and cannot contain regexes.',
    )
  else if (service === 'iam' && region !== '' && region !== '*')
    report(
      faults,
      `${quote(text)} names a region, and IAM has none`,
      `IAM resource ${text} cannot contain region information.`,
    )
}

function invalidPartition(partition: string, rest: readonly string[]): string {
  const [service, region = '*', account = '*', ...name] = rest
  const shown = `arn:${partition}:${service || '*'}:${region}:${account}:${name.length > 0 ? name.join(':') : '*'}`
  return `Partition "${partition}" is not valid for resource "${shown}".`
}
