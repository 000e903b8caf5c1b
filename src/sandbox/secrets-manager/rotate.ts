import { Fault } from '../fault.ts'
import { invokeForService } from '../lambda/invoke.ts'
import type { Call } from '../service.ts'
import { nextRotation } from './rotation-rules.ts'
import { secretsOf } from './state.ts'
import { current, dropStage, pending, withStage } from './versions.ts'

export const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const
export type Step = (typeof steps)[number]

/**
 * Takes a secret through steps of a rotation, each an invocation of its function. The first that fails ends it, and
 * AWSPENDING stays where it is: the rotation counts as under way until somebody takes the label off.
 */
export async function rotate(call: Call, arn: string, token: string, plan: readonly Step[]): Promise<void> {
  const table = secretsOf(call.cloud)
  for (const step of plan) {
    const secret = table.get(arn)
    if (!secret?.rotation?.enabled || secret.deletedAt !== undefined) return
    const asked = { functionArn: secret.rotation.functionArn, service: 'secretsmanager.amazonaws.com' }
    const event = { Step: step, SecretId: arn, ClientRequestToken: token }
    try {
      const ran = await invokeForService(call, { ...asked, sourceArn: arn, sourceAccount: secret.accountId }, event)
      if (ran.failed) return testOnly(plan) ? withdraw(call, arn, token) : undefined
    } catch (error) {
      if (error instanceof Fault) return testOnly(plan) ? withdraw(call, arn, token) : undefined
      throw error
    }
  }
  if (testOnly(plan)) return withdraw(call, arn, token)
  const secret = table.get(arn)
  const rotation = secret?.rotation
  if (!rotation || withStage(secret.versions, current)?.id !== token) return
  const at = call.cloud.now()
  const next = nextRotation(rotation.rules, at)
  table.put(arn, {
    ...secret,
    versions: dropStage(secret.versions, pending, token),
    rotation: { ...rotation, lastAt: at.toISOString(), ...(next ? { nextAt: next.toISOString() } : {}) },
  })
}

const testOnly = (plan: readonly Step[]): boolean => plan.length === 1

/** The version that a test was made with goes away with it. */
function withdraw({ cloud }: Call, arn: string, token: string): void {
  const table = secretsOf(cloud)
  const secret = table.get(arn)
  if (!secret) return
  const left = dropStage(secret.versions, pending, token).filter(({ id, stages }) => id !== token || stages.length > 0)
  table.put(arn, { ...secret, versions: left })
}
