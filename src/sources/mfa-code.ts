import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import type { MfaSpec } from '../model/source-spec.ts'

/** What proves the second factor to STS. */
export interface MfaProof {
  readonly SerialNumber: string
  readonly TokenCode: string
}

/**
 * A six-digit code of the device: the one the host was started with, else what `process` prints, else what the person
 * types. Spaces in it are fine. Throws a `Failure`: `mfa-rejected` for what cannot be a code (nothing was sent),
 * `input-needed` when nobody can be asked.
 */
export async function mfaProof(mfa: MfaSpec, host: Host): Promise<MfaProof> {
  assertSerial(mfa.serial)
  const preset = host.presetMfaCode?.()
  if (preset !== undefined) return proof(mfa, preset, 'The code given with --mfa-code')
  if (mfa.process !== undefined) return proof(mfa, await host.run(mfa.process), 'What mfa_process printed')
  const typed = await host.ask({ kind: 'mfa-code', text: `MFA code for ${mfa.serial}` })
  return proof(mfa, typed, 'What was typed')
}

/** Throws a `Failure` (`config-invalid`) for a serial no MFA device can have. */
export function assertSerial(serial: string): void {
  if (/^[\w+=/:,.@-]{9,256}$/.test(serial)) return
  throw new Failure('config-invalid', 'The serial number of the MFA device is not one AWS could have given.', {
    hint: 'Set mfa_serial in the profile to the ARN of the device, arn:aws:iam::ACCOUNT:mfa/NAME.',
  })
}

function proof({ serial }: MfaSpec, given: string, origin: string): MfaProof {
  const code = given.replace(/\s/g, '')
  if (/^\d{6}$/.test(code)) return { SerialNumber: serial, TokenCode: code }
  // Not quoted: a command that goes wrong may print the seed.
  throw new Failure('mfa-rejected', `${origin} is not an MFA code, so nothing was sent.`, {
    hint: 'An MFA code is six digits, as the authenticator shows them.',
  })
}
