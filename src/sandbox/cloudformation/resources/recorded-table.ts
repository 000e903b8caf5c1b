import { Fault, validationError } from '../../fault.ts'
import type { Properties, Provisioning } from '../resource-type.ts'
import { neededText, textIn, textsIn } from './properties.ts'
import type { About, Recorded } from './recorded.ts'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

const arn = (at: Provisioning, service: string, resource: string): string =>
  `arn:aws:${service}:${at.region}:${at.accountId}:${resource}`

/** The name that was given, held to its pattern, or one that nobody else has. */
function nameIn(properties: Properties, key: string, pattern: RegExp, otherwise: () => string): string {
  const name = textIn(properties, key) ?? otherwise()
  if (pattern.test(name)) return name
  throw validationError(`Invalid ${key}: ${name}`)
}

/** Eight, four, four, four and twelve hexadecimal digits that are this resource's for good. */
function identifier(at: Provisioning): string {
  const hex = Buffer.from(at.uniqueName(255)).toString('hex').slice(-32).padStart(32, '0')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

const own = ({ made }: Pick<About, 'made'>): string => String(made.attributes.Arn ?? made.attributes.TopicArn)

const taken = (message: (about: About) => string, code = 'AlreadyExistsException') => ({
  taken: (about: About) => new Fault(code, 400, message(about)),
})

const keyArn = (properties: Properties, at: Provisioning): string => {
  const key = neededText(properties, 'TargetKeyId')
  return key.startsWith('arn:') ? key : arn(at, 'kms', `key/${key}`)
}
const aliasArn = ({ made, at }: About): string => arn(at, 'kms', made.id)

/** CreateLogGroup and its like are asked about the group's streams. */
const streams = (about: About): string => own(about).replace(/:\*$/, ':log-stream:')

const isFifo = (properties: Properties): boolean => textIn(properties, 'FifoTopic') === 'true'

/** `default`, also where it is named in full. */
const busIn = (properties: Properties): string =>
  (textIn(properties, 'EventBusName') ?? 'default').replace(/^arn:.*:event-bus\//, '')

const targets = (properties: Properties): boolean => properties.Targets !== undefined
const topicIn = (properties: Properties): string => neededText(properties, 'TopicArn')

/** Nothing but what a template can read of them: they encrypt nothing, store no image, raise no alarm, run on no schedule. */
export const recordedTable: Readonly<Record<string, Recorded>> = {
  'AWS::KMS::Key': {
    service: 'kms',
    properties: words(`BypassPolicyLockoutSafetyCheck Description Enabled EnableKeyRotation KeyPolicy KeySpec KeyUsage
      MultiRegion Origin PendingWindowInDays RotationPeriodInDays Tags`),
    replacedBy: ['KeySpec', 'KeyUsage', 'Origin', 'MultiRegion'],
    made(_, at) {
      const id = identifier(at)
      return { id, attributes: { Arn: arn(at, 'kms', `key/${id}`), KeyId: id } }
    },
    creating: () => [['CreateKey', '*']],
    changing: (about) => [['PutKeyPolicy', own(about)]],
    removing: (about) => [['ScheduleKeyDeletion', own(about)]],
  },
  'AWS::KMS::Alias': {
    service: 'kms',
    properties: ['AliasName', 'TargetKeyId'],
    required: ['AliasName', 'TargetKeyId'],
    replacedBy: ['AliasName'],
    made: (properties) => ({
      id: nameIn(properties, 'AliasName', /^alias\/(?!aws\/)[\w/-]{1,250}$/, () => ''),
      attributes: {},
    }),
    ...taken((about) => `An alias with the name ${aliasArn(about)} already exists`),
    creating: (about) => [
      ['CreateAlias', aliasArn(about)],
      ['CreateAlias', keyArn(about.properties, about.at)],
    ],
    changing: (about, before) => [
      ['UpdateAlias', aliasArn(about)],
      ['UpdateAlias', keyArn(before, about.at)],
      ['UpdateAlias', keyArn(about.properties, about.at)],
    ],
    removing: (about) => [
      ['DeleteAlias', aliasArn(about)],
      ['DeleteAlias', keyArn(about.properties, about.at)],
    ],
  },
  'AWS::ECR::Repository': {
    service: 'ecr',
    properties: words(`EmptyOnDelete EncryptionConfiguration ImageScanningConfiguration ImageTagMutability
      ImageTagMutabilityExclusionFilters LifecyclePolicy RepositoryName RepositoryPolicyText Tags`),
    replacedBy: ['RepositoryName', 'EncryptionConfiguration'],
    made(properties, at) {
      const form = /^(?=.{2,256}$)[a-z0-9]+(?:(?:[./]|_{1,2}|-+)[a-z0-9]+)*$/
      const id = nameIn(properties, 'RepositoryName', form, () => at.uniqueName(256, 'lower-case'))
      const RepositoryUri = `${at.accountId}.dkr.ecr.${at.region}.amazonaws.com/${id}`
      return { id, attributes: { Arn: arn(at, 'ecr', `repository/${id}`), RepositoryUri } }
    },
    ...taken(
      ({ made, at }) =>
        `The repository with name '${made.id}' already exists in the registry with id '${at.accountId}'`,
      'RepositoryAlreadyExistsException',
    ),
    creating: (about) => [['CreateRepository', own(about)]],
    changing: (about) => [['PutImageTagMutability', own(about)]],
    removing: (about) => [['DeleteRepository', own(about)]],
  },
  'AWS::CloudWatch::Alarm': {
    service: 'cloudwatch',
    properties: words(`ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm
      Dimensions EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName
      Metrics Namespace OKActions Period Statistic Tags Threshold ThresholdMetricId TreatMissingData Unit`),
    required: ['ComparisonOperator', 'EvaluationPeriods'],
    replacedBy: ['AlarmName'],
    made(properties, at) {
      const id = nameIn(properties, 'AlarmName', /^.{1,255}$/, () => at.uniqueName(255))
      return { id, attributes: { Arn: arn(at, 'cloudwatch', `alarm:${id}`) } }
    },
    ...taken(({ made }) => `${made.id} already exists`),
    creating: (about) => [['PutMetricAlarm', own(about)]],
    changing: (about) => [['PutMetricAlarm', own(about)]],
    removing: (about) => [['DeleteAlarms', own(about)]],
  },
  'AWS::Logs::LogGroup': {
    service: 'logs',
    properties: words(
      'DataProtectionPolicy FieldIndexPolicies KmsKeyId LogGroupClass LogGroupName RetentionInDays Tags',
    ),
    replacedBy: ['LogGroupName', 'LogGroupClass'],
    made(properties, at) {
      const id = nameIn(properties, 'LogGroupName', /^[\w./#-]{1,512}$/, () => at.uniqueName(512))
      return { id, attributes: { Arn: arn(at, 'logs', `log-group:${id}:*`) } }
    },
    ...taken(() => 'The specified log group already exists', 'ResourceAlreadyExistsException'),
    creating: (about) => [
      ['CreateLogGroup', streams(about)],
      ...(about.properties.RetentionInDays === undefined ? [] : [['PutRetentionPolicy', streams(about)] as const]),
    ],
    changing: (about) => [['PutRetentionPolicy', streams(about)]],
    removing: (about) => [['DeleteLogGroup', streams(about)]],
  },
  'AWS::Events::Rule': {
    service: 'events',
    properties: words('Description EventBusName EventPattern Name RoleArn ScheduleExpression State Tags Targets'),
    replacedBy: ['Name', 'EventBusName'],
    made(properties, at) {
      const RuleName = nameIn(properties, 'Name', /^[\w.-]{1,64}$/, () => at.uniqueName(64))
      const bus = busIn(properties)
      const isDefault = bus === 'default'
      const Arn = arn(at, 'events', isDefault ? `rule/${RuleName}` : `rule/${bus}/${RuleName}`)
      return { id: isDefault ? RuleName : `${bus}|${RuleName}`, attributes: { Arn, RuleName } }
    },
    ...taken(({ made }) => `${made.id} already exists`),
    creating: (about) => [
      ['PutRule', own(about)],
      ...(targets(about.properties) ? [['PutTargets', own(about)] as const] : []),
    ],
    changing: (about) => [
      ['PutRule', own(about)],
      ...(targets(about.properties) ? [['PutTargets', own(about)] as const] : []),
    ],
    removing: (about) => [
      ['DeleteRule', own(about)],
      ...(targets(about.properties) ? [['RemoveTargets', own(about)] as const] : []),
    ],
  },
  'AWS::SNS::Topic': {
    service: 'sns',
    properties: words(`ArchivePolicy ContentBasedDeduplication DataProtectionPolicy DeliveryStatusLogging DisplayName
      FifoThroughputScope FifoTopic KmsMasterKeyId SignatureVersion Subscription Tags TopicName TracingConfig`),
    replacedBy: ['TopicName', 'FifoTopic'],
    made(properties, at) {
      const form = isFifo(properties) ? /^[\w-]{1,251}\.fifo$/ : /^[\w-]{1,256}$/
      const otherwise = (): string => (isFifo(properties) ? `${at.uniqueName(251)}.fifo` : at.uniqueName(256))
      const TopicName = nameIn(properties, 'TopicName', form, otherwise)
      const id = arn(at, 'sns', TopicName)
      return { id, attributes: { TopicArn: id, TopicName } }
    },
    ...taken(({ made }) => `${made.attributes.TopicName} already exists`),
    creating: (about) => [
      ['CreateTopic', own(about)],
      ...(about.properties.Subscription === undefined ? [] : [['Subscribe', own(about)] as const]),
    ],
    changing: (about) => [['SetTopicAttributes', own(about)]],
    removing: (about) => [['DeleteTopic', own(about)]],
  },
  'AWS::SNS::Subscription': {
    service: 'sns',
    properties: words(`DeliveryPolicy Endpoint FilterPolicy FilterPolicyScope Protocol RawMessageDelivery RedrivePolicy
      Region ReplayPolicy SubscriptionRoleArn TopicArn`),
    required: ['TopicArn', 'Protocol'],
    replacedBy: ['TopicArn', 'Protocol', 'Endpoint'],
    made(properties, at) {
      const id = `${topicIn(properties)}:${identifier(at)}`
      return { id, attributes: { Arn: id } }
    },
    creating: ({ properties }) => [['Subscribe', topicIn(properties)]],
    changing: ({ properties }) => [['SetSubscriptionAttributes', topicIn(properties)]],
    removing: ({ properties }) => [['Unsubscribe', topicIn(properties)]],
  },
  'AWS::SNS::TopicPolicy': {
    service: 'sns',
    properties: ['PolicyDocument', 'Topics'],
    required: ['PolicyDocument', 'Topics'],
    replacedBy: [],
    made(_, at) {
      const id = at.uniqueName(128)
      return { id, attributes: { Id: id } }
    },
    creating: ({ properties }) => topicsIn(properties),
    changing: ({ properties }, before) => [...topicsIn(before), ...topicsIn(properties)],
    removing: ({ properties }) => topicsIn(properties),
  },
}

const topicsIn = (properties: Properties) =>
  textsIn(properties, 'Topics').map((topic) => ['SetTopicAttributes', topic] as const)
