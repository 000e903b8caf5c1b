import { Fault } from '../fault.ts'

export const notFound = (message: string): Fault =>
  new Fault('ResourceNotFoundException', 404, message, { Type: 'User' })
export const conflict = (message: string): Fault =>
  new Fault('ResourceConflictException', 409, message, { Type: 'User' })
export const invalid = (message: string): Fault =>
  new Fault('InvalidParameterValueException', 400, message, { Type: 'User' })
