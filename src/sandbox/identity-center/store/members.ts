import { Fault } from '../../fault.ts'
import type { Call, Permission } from '../../service.ts'
import { list, oneOf, required, structure, text } from '../../shape.ts'
import { instanceOf } from '../state.ts'

/** Every operation names the store. */
export const inStore = { IdentityStoreId: required(text({ min: 1, max: 36 })) }

export const id = required(
  text({ min: 1, max: 47, pattern: '([0-9a-f]{10}-|)[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}' }),
)

export const words = text({ min: 1, max: 1024, sensitive: true })

/** A user name: letters, marks, symbols, numbers, punctuation; no spaces. */
export const userName = text({ min: 1, max: 128, pattern: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+', sensitive: true })

export const filters = list(
  structure({ AttributePath: required(text({ min: 1, max: 255 })), AttributeValue: required(words) }),
)

/** By which something is found without its id: `UserName`, `DisplayName`, `Emails.Value`. */
export const alternateIdentifier = required(
  structure({
    UniqueAttribute: required(
      structure({
        AttributePath: required(
          oneOf('UserName', 'userName', 'DisplayName', 'displayName', 'Emails.Value', 'emails.value'),
        ),
        AttributeValue: required(words),
      }),
    ),
  }),
)

/** What an operation must be allowed, on the store. */
export const needs =
  (action: string) =>
  (input: { readonly IdentityStoreId: string }, { cloud }: Call): Permission => ({
    action: `identitystore:${action}`,
    resource: `arn:aws:identitystore::${cloud.primaryAccount}:identitystore/${input.IdentityStoreId}`,
  })

/** Refuses another store than the one there is, and callers of accounts that do not own it. */
export function checkStore(id: string, { cloud, caller }: Pick<Call, 'cloud' | 'caller'>): void {
  if (id !== instanceOf(cloud).identityStoreId) throw notFound('IDENTITY_STORE', id)
  if (caller.accountId !== cloud.primaryAccount)
    throw new Fault('AccessDenied', 400, 'You do not have sufficient access to perform this action.')
}

export const notFound = (type: 'USER' | 'GROUP' | 'GROUP_MEMBERSHIP' | 'IDENTITY_STORE', id: string): Fault =>
  new Fault('ResourceNotFoundException', 400, `${type} not found.`, { ResourceType: type, ResourceId: id })

export const duplicate = (what: string): Fault =>
  new Fault('ConflictException', 400, `Duplicate ${what}`, { Reason: 'UNIQUENESS_CONSTRAINT_VIOLATION' })
