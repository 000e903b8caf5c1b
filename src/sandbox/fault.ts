/**
 * AWS saying no: the code and text a client of the real service would read. Each protocol writes it in its own shape,
 * and may spell the code its own way (see `translate` in the service's protocol).
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: string
  readonly status: number
  /** More members of the error body, for the services that have them. */
  readonly detail: Readonly<Record<string, string>>

  constructor(code: string, status: number, message: string, detail: Readonly<Record<string, string>> = {}) {
    super(message)
    this.code = code
    this.status = status
    this.detail = detail
  }
}

/** The universal refusal of an unauthorised call. */
export const accessDenied = (message: string): Fault => new Fault('AccessDenied', 403, message)

/** The universal refusal of input that breaks a constraint. */
export const validationError = (message: string): Fault => new Fault('ValidationError', 400, message)
