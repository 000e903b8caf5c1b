import type { HeldKey } from './held-key.ts'
import type { RotatedSecret } from './rotated-secret.ts'
import type { UserKeys } from './user-keys.ts'

/** What one turn of a rotation works with. */
export interface Rotation {
  readonly userName: string
  readonly keys: UserKeys
  readonly secret: RotatedSecret
  /** The version this turn makes: Secrets Manager's ClientRequestToken, the same in all four steps. */
  readonly version: string
  /** Proves who calls, where the function works in another account's name. */
  readonly rotationToken?: string
  /** Asks AWS who a key is. Throws what AWS refuses with. */
  readonly whoIs: (key: HeldKey) => Promise<string>
  /** How long a key stays inactive before it is deleted. */
  readonly soakSeconds: number
  readonly now: () => Date
  readonly wait: (milliseconds: number) => Promise<void>
}

/** A turn that trying again now cannot save: it is called off, so that the next one can begin. */
export class CalledOff extends Error {
  override readonly name = 'CalledOff'
}

/** Calls a turn off: takes AWSPENDING off its version, since Secrets Manager begins no other turn while it is there. */
export async function callOff({ secret, version }: Rotation, reason: string): Promise<never> {
  const { stages } = await secret.describe()
  if (stages[version]?.includes('AWSPENDING') && !stages[version]?.includes('AWSCURRENT'))
    await secret.moveStage('AWSPENDING', version, undefined)
  throw new CalledOff(reason)
}
