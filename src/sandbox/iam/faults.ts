import { awsMessage, type Fault as PolicyFault } from '../../policy/index.ts'
import { Fault } from '../fault.ts'

/** Something named in the call does not exist. */
export const noSuchEntity = (message: string): Fault => new Fault('NoSuchEntity', 404, message)

/** Something of that name is there already. */
export const entityAlreadyExists = (message: string): Fault => new Fault('EntityAlreadyExists', 409, message)

/** What is to be deleted still has parts; IAM never deletes them along. */
export const deleteConflict = (message: string): Fault => new Fault('DeleteConflict', 409, message)

/** A quota is used up. */
export const limitExceeded = (message: string): Fault => new Fault('LimitExceeded', 409, message)

/** The usual wording of `limitExceeded`. */
export const quotaExceeded = (quota: string, most: number): Fault =>
  limitExceeded(`Cannot exceed quota for ${quota}: ${most}`)

/** A role that AWS made in the account for a service of its own is not the account's to change. */
export const protectedRole = (name: string): Fault =>
  new Fault(
    'UnmodifiableEntity',
    400,
    `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
  )

/** Input that is well-formed, and still cannot be. */
export const invalidInput = (message: string): Fault => new Fault('InvalidInput', 400, message)

/** A policy document IAM refuses to keep, with the reason in AWS's words. */
export const malformedPolicy = (message: string): Fault => new Fault('MalformedPolicyDocument', 400, message)

/** The same, from what the parser found. */
export const malformedBy = (faults: readonly PolicyFault[]): Fault => malformedPolicy(awsMessage(faults))
