import type { Properties, Provisioned, Provisioning, ResourceType, ResourceTypes } from '../resource-type.ts'
import { textIn } from './properties.ts'

/** How a resource that the sandbox has no service for is known to the rest of its template. */
interface Recorded {
  /** What the caller of the stack must be allowed to do, as `service:Action` without its verb: `kms:Key`. */
  readonly service: string
  readonly create: string
  readonly update: string
  readonly remove: string
  readonly replacedBy: readonly string[]
  readonly required?: readonly string[]
  readonly made: (properties: Properties, at: Provisioning) => Provisioned
}

const arn = (at: Provisioning, service: string, resource: string): string =>
  `arn:aws:${service}:${at.region}:${at.accountId}:${resource}`

const nameIn = (properties: Properties, at: Provisioning, key: string, longest: number, lower?: 'lower-case'): string =>
  textIn(properties, key) ?? at.uniqueName(longest, lower)

/** Eight, four, four, four and twelve hexadecimal digits that are this resource's for good. */
const identifier = (at: Provisioning): string => {
  const hex = Buffer.from(at.uniqueName(255)).toString('hex').slice(-32).padStart(32, '0')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Nothing but what a template can read of them: they encrypt nothing, store no image, raise no alarm, run on no schedule. */
const table: Readonly<Record<string, Recorded>> = {
  'AWS::KMS::Key': {
    ...{ service: 'kms', create: 'CreateKey', update: 'PutKeyPolicy', remove: 'ScheduleKeyDeletion' },
    replacedBy: ['KeySpec', 'KeyUsage', 'Origin', 'MultiRegion'],
    made(_, at) {
      const id = identifier(at)
      return { id, attributes: { Arn: arn(at, 'kms', `key/${id}`), KeyId: id } }
    },
  },
  'AWS::KMS::Alias': {
    ...{ service: 'kms', create: 'CreateAlias', update: 'UpdateAlias', remove: 'DeleteAlias' },
    replacedBy: ['AliasName'],
    required: ['AliasName', 'TargetKeyId'],
    made: (properties) => ({ id: textIn(properties, 'AliasName') ?? '', attributes: {} }),
  },
  'AWS::ECR::Repository': {
    ...{ service: 'ecr', create: 'CreateRepository', update: 'PutImageTagMutability', remove: 'DeleteRepository' },
    replacedBy: ['RepositoryName', 'EncryptionConfiguration'],
    made(properties, at) {
      const id = nameIn(properties, at, 'RepositoryName', 256, 'lower-case')
      const RepositoryUri = `${at.accountId}.dkr.ecr.${at.region}.amazonaws.com/${id}`
      return { id, attributes: { Arn: arn(at, 'ecr', `repository/${id}`), RepositoryUri } }
    },
  },
  'AWS::CloudWatch::Alarm': {
    ...{ service: 'cloudwatch', create: 'PutMetricAlarm', update: 'PutMetricAlarm', remove: 'DeleteAlarms' },
    replacedBy: ['AlarmName'],
    required: ['ComparisonOperator', 'EvaluationPeriods'],
    made(properties, at) {
      const id = nameIn(properties, at, 'AlarmName', 255)
      return { id, attributes: { Arn: arn(at, 'cloudwatch', `alarm:${id}`) } }
    },
  },
  'AWS::Logs::LogGroup': {
    ...{ service: 'logs', create: 'CreateLogGroup', update: 'PutRetentionPolicy', remove: 'DeleteLogGroup' },
    replacedBy: ['LogGroupName', 'LogGroupClass'],
    made(properties, at) {
      const id = nameIn(properties, at, 'LogGroupName', 512)
      return { id, attributes: { Arn: arn(at, 'logs', `log-group:${id}:*`) } }
    },
  },
  'AWS::Events::Rule': {
    ...{ service: 'events', create: 'PutRule', update: 'PutRule', remove: 'DeleteRule' },
    replacedBy: ['Name', 'EventBusName'],
    made(properties, at) {
      const id = nameIn(properties, at, 'Name', 64)
      return { id, attributes: { Arn: arn(at, 'events', `rule/${id}`) } }
    },
  },
  'AWS::SNS::Topic': {
    ...{ service: 'sns', create: 'CreateTopic', update: 'SetTopicAttributes', remove: 'DeleteTopic' },
    replacedBy: ['TopicName', 'FifoTopic'],
    made(properties, at) {
      const TopicName = nameIn(properties, at, 'TopicName', 256)
      const id = arn(at, 'sns', TopicName)
      return { id, attributes: { TopicArn: id, TopicName } }
    },
  },
  'AWS::SNS::Subscription': {
    ...{ service: 'sns', create: 'Subscribe', update: 'SetSubscriptionAttributes', remove: 'Unsubscribe' },
    replacedBy: ['TopicArn', 'Protocol', 'Endpoint'],
    required: ['TopicArn', 'Protocol'],
    made(properties, at) {
      const id = `${textIn(properties, 'TopicArn')}:${identifier(at)}`
      return { id, attributes: { Arn: id } }
    },
  },
  'AWS::SNS::TopicPolicy': {
    ...{ service: 'sns', create: 'SetTopicAttributes', update: 'SetTopicAttributes', remove: 'SetTopicAttributes' },
    replacedBy: [],
    required: ['PolicyDocument', 'Topics'],
    made: (_, at) => {
      const id = at.uniqueName(128)
      return { id, attributes: { Id: id } }
    },
  },
}

/** Whoever the stack acts for must be allowed to, as if the service were here. */
const permitted = ({ inner }: Provisioning, { service }: Recorded, operation: string, made?: Provisioned): void => {
  const resource = String(made?.attributes.Arn ?? made?.attributes.TopicArn ?? '*')
  inner.permit(service, operation, { action: `${service}:${operation}`, resource })
}

const typeOf = (recorded: Recorded): ResourceType => ({
  replacedBy: recorded.replacedBy,
  ...(recorded.required ? { required: recorded.required } : {}),
  async create(properties, at) {
    const made = recorded.made(properties, at)
    permitted(at, recorded, recorded.create, recorded.create === 'CreateKey' ? undefined : made)
    return made
  },
  async update(_, { id, attributes }, at) {
    permitted(at, recorded, recorded.update, { id, attributes })
    return { id, attributes }
  },
  remove: async (before, at) => permitted(at, recorded, recorded.remove, before),
})

/** Types that are only recorded: see docs/fidelity.md. */
export const recordedTypes: ResourceTypes = Object.fromEntries(
  Object.entries(table).map(([name, recorded]) => [name, typeOf(recorded)]),
)
