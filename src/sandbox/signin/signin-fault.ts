import { Fault } from '../fault.ts'
import type { Answer } from '../service.ts'

/** The reasons of AccessDeniedException, with the status of each ("CreateOAuth2Token" in the AWS Sign-In API). */
const denials = {
  TOKEN_EXPIRED: 401,
  AUTHCODE_EXPIRED: 401,
  USER_CREDENTIALS_CHANGED: 403,
  INSUFFICIENT_PERMISSIONS: 403,
} as const

export const signInDenied = (error: keyof typeof denials, message: string): Fault =>
  new Fault('AccessDeniedException', denials[error], message, { error })

export const invalidRequest = (message: string): Fault =>
  new Fault('ValidationException', 400, message, { error: 'INVALID_REQUEST' })

/** A refusal as the SDKs read it: the exception in a header, and OAuth's error with a message in the body. */
export function refuseSignIn({ code, status, message, detail }: Fault): Answer {
  const isOurs = detail.error !== undefined
  const isBroken = status >= 500
  const name = isOurs ? code : isBroken ? 'InternalServerException' : 'ValidationException'
  const error = detail.error ?? (isBroken ? 'server_error' : 'INVALID_REQUEST')
  return {
    status: isOurs || isBroken ? status : 400,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'x-amzn-ErrorType': name },
    body: JSON.stringify({ error, message }),
  }
}
