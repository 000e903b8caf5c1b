import { Failure, type FailureOptions } from '../../model/failure.ts'

/** What AWS answered to a call as a failure, in its words; `hint` says what to do where AWS denied it. */
export function refusal(what: string, error: unknown, hint?: string): Failure {
  if (error instanceof Failure) return error
  const message = `${what}: ${error instanceof Error ? error.message : String(error)}`
  const options: FailureOptions = { cause: error, ...(hint === undefined ? {} : { hint }) }
  const code = codeOf(error)
  if (/^AccessDenied/.test(code)) return new Failure('access-denied', message, options)
  if (/^Expired|^RequestExpired/.test(code)) return new Failure('credentials-expired', message, options)
  if (hasAnswer(error)) return new Failure('aws-refused', message, options)
  return new Failure('network', message, {
    cause: error,
    hint: 'Check the network, the proxy and the endpoint, then run the command again.',
  })
}

/** The code of an error of the AWS SDK. */
export const codeOf = (error: unknown): string => (error instanceof Error ? error.name : '')

/** Whether AWS answered at all: the SDK tells the status of an answer that came. */
const hasAnswer = (error: unknown): boolean =>
  error instanceof Error &&
  '$metadata' in error &&
  typeof error.$metadata === 'object' &&
  error.$metadata !== null &&
  'httpStatusCode' in error.$metadata &&
  error.$metadata.httpStatusCode !== undefined
