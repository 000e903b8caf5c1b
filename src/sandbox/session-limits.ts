import { accessDenied, Fault } from './fault.ts'
import type { Caller } from './service.ts'

/**
 * Refuses what a kind of session may never do, whatever its policies say: sessions of GetSessionToken call IAM only when
 * MFA was given for them, and of STS only AssumeRole and GetCallerIdentity; those of GetFederationToken call no IAM,
 * and of STS only GetCallerIdentity. A sign-in to the console gives sessions without these limits. See "Compare AWS STS credentials" in the IAM User Guide.
 */
export function admitSession(service: string, operation: string, { session }: Caller): void {
  if (session === undefined || session.kind === 'assumed-role' || session.console) return
  const federated = session.kind === 'federated-user'
  // AWS answers as if the key did not exist, which hides the cause; programs know this answer and so do we.
  if (service === 'iam' && (federated || session.mfaAt === undefined))
    throw new Fault('InvalidClientTokenId', 403, 'The security token included in the request is invalid')
  if (service !== 'sts' || operation === 'GetCallerIdentity') return
  if (federated || operation !== 'AssumeRole') throw accessDenied(`Cannot call ${operation} with session credentials`)
}
