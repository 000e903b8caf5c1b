import { Aws, CfnOutput, type Duration, SecretValue, Tags, Validations } from 'aws-cdk-lib'
import {
  AccessKey,
  Effect,
  Group,
  type IManagedPolicy,
  type IPrincipal,
  Policy,
  PolicyDocument,
  PolicyStatement,
  User,
} from 'aws-cdk-lib/aws-iam'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { checkManagedPolicies, checkName, checkPath, checkReaders, checkSeconds } from './check.ts'
import { mfaPolicy } from './mfa-policy.ts'
import { Refusal } from './refusal.ts'

export interface MfaGatedUserProps {
  /** A person's name, as IAM takes it. Their MFA device will bear it too. */
  readonly userName: string
  /** What they may do once they came with MFA. Default: nothing but to look after their own user. */
  readonly managedPolicies?: readonly IManagedPolicy[]
  /** Default: CloudFormation makes one up. */
  readonly groupName?: string
  /** The most the user may ever do, whatever they are granted later. */
  readonly permissionsBoundary?: IManagedPolicy
  /** Default: `/`. */
  readonly path?: string
  /** Tags of the user and of the secret. */
  readonly tags?: Readonly<Record<string, string>>
  /**
   * Where the permanent key goes. `secret`: into a Secrets Manager secret. `outputs`: into the stack's outputs, where
   * everybody who may look at the stack reads it, now and later. `none`: no key is made. Default: `secret`.
   */
  readonly keyDelivery?: 'secret' | 'outputs' | 'none'
  /**
   * Who may read the secret beside those whom their own policies let read secrets. The user cannot: it takes the key to
   * enrol MFA, and MFA to read the secret. So name another identity of theirs, or fetch the key and hand it over.
   */
  readonly keyReaders?: readonly IPrincipal[]
  /** The day the key is made, `2026-11-21`. Another day makes another key, and deletes the one before. */
  readonly keyIssued?: string
  /**
   * From so many days after `keyIssued` on everything is denied to the user, sessions included. AWS has no condition on
   * the age of a key: it is the calendar that is asked. Default: no end.
   */
  readonly maximumKeyAge?: Duration
  /** Allows policies that can take off every other limit (AdministratorAccess, IAMFullAccess). Default: they are refused. */
  readonly allowAdministrator?: boolean
}

/**
 * A user whose permanent key is useless without MFA, in a group of their own that has what they may do and `mfaPolicy`.
 * The rights and the denial hang on the same group, so nobody has the one without the other. The key is made last.
 *
 * Refuses, at synth time, what would be unsafe or contradicts itself, and says why.
 *
 * @example
 * new MfaGatedUser(this, 'User', {
 *   userName: 'ann',
 *   managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('AmazonS3FullAccess')],
 * })
 */
export class MfaGatedUser extends Construct {
  readonly user: User
  readonly group: Group
  /** Absent with `keyDelivery: 'none'`. */
  readonly accessKey?: AccessKey
  /** JSON: `aws_access_key_id` and `aws_secret_access_key`. Present with `keyDelivery: 'secret'`. */
  readonly keySecret?: Secret

  constructor(scope: Construct, id: string, props: MfaGatedUserProps) {
    super(scope, id)
    checkProps(this, props)
    const { userName, groupName, managedPolicies = [], permissionsBoundary, path, keyDelivery = 'secret' } = props
    this.group = new Group(this, 'Group', {
      managedPolicies: [...managedPolicies],
      ...(groupName === undefined ? {} : { groupName }),
      ...(path === undefined ? {} : { path }),
    })
    const gate = new Policy(this, 'Gate', { policyName: 'mfa-gate', document: gateOf(props), groups: [this.group] })
    this.user = new User(this, 'User', {
      userName,
      groups: [this.group],
      ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
      ...(path === undefined ? {} : { path }),
    })
    for (const [name, value] of Object.entries(props.tags ?? {})) Tags.of(this).add(name, value)
    acknowledgeWildcards(gate, path)
    if (keyDelivery === 'none') return
    this.accessKey = new AccessKey(this, 'Key', {
      user: this.user,
      ...(props.keyIssued === undefined ? {} : { serial: Number(props.keyIssued.replaceAll('-', '')) }),
    })
    // No key for an instant without the gate, neither when it is made nor when all is taken down.
    this.accessKey.node.addDependency(gate)
    if (keyDelivery === 'outputs') this.#writeOutputs(this.accessKey)
    else this.keySecret = this.#keep(this.accessKey, props)
  }

  #keep({ accessKeyId, secretAccessKey }: AccessKey, { userName, keyReaders = [] }: MfaGatedUserProps): Secret {
    const secret = new Secret(this, 'KeySecret', {
      description: `The permanent key of ${userName}, which opens nothing without MFA`,
      secretObjectValue: {
        // The id is no secret; the key itself is a reference that CloudFormation resolves, and in no template.
        aws_access_key_id: SecretValue.unsafePlainText(accessKeyId),
        aws_secret_access_key: secretAccessKey,
      },
    })
    for (const reader of keyReaders) secret.grantRead(reader)
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'It hands a key over once; the key is renewed by another keyIssued, or by AccessKeyRotation with a secret of its own.',
    })
    return secret
  }

  #writeOutputs({ accessKeyId, secretAccessKey }: AccessKey): void {
    new CfnOutput(this, 'AccessKeyId', { value: accessKeyId })
    new CfnOutput(this, 'SecretAccessKey', { value: secretAccessKey.unsafeUnwrap() })
  }
}

/** For cdk-nag, which knows a wildcard by the resource it stands in. */
function acknowledgeWildcards(gate: Policy, path: string | undefined): void {
  const { Statement } = mfaPolicy({ partition: '<AWS::Partition>', ...(path === undefined ? {} : { path }) })
  const resources = new Set(Statement.map(({ Resource }) => Resource.replace(/\$\{(.*?)\}/g, '<$1>')))
  for (const resource of resources)
    Validations.of(gate).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${resource}]`,
      reason:
        resource === '*'
          ? 'Two actions that know no resource; and the gate, which denies wherever it can'
          : 'The account is the one it is deployed to, and the user a variable: people get their own user and devices',
    })
}

/** `mfaPolicy`, and the end of the key where there is one. */
function gateOf({ path, keyIssued, maximumKeyAge }: MfaGatedUserProps): PolicyDocument {
  const document = PolicyDocument.fromJson(
    mfaPolicy({ partition: Aws.PARTITION, ...(path === undefined ? {} : { path }) }),
  )
  if (keyIssued !== undefined && maximumKeyAge !== undefined) {
    const end = new Date(Date.parse(keyIssued) + maximumKeyAge.toMilliseconds())
    document.addStatements(
      new PolicyStatement({
        sid: 'DenyAllOnceTheKeyIsTooOld',
        effect: Effect.DENY,
        actions: ['*'],
        resources: ['*'],
        conditions: { DateGreaterThan: { 'aws:CurrentTime': end.toISOString().replace('.000Z', 'Z') } },
      }),
    )
  }
  return document
}

function checkProps(scope: MfaGatedUser, props: MfaGatedUserProps): void {
  const { managedPolicies = [], keyDelivery = 'secret', keyReaders = [], keyIssued, maximumKeyAge } = props
  checkName(scope, 'user', props.userName)
  checkName(scope, 'group', props.groupName, 128)
  checkPath(scope, props.path)
  checkManagedPolicies(scope, managedPolicies, props.allowAdministrator)
  checkReaders(scope, keyReaders)
  checkSeconds(scope, 'maximumKeyAge', maximumKeyAge, 86_400, 365 * 86_400)
  if (keyDelivery !== 'secret' && keyReaders.length > 0)
    throw new Refusal(scope, `keyReaders read a secret, and with keyDelivery: '${keyDelivery}' there is none.`)
  if (keyDelivery === 'none' && keyIssued !== undefined)
    throw new Refusal(scope, `keyIssued names the day of a key, and with keyDelivery: 'none' there is none.`)
  if (keyIssued !== undefined && !isDay(keyIssued))
    throw new Refusal(scope, `keyIssued is ${JSON.stringify(keyIssued)}; it is a day such as 2026-11-21.`)
  if (maximumKeyAge !== undefined && keyIssued === undefined)
    throw new Refusal(
      scope,
      'maximumKeyAge needs keyIssued: AWS has no condition on the age of a key, so the day it is counted from has to ' +
        'be written down, as in keyIssued: "2026-11-21".',
    )
}

/** A day of the calendar: not 2026-02-30, which JavaScript takes for another. */
const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)
