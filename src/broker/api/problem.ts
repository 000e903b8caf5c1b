import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { Failure } from '../../model/failure.ts'
import type { BrokerDenialCode, BrokerParts } from '../broker.ts'

export type ProblemCode = BrokerDenialCode | 'not-found' | 'malformed' | 'internal'

/** What a handler throws to answer with an error. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  constructor(code: ProblemCode, message: string) {
    super(message)
    this.code = code
  }
}

const statuses: Partial<Readonly<Record<ProblemCode, ContentfulStatusCode>>> = {
  'not-found': 404,
  malformed: 400,
  'policy-malformed': 400,
  'policy-too-large': 400,
  'login-expired': 401,
  'principal-revoked': 401,
  'rate-limited': 429,
  'aws-refused': 502,
  'aws-unreachable': 503,
  'ledger-down': 503,
  internal: 500,
}

const statusOf = (code: ProblemCode): ContentfulStatusCode => statuses[code] ?? 403

/** Answers with an error; what is not one of ours is told to the operator and not to the caller. */
export function answerError(error: Error, c: Context, log: BrokerParts['log']): Response {
  c.header('Cache-Control', 'no-store')
  const problem = problemOf(error)
  if (problem.code === 'internal')
    log('error', 'a request failed', { path: c.req.path, error: error.stack ?? String(error) })
  return c.json({ error: { code: problem.code, message: problem.message } }, statusOf(problem.code))
}

function problemOf(error: Error): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Failure && error.code === 'ledger-down') return new Problem('ledger-down', error.message)
  if (error instanceof Failure && error.code === 'usage') return new Problem('malformed', error.message)
  if (error instanceof HTTPException && error.status < 500)
    return new Problem('malformed', 'The body of the request is not JSON.')
  return new Problem('internal', 'Something went wrong in the broker; its log says what.')
}
