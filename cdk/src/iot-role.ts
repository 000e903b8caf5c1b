import { Duration, Stack } from 'aws-cdk-lib'
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnPolicy, CfnRoleAlias } from 'aws-cdk-lib/aws-iot'
import type { Construct } from 'constructs'
import { checkSeconds } from './check.ts'
import { checkExact, conditionValue, type OneOrMore } from './exact.ts'
import { Refusal } from './refusal.ts'
import { TrustedRole, type TrustedRoleProps } from './trusted-role.ts'

export interface IotRoleProps extends TrustedRoleProps {
  /** The name by which devices ask for the role. It is part of the trust, so it is written out. */
  readonly roleAlias: string
  /** Which things may ask for it. Default: any thing whose certificate has the policy, but always a thing. */
  readonly things?: OneOrMore
  /** How long a device's session lasts: 15 minutes to `maxSession`. Default: 1 hour. */
  readonly sessionDuration?: Duration
  /** The name of the policy of AWS IoT. Default: CloudFormation makes one up. */
  readonly policyName?: string
}

/**
 * A role for devices of AWS IoT: with the alias they ask for it by, and the policy of AWS IoT that lets a certificate
 * ask. Attach the policy to the certificates of the devices. What the role may do can speak of the device:
 * `${credentials-iot:ThingName}`.
 *
 * Refuses, at synth time, wildcards in the alias or in the things, and sessions longer than the role's; and what
 * TrustedRole refuses.
 *
 * @example
 * const { policy } = new IotRole(this, 'Lamp', { roleName: 'lamp', roleAlias: 'lamp' })
 * new CfnPolicyPrincipalAttachment(this, 'Attached', { policyName: policy.ref, principal: certificateArn })
 */
export class IotRole extends TrustedRole {
  readonly alias: CfnRoleAlias
  /** The policy of AWS IoT; its `ref` is its name. */
  readonly policy: CfnPolicy

  constructor(scope: Construct, id: string, props: IotRoleProps) {
    const { roleAlias, things, policyName, maxSession = Duration.hours(1) } = props
    const { sessionDuration = Duration.seconds(Math.min(3600, maxSession.toSeconds())) } = props
    if (!/^[\w=,@-]{1,128}$/.test(roleAlias))
      throw new Refusal(
        scope,
        `roleAlias is ${JSON.stringify(roleAlias)}; AWS IoT takes 1 to 128 of A-Z a-z 0-9 _ = , @ and -, written out.`,
      )
    if (things !== undefined) checkExact(scope, 'things', things)
    const aliasArn = Stack.of(scope).formatArn({ service: 'iot', resource: 'rolealias', resourceName: roleAlias })
    const trust = new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['sts:AssumeRole'],
      principals: [new ServicePrincipal('credentials.iot.amazonaws.com')],
      conditions: { ArnEquals: { 'aws:SourceArn': aliasArn } },
    })
    super(scope, id, [trust], { description: 'A role for devices of AWS IoT', ...props })
    checkSeconds(this, 'sessionDuration', sessionDuration, 900, maxSession.toSeconds())
    this.alias = new CfnRoleAlias(this, 'Alias', {
      roleAlias,
      roleArn: this.roleArn,
      credentialDurationSeconds: sessionDuration.toSeconds(),
    })
    this.policy = new CfnPolicy(this, 'Policy', {
      ...(policyName === undefined ? {} : { policyName }),
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'iot:AssumeRoleWithCertificate',
            Resource: aliasArn,
            Condition: {
              Bool: { 'iot:Connection.Thing.IsAttached': 'true' },
              ...(things !== undefined && {
                StringEquals: { 'iot:Connection.Thing.ThingName': conditionValue(things) },
              }),
            },
          },
        ],
      },
    })
  }
}
