import { Fault, validationError } from '../fault.ts'

/** No stack of that name or id, in the words that tools look for. */
export const noSuchStack = (nameOrId: string): Fault => validationError(`Stack with id ${nameOrId} does not exist`)

export const noSuchChangeSet = (nameOrId: string): Fault =>
  new Fault('ChangeSetNotFound', 404, `ChangeSet [${nameOrId}] does not exist`)

export const alreadyExists = (message: string): Fault => new Fault('AlreadyExistsException', 400, message)

/** The template would make what its author has not said to expect. */
export const insufficientCapabilities = (capability: string): Fault =>
  new Fault('InsufficientCapabilitiesException', 400, `Requires capabilities : [${capability}]`)

export const invalidChangeSetStatus = (id: string, status: string, doing: string): Fault =>
  new Fault('InvalidChangeSetStatus', 400, `ChangeSet [${id}] cannot be ${doing} in its current status of [${status}]`)

/** What is asked does not fit what the stack is going through. */
export const wrongState = (id: string, status: string, otherwise: string): Fault =>
  validationError(`Stack:${id} is in ${status} state and can not be ${otherwise}.`)
