import type { LoggedCall } from '../cloud.ts'

/** An event as LookupEvents gives it: a few members to find it by, and the record as text. */
export interface TrailEvent {
  readonly EventId: string
  readonly EventName: string
  /** `true` or `false`, as text. */
  readonly ReadOnly: string
  readonly AccessKeyId?: string
  readonly EventTime: Date
  readonly EventSource: string
  readonly Username?: string
  readonly Resources: readonly TrailResource[]
  readonly CloudTrailEvent: string
}

interface TrailResource {
  readonly ResourceType: string
  readonly ResourceName: string
}

/** The event of a logged call. */
export function trailEvent({ at, accessKeyId, detail }: LoggedCall): TrailEvent {
  const username = usernameOf(detail.userIdentity)
  return {
    EventId: textOf(detail.eventID),
    EventName: textOf(detail.eventName),
    ReadOnly: String(detail.readOnly),
    ...(accessKeyId !== undefined && { AccessKeyId: accessKeyId }),
    EventTime: new Date(Math.floor(Date.parse(at) / 1000) * 1000),
    EventSource: textOf(detail.eventSource),
    ...(username !== undefined && { Username: username }),
    Resources: resourcesOf(detail),
    CloudTrailEvent: JSON.stringify(detail),
  }
}

/** A user's name, a session's, or `root`. */
function usernameOf(identity: unknown): string | undefined {
  switch (memberOf(identity, 'type')) {
    case 'Root':
      return 'root'
    case 'IAMUser':
    case 'SAMLUser':
    case 'WebIdentityUser':
      return textOf(memberOf(identity, 'userName'))
    case 'AssumedRole':
    case 'FederatedUser':
      return textOf(memberOf(identity, 'principalId')).replace(/^[^:]*:/, '')
    default:
      return undefined
  }
}

/** Where in a record names of resources stand, and of which type they are. */
const places: readonly (readonly [type: string, ...path: readonly string[]])[] = [
  ['AWS::IAM::User', 'requestParameters', 'userName'],
  ['AWS::IAM::Group', 'requestParameters', 'groupName'],
  ['AWS::IAM::Role', 'requestParameters', 'roleName'],
  ['AWS::IAM::Role', 'requestParameters', 'roleArn'],
  ['AWS::IAM::Policy', 'requestParameters', 'policyArn'],
  ['AWS::IAM::Policy', 'responseElements', 'policy', 'arn'],
  ['AWS::IAM::InstanceProfile', 'requestParameters', 'instanceProfileName'],
  ['AWS::IAM::AccessKey', 'requestParameters', 'accessKeyId'],
  ['AWS::IAM::AccessKey', 'responseElements', 'accessKey', 'accessKeyId'],
  ['AWS::IAM::AccessKey', 'responseElements', 'credentials', 'accessKeyId'],
  ['AWS::STS::AssumedRole', 'responseElements', 'assumedRoleUser', 'assumedRoleId'],
  ['AWS::STS::AssumedRole', 'responseElements', 'assumedRoleUser', 'arn'],
  ['AWS::S3::Bucket', 'requestParameters', 'bucketName'],
]

function resourcesOf(detail: LoggedCall['detail']): readonly TrailResource[] {
  const resources: TrailResource[] = []
  for (const [type, ...path] of places) {
    let found: unknown = detail
    for (const name of path) found = memberOf(found, name)
    if (typeof found === 'string' && found !== '') resources.push({ ResourceType: type, ResourceName: found })
  }
  return resources
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? new Map<string, unknown>(Object.entries(value)).get(name) : undefined

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
