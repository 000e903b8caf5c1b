import type { Command } from 'commander'
import { Failure } from '../model/failure.ts'
import type { HostOptions } from './cli.ts'

/** Flags of every verb that may have to ask for an MFA code. */
export interface SessionOptions {
  readonly mfaCode?: string
  readonly input: boolean
  readonly json?: boolean
}

/** Adds the flags of a verb that may have to ask. */
export const sessionOptions = (command: Command): Command =>
  command
    .option('--mfa-code <code>', 'the six digits, instead of asking for them')
    .option('--no-input', 'never ask; fail with exit status 5 where an answer is needed')

/** What the flags say about the outside. */
export function hostOptions({ mfaCode, input }: SessionOptions): HostOptions {
  if (mfaCode !== undefined && !/^\d{6}$/.test(mfaCode))
    throw new Failure('usage', 'The --mfa-code must be six digits.', { hint: 'Type what the MFA device shows now.' })
  return { input, ...(mfaCode === undefined ? {} : { mfaCode }) }
}
