import { createSecret } from './create-secret.ts'
import { finishSecret } from './finish-secret.ts'
import type { Rotation } from './rotation.ts'
import { setSecret } from './set-secret.ts'
import { testSecret } from './test-secret.ts'

const steps = { createSecret, setSecret, testSecret, finishSecret }
export type Step = keyof typeof steps
export const isStep = (name: unknown): name is Step => typeof name === 'string' && Object.hasOwn(steps, name)

/**
 * Performs one of the four steps of a rotation ("Rotation function", AWS Secrets Manager User Guide). Each may be done
 * again, at any time and after a crash at any point, and no key that works is lost by it.
 */
export async function performStep(step: Step, rotation: Rotation): Promise<void> {
  const { rotates, stages } = await rotation.secret.describe()
  const own = stages[rotation.version]
  if (!rotates) throw new Error('rotation is not enabled for the secret')
  if (!own) throw new Error(`the secret has no version ${rotation.version} to rotate to`)
  if (own.includes('AWSCURRENT')) {
    // Secrets Manager repeats a step whose answer was lost. Only the last has something left to do.
    if (step === 'finishSecret') await finishSecret(rotation)
    return
  }
  if (!own.includes('AWSPENDING')) throw new Error(`the version ${rotation.version} is not pending: its turn is over`)
  await steps[step](rotation)
}
