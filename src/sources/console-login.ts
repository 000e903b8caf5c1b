import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { ConsoleLoginSpec } from '../model/source-spec.ts'
import { cached } from './cached.ts'
import { readSession } from './cached-session.ts'
import { consoleToken } from './console/console-token.ts'
import { issuedFrom } from './issued.ts'
import type { Opener } from './source.ts'

/**
 * Credentials for whoever signed in to the console, as `aws login` has them: for a quarter of an hour each, renewed in
 * silence for up to twelve hours ("Sign in through the AWS CLI" in the AWS CLI User Guide). The sign-in is shared with
 * AWS's own tools.
 */
export const openConsoleLogin: Opener<ConsoleLoginSpec, Credentials> = (spec, host) => {
  if (!/^arn:[\w-]{1,30}:(?:iam|sts)::\d{12}:[\x21-\x7e]{1,2048}$/.test(spec.session))
    throw new Failure('config-invalid', 'login_session is not the ARN of a user or of the session of a role.', {
      hint: 'It looks like arn:aws:iam::111122223333:user/ann',
    })
  return cached(spec, host, async () => {
    // What is asked for anew is not to be what was had before, whoever keeps it.
    const had = await readSession(spec, host.vault)
    const token = await consoleToken(spec, host, had ? { insteadOf: had.credentials.accessKeyId } : {})
    const { accessKeyId, secretAccessKey, sessionToken, accountId, expiresAt } = token
    const answered = { accessKeyId, secretAccessKey, sessionToken, expiration: expiresAt.toISOString() }
    const issued = issuedFrom(answered, host.now())
    return { ...issued, credentials: { ...issued.credentials, accountId } }
  })
}
