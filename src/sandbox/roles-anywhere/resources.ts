import { randomUUID } from 'node:crypto'
import type { Tags } from '../cloud.ts'
import type { Call, Permission } from '../service.ts'
import type { Table } from '../store.ts'
import { invalid, notFound } from './faults.ts'

type Kind = 'trust-anchor' | 'profile' | 'crl' | 'subject'

const titles: Readonly<Record<Kind, string>> = {
  'trust-anchor': 'Trust anchor',
  profile: 'Profile',
  crl: 'Crl',
  subject: 'Subject',
}

/** The caller's own resource of an id. */
const arnOf = ({ caller, region }: Pick<Call, 'caller' | 'region'>, kind: Kind, id: string): string =>
  `arn:aws:rolesanywhere:${region}:${caller.accountId}:${kind}/${id}`

/** The parts that every new resource has. */
export function newResource(call: Call, kind: Kind, given: { readonly enabled?: boolean; readonly tags?: TagList }) {
  const id = randomUUID()
  const at = call.at.toISOString()
  return {
    id,
    arn: arnOf(call, kind, id),
    accountId: call.caller.accountId,
    region: call.region,
    createdAt: at,
    updatedAt: at,
    enabled: given.enabled ?? false,
    tags: tagsIn(given.tags),
  }
}

/** The resource of that id in the caller's account and region. Throws ResourceNotFoundException. */
export function find<T>(table: Table<T>, call: Call, kind: Kind, id: string): T {
  const found = table.get(arnOf(call, kind, id))
  if (!found) throw notFound(titles[kind])
  return found
}

/** What an operation on one resource needs: `rolesanywhere:GetCrl` on its ARN. */
export function needs(
  call: Call,
  operation: string,
  kind: Kind,
  id: string,
  table: Table<{ readonly tags: Tags }>,
): Permission {
  const resource = arnOf(call, kind, id)
  const tags = table.get(resource)?.tags
  return { action: `rolesanywhere:${operation}`, resource, ...(tags ? { resourceTags: tags } : {}) }
}

export type TagList = readonly { readonly key: string; readonly value: string }[]

/** Tags as the state keeps them. */
export const tagsIn = (list: TagList = []): Tags => Object.fromEntries(list.map(({ key, value }) => [key, value]))

/** The condition keys that tags bring to the call that sets them. */
export function tagContext(list: TagList | undefined): Pick<Permission, 'context'> {
  if (!list || list.length === 0) return {}
  const pairs = list.map(({ key, value }) => [`aws:RequestTag/${key}`, value] as const)
  return { context: { ...Object.fromEntries(pairs), 'aws:TagKeys': list.map(({ key }) => key) } }
}

interface Paging {
  readonly nextToken?: string
  readonly pageSize?: number
}

/** One page of the caller's resources, in the order they were made. */
export function pageOf<T extends { readonly accountId: string; readonly region: string; readonly arn: string }>(
  call: Call,
  table: Table<T>,
  { nextToken, pageSize = 50 }: Paging,
): { readonly items: readonly T[]; readonly nextToken?: string } {
  if (pageSize < 1) throw invalid('pageSize must be at least 1')
  const own = [...table.values()].filter(
    ({ accountId, region }) => accountId === call.caller.accountId && region === call.region,
  )
  const last = nextToken === undefined ? undefined : Buffer.from(nextToken, 'base64url').toString()
  const before = last === undefined ? -1 : own.findIndex(({ arn }) => arn === last)
  if (last !== undefined && before < 0) throw invalid('Invalid nextToken')
  const items = own.slice(before + 1, before + 1 + pageSize)
  const end = items.at(-1)
  const more = end !== undefined && before + 1 + pageSize < own.length
  return { items, ...(more ? { nextToken: Buffer.from(end.arn).toString('base64url') } : {}) }
}
