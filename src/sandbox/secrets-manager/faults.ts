import { Fault } from '../fault.ts'

export const notFound = (message = "Secrets Manager can't find the specified secret."): Fault =>
  new Fault('ResourceNotFoundException', 400, message)
export const exists = (message: string): Fault => new Fault('ResourceExistsException', 400, message)
export const invalidRequest = (message: string): Fault => new Fault('InvalidRequestException', 400, message)
export const invalidParameter = (message: string): Fault => new Fault('InvalidParameterException', 400, message)
export const limitExceeded = (message: string): Fault => new Fault('LimitExceededException', 400, message)
export const malformedPolicy = (message: string): Fault => new Fault('MalformedPolicyDocumentException', 400, message)
