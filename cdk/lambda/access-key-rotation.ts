import { setTimeout as wait } from 'node:timers/promises'
import { IAMClient } from '@aws-sdk/client-iam'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { HeldKey } from '../src/rotation/held-key.ts'
import { keyAgeLine, oldestKeyAge } from '../src/rotation/key-age.ts'
import { isStep, performStep } from '../src/rotation/perform-step.ts'
import { rotatedSecret } from '../src/rotation/rotated-secret.ts'
import { userKeys } from '../src/rotation/user-keys.ts'

/**
 * Rotates the access key of one user in one secret: Secrets Manager invokes it once for each step of a rotation. A
 * schedule invokes it too, without a step, to write down how old the user's keys are.
 */
export async function handler(event: Readonly<Record<string, unknown>>): Promise<void> {
  const { USER_NAME: userName, SECRET_ARN: secretArn, SOAK_SECONDS } = process.env
  const soakSeconds = Number(SOAK_SECONDS ?? Number.NaN)
  if (!userName || !secretArn || !(soakSeconds >= 0))
    throw new Error('USER_NAME, SECRET_ARN and SOAK_SECONDS are needed')
  const keys = userKeys(new IAMClient({}), userName)
  const { Step, SecretId, ClientRequestToken: version, RotationToken: rotationToken } = event
  if (Step !== undefined) {
    if (!isStep(Step) || typeof version !== 'string') throw new Error('the event is no step of a rotation')
    if (SecretId !== secretArn) throw new Error('the event is about another secret')
    await performStep(Step, {
      ...{ userName, keys, version, soakSeconds, whoIs },
      ...(typeof rotationToken === 'string' && { rotationToken }),
      secret: rotatedSecret(new SecretsManagerClient({}), secretArn),
      now: () => new Date(),
      wait,
    })
    console.log(JSON.stringify({ step: Step, version, userName, done: true }))
  }
  if (Step === undefined || Step === 'finishSecret') {
    const now = new Date()
    const line = keyAgeLine(userName, await oldestKeyAge(keys, now), now)
    // Not by console: Lambda's puts time and request before it, and CloudWatch reads only plain JSON as metrics.
    process.stdout.write(`${line}\n`)
  }
}

async function whoIs({ accessKeyId, secretAccessKey }: HeldKey): Promise<string> {
  const client = new STSClient({ credentials: { accessKeyId, secretAccessKey } })
  try {
    return (await client.send(new GetCallerIdentityCommand({}))).Arn ?? ''
  } finally {
    client.destroy()
  }
}
