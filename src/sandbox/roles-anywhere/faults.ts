import { Fault } from '../fault.ts'

/** What Roles Anywhere says of what is not there. */
export const notFound = (what: string): Fault => new Fault('ResourceNotFoundException', 404, `${what} not found.`)

/** What it says of input that breaks a rule beyond its model. */
export const invalid = (message: string): Fault => new Fault('ValidationException', 400, message)

/** What it says to a certificate it does not take. */
export const refused = (message: string): Fault => new Fault('AccessDeniedException', 403, message)
