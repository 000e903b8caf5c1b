import { Fault } from '../fault.ts'

export const notFound = (message: string): Fault => new Fault('ResourceNotFoundException', 404, message)
export const invalid = (message: string): Fault => new Fault('InvalidRequestException', 400, message)
export const inUse = (message: string): Fault => new Fault('DeleteConflictException', 409, message)
export const wrongState = (message: string): Fault => new Fault('CertificateStateException', 406, message)

/** There is one of that name already; says which, as the model has it. */
export const alreadyExists = (message: string, resourceArn: string, resourceId: string): Fault =>
  new Fault('ResourceAlreadyExistsException', 409, message, { resourceArn, resourceId })
