import { join } from 'node:path'
import { Aws, Duration, RemovalPolicy, SecretValue, Validations } from 'aws-cdk-lib'
import { type Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { type IUser, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnPermission, Code, Runtime, Function as ServerlessFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { CfnRotationSchedule, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { keyAgeMetric } from './key-age-metric.ts'
import { Refusal } from './refusal.ts'

/** Where the build puts the rotation function, as seen from src/ and from dist/. */
const asset = join(import.meta.dirname, '..', 'dist', 'lambda', 'access-key-rotation')

export interface AccessKeyRotationProps {
  /** Whose key it is. All keys of this user are the rotation's to make and to end: give people a user of their own. */
  readonly user: IUser
  /** How often there is a new key: 1 to 1000 whole days. Default: 30 days. */
  readonly every?: Duration
  /**
   * How long an old key stays inactive before the next turn deletes it: at least 1 hour, less than `every`. Until then
   * whoever still needs it can be saved by making it active again. Default: 1 day.
   */
  readonly soak?: Duration
  /** The age of a key that is an alarm: whole days, more than `every`. Default: a week more than `every`. */
  readonly alarmAfter?: Duration
  /** Default: CloudFormation makes one up. */
  readonly secretName?: string
  /** Encrypts the secret. Default: the account's own key for secrets. */
  readonly encryptionKey?: IKey
}

/**
 * A secret that always holds a good access key of a user, for the program that can have no role: a new key in good time,
 * the old one inactive as soon as the new one is proven, and gone a turn later. The first key is made by the first turn,
 * right after the deployment, so no template and no stack ever holds one. An alarm tells of a key past its age, and of a
 * rotation that has fallen silent.
 *
 * The secret is JSON: `user_name`, `aws_access_key_id`, `aws_secret_access_key`. Read it again when AWS refuses the key.
 *
 * Keys that a rotation made are not the stack's: delete them before you destroy a stack that has the user in it.
 *
 * Refuses, at synth time, times that contradict each other or leave no time to notice who still uses the old key.
 *
 * @example
 * const user = new User(this, 'Backup', { userName: 'backup-appliance' })
 * bucket.grantPut(user)
 * const { alarm, secret } = new AccessKeyRotation(this, 'Rotation', { user, every: Duration.days(14) })
 * alarm.addAlarmAction(new SnsAction(onCall))
 */
export class AccessKeyRotation extends Construct {
  readonly secret: Secret
  readonly alarm: Alarm
  /** The function behind the four steps of a rotation, and the measuring of the keys' age. */
  readonly rotationFunction: ServerlessFunction

  constructor(scope: Construct, id: string, props: AccessKeyRotationProps) {
    super(scope, id)
    const { user, encryptionKey, secretName } = props
    const { every, soak, alarmAfter } = timesOf(this, props)
    this.secret = new Secret(this, 'Secret', {
      description: `The access key of an IAM user, changed every ${every.toDays()} days`,
      secretObjectValue: { user_name: SecretValue.unsafePlainText(user.userName) },
      ...(encryptionKey && { encryptionKey }),
      ...(secretName === undefined ? {} : { secretName }),
    })
    this.rotationFunction = this.#rotationFunction(props, soak)
    this.#rotate(every)
    this.alarm = this.#watchAge(user, alarmAfter)
  }

  #rotationFunction({ user, encryptionKey }: AccessKeyRotationProps, soak: Duration): ServerlessFunction {
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const secrets = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage']
    const keys = ['List', 'Create', 'Update', 'Delete'].map(
      (verb) => `iam:${verb}AccessKey${verb === 'List' ? 's' : ''}`,
    )
    const may = (actions: readonly string[], resource: string): PolicyStatement =>
      new PolicyStatement({ actions: [...actions], resources: [resource] })
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Changes the access keys of one user, in one secret',
      inlinePolicies: {
        rotation: new PolicyDocument({
          statements: [
            may(
              secrets.map((action) => `secretsmanager:${action}`),
              this.secret.secretArn,
            ),
            may([...keys, 'iam:GetAccessKeyLastUsed'], user.userArn),
            may(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn),
          ],
        }),
      },
    })
    encryptionKey?.grantEncryptDecrypt(role)
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5',
      reason: 'The wildcards are the streams of its own log, which Lambda names, and the variants of two KMS actions.',
    })
    return new ServerlessFunction(this, 'Function', {
      description: 'Rotates the access key of an IAM user, and measures the age of its keys',
      runtime: Runtime.NODEJS_24_X,
      code: Code.fromAsset(asset),
      handler: 'index.handler',
      role,
      logGroup,
      // A new key is known everywhere within half a minute; the rest is for AWS to answer.
      timeout: Duration.minutes(2),
      memorySize: 256,
      environment: {
        USER_NAME: user.userName,
        SECRET_ARN: this.secret.secretArn,
        SOAK_SECONDS: String(soak.toSeconds()),
      },
    })
  }

  #rotate(every: Duration): void {
    const permission = new CfnPermission(this, 'RotationPermission', {
      action: 'lambda:InvokeFunction',
      functionName: this.rotationFunction.functionArn,
      principal: 'secretsmanager.amazonaws.com',
      sourceAccount: Aws.ACCOUNT_ID,
    })
    const schedule = new CfnRotationSchedule(this, 'Schedule', {
      secretId: this.secret.secretArn,
      rotationLambdaArn: this.rotationFunction.functionArn,
      rotationRules: { automaticallyAfterDays: every.toDays() },
      rotateImmediatelyOnUpdate: true,
    })
    // The first turn begins with the schedule, so the function must be ready: its permission, its role.
    schedule.node.addDependency(permission, this.rotationFunction)
  }

  #watchAge(user: IUser, alarmAfter: Duration): Alarm {
    new Rule(this, 'Daily', {
      description: 'Measures the age of an access key every day',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(this.rotationFunction)],
    })
    const metric = new Metric({
      namespace: keyAgeMetric.namespace,
      metricName: keyAgeMetric.name,
      dimensionsMap: { [keyAgeMetric.dimension]: user.userName },
      statistic: 'Maximum',
      period: Duration.days(1),
    })
    return metric.createAlarm(this, 'TooOld', {
      alarmDescription: `An access key is older than ${alarmAfter.toDays()} days, or nobody measures its age any more`,
      threshold: alarmAfter.toDays(),
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    })
  }
}

function timesOf(
  scope: Construct,
  { every = Duration.days(30), soak = Duration.days(1), alarmAfter }: AccessKeyRotationProps,
): { readonly every: Duration; readonly soak: Duration; readonly alarmAfter: Duration } {
  const days = wholeDays(scope, 'every', every)
  if (days < 1 || days > 1000) throw new Refusal(scope, `every is ${days} days; Secrets Manager takes 1 to 1000.`)
  if (soak.toSeconds() < 3600)
    throw new Refusal(
      scope,
      `soak is ${soak.toSeconds()} seconds: IAM learns of the use of a key hours later, so a key in use would be ` +
        'deleted before anybody could notice. Give it 1 hour at least, better a day.',
    )
  if (soak.toSeconds() >= every.toSeconds())
    throw new Refusal(
      scope,
      'soak is not shorter than every: each turn would find the old key still there, and IAM has no room for a third.',
    )
  const alarmDays = alarmAfter === undefined ? days + 7 : wholeDays(scope, 'alarmAfter', alarmAfter)
  if (alarmDays <= days)
    throw new Refusal(
      scope,
      `alarmAfter is ${alarmDays} days, and a key is due after ${days}: every key would raise the alarm. Give a turn ` +
        'time to be tried again.',
    )
  return { every, soak, alarmAfter: Duration.days(alarmDays) }
}

function wholeDays(scope: Construct, what: string, duration: Duration): number {
  const days = duration.toDays({ integral: false })
  if (!Number.isInteger(days)) throw new Refusal(scope, `${what} is ${days} days; it must be whole days.`)
  return days
}
