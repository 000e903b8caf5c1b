import type { Cloud } from '../cloud.ts'
import type { Call, Permission } from '../service.ts'
import type { Table } from '../store.ts'
import { invalid } from './faults.ts'

type Kind = 'thing' | 'thingtype' | 'cert' | 'policy' | 'rolealias'

/** The caller's own resource of that name. */
export const arnOf = ({ caller, region }: Pick<Call, 'caller' | 'region'>, kind: Kind, name: string): string =>
  `arn:aws:iot:${region}:${caller.accountId}:${kind}/${name}`

/** What an operation on one resource needs: `iot:DescribeThing` on its ARN. */
export const needs = (call: Call, operation: string, kind: Kind, name: string): Permission => ({
  action: `iot:${operation}`,
  resource: arnOf(call, kind, name),
})

/** What an operation on no one resource needs. */
export const onAll = (operation: string): Permission => ({ action: `iot:${operation}`, resource: '*' })

/** The parts that every new resource has. */
export const newResource = (call: Call, kind: Kind, name: string) => ({
  arn: arnOf(call, kind, name),
  accountId: call.caller.accountId,
  region: call.region,
  createdAt: call.at.toISOString(),
})

/** The caller's own rows of a table, in the order they were made. */
export const own = <T extends { readonly accountId: string; readonly region: string }>(
  { caller, region }: Call,
  table: Table<T>,
): readonly T[] => [...table.values()].filter((row) => row.accountId === caller.accountId && row.region === region)

/** One page of a list, and the mark of the next. */
export function pageOf<T>(
  items: readonly T[],
  mark: string | undefined,
  size = 25,
): { readonly page: readonly T[]; readonly next?: string } {
  const start = mark === undefined ? 0 : Number(Buffer.from(mark, 'base64').toString())
  if (!Number.isInteger(start) || start < 0) throw invalid('Invalid next token')
  const end = start + size
  const next = end < items.length ? { next: Buffer.from(String(end)).toString('base64') } : {}
  return { page: items.slice(start, end), ...next }
}

/** An instant as REST JSON has it: seconds. */
export const seconds = (instant: string | Date): number => new Date(instant).getTime() / 1000

/** A UUID of the sandbox's own bytes. */
export function newId({ randomBytes }: Pick<Cloud, 'randomBytes'>): string {
  const hex = Buffer.from(randomBytes(16)).toString('hex')
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5')
}
