import { accessDenied } from '../fault.ts'
import { acceptCode } from '../mfa.ts'
import type { Call } from '../service.ts'

interface Given {
  readonly SerialNumber?: string
  readonly TokenCode?: string
}

/**
 * Whether MFA was given, and holds: a code of a device of the calling user, not used before. The device is looked at
 * first and the code only when it is the caller's own, so that codes tell nothing about other people's devices.
 */
export function checkMfa({ SerialNumber, TokenCode }: Given, { caller, cloud, at }: Call): boolean {
  if (SerialNumber === undefined && TokenCode === undefined) return false
  if (SerialNumber === undefined || TokenCode === undefined)
    throw accessDenied('MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.')
  const device = cloud.mfaDevices.get(SerialNumber)
  const own =
    device !== undefined &&
    device.enabledAt !== undefined &&
    device.accountId === caller.accountId &&
    (caller.kind === 'user'
      ? device.userName === caller.userName
      : caller.kind === 'root' && device.userName === undefined)
  if (!own)
    throw accessDenied(
      'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
    )
  if (!acceptCode(cloud, device, TokenCode, at))
    throw accessDenied('MultiFactorAuthentication failed with invalid MFA one time pass code. ')
  return true
}
