import type { IAMClient } from '@aws-sdk/client-iam'
import { parseArn } from '../../model/arn.ts'
import { Failure } from '../../model/failure.ts'

/** A virtual device that exists and is not yet enabled. */
export interface FreshDevice {
  readonly serialNumber: string
  /** Base32. Shown to the person once, and kept nowhere. */
  readonly seed: string
}

/** Who the device is for: an IAM user, by what GetCallerIdentity says. */
export interface Owner {
  readonly client: IAMClient
  readonly userName: string
  readonly userArn: string
}

/**
 * Creates a virtual device. One of that name that nobody uses, as an enrolment that was broken off leaves it, is
 * replaced. Rejects with `key-exists` when it is in use, and `access-denied` with AWS's reason.
 */
export async function createDevice(owner: Owner, name: string): Promise<FreshDevice> {
  const { CreateVirtualMFADeviceCommand } = await import('@aws-sdk/client-iam')
  const attempt = () => owner.client.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }))
  const created = await attempt()
    .catch(async (error: unknown) => {
      if (codeOf(error) !== 'EntityAlreadyExists') throw error
      await removeUnused(owner, name)
      return attempt()
    })
    .catch((error: unknown) => Promise.reject(refusal('The MFA device cannot be created', error)))
  const { SerialNumber: serialNumber, Base32StringSeed: bytes } = created.VirtualMFADevice ?? {}
  if (!serialNumber || !bytes) throw new Failure('aws-refused', 'IAM answered with a device that has no seed.')
  return { serialNumber, seed: Buffer.from(bytes).toString('utf8') }
}

async function removeUnused(owner: Owner, name: string): Promise<void> {
  const { ListMFADevicesCommand } = await import('@aws-sdk/client-iam')
  const { MFADevices = [] } = await owner.client.send(new ListMFADevicesCommand({ UserName: owner.userName }))
  const inUse = MFADevices.find(({ SerialNumber }) => SerialNumber?.endsWith(`/${name}`))
  if (inUse)
    throw new Failure('key-exists', `${owner.userName} already uses the device ${inUse.SerialNumber}.`, {
      hint: 'Put that serial in the profile as mfa_serial, or enrol another device: --device-name NAME',
    })
  const { partition = 'aws', account = '' } = parseArn(owner.userArn) ?? {}
  await deleteDevice(owner, `arn:${partition}:iam::${account}:mfa/${name}`)
}

/** Removes a device that is not enabled; AWS refuses to remove one that is. */
export async function deleteDevice({ client }: Owner, serialNumber: string): Promise<void> {
  const { DeleteVirtualMFADeviceCommand } = await import('@aws-sdk/client-iam')
  await client.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: serialNumber }))
}

/** Enables it with two consecutive codes; gives false when AWS finds the codes wrong. */
export async function enableDevice(
  { client, userName }: Owner,
  { serialNumber }: FreshDevice,
  codes: readonly [string, string],
): Promise<boolean> {
  const { EnableMFADeviceCommand } = await import('@aws-sdk/client-iam')
  const [AuthenticationCode1, AuthenticationCode2] = codes
  try {
    await client.send(
      new EnableMFADeviceCommand({
        UserName: userName,
        SerialNumber: serialNumber,
        AuthenticationCode1,
        AuthenticationCode2,
      }),
    )
    return true
  } catch (error) {
    if (codeOf(error) === 'InvalidAuthenticationCode') return false
    throw refusal('The MFA device cannot be enabled', error)
  }
}

const codeOf = (error: unknown): string => (error instanceof Error ? error.name.replace(/Exception$/, '') : '')

/** IAM's refusal as a failure, with IAM's own words. */
function refusal(what: string, error: unknown): Failure {
  if (error instanceof Failure) return error
  const message = error instanceof Error ? error.message : String(error)
  if (codeOf(error) === 'AccessDenied')
    return new Failure('access-denied', `${what}: ${message}`, {
      cause: error,
      hint: 'docs/mfa.md has the policy that lets users enrol their own device.',
    })
  return new Failure('aws-refused', `${what}: ${message}`, { cause: error })
}
