import type { FailureCode } from '../model/failure.ts'

/** The exit status of each failure. The list is documented in docs/exit-codes.md, which a test compares with this. */
export const exitStatus: Readonly<Record<FailureCode, number>> = {
  'check-failed': 1,
  'ledger-altered': 1,
  usage: 2,
  'config-invalid': 3,
  'profile-not-found': 3,
  'profile-incomplete': 3,
  'profile-loop': 3,
  'policy-malformed': 3,
  'file-conflict': 3,
  'key-not-found': 4,
  'key-exists': 4,
  'vault-locked': 4,
  'vault-corrupt': 4,
  'input-needed': 5,
  'login-needed': 5,
  'mfa-rejected': 6,
  'access-denied': 6,
  'credentials-expired': 6,
  'aws-refused': 6,
  network: 7,
  'ledger-down': 7,
  'ledger-conflict': 7,
  'command-not-found': 127,
  interrupted: 130,
}
