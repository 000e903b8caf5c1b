import type { Fault } from '../../fault.ts'
import type { Permission } from '../../service.ts'
import type { Table } from '../../store.ts'
import type { Properties, Provisioned, Provisioning, ResourceType, ResourceTypes } from '../resource-type.ts'
import { knowing } from './properties.ts'
import { recordedTable } from './recorded-table.ts'

/** What the caller of the stack must be allowed to do: an operation, and the ARN it is about. */
type Asked = readonly [operation: string, resource: string]

/** A resource, what it is made from, and where. */
export interface About {
  readonly properties: Properties
  readonly made: Provisioned
  readonly at: Provisioning
}

/** How a resource that the sandbox has no service for is known to the rest of its template. */
export interface Recorded {
  readonly service: string
  readonly properties: readonly string[]
  readonly required?: readonly string[]
  readonly replacedBy: readonly string[]
  readonly made: (properties: Properties, at: Provisioning) => Provisioned
  /** What is said of a second one of the same name, where names are given by people. */
  readonly taken?: (about: About) => Fault
  readonly creating: (about: About) => readonly Asked[]
  readonly changing: (about: About, before: Properties) => readonly Asked[]
  readonly removing: (about: About) => readonly Asked[]
}

const idOf = (type: string, { made, at }: About): string => [type, at.accountId, at.region, made.id].join(' ')

/** The account in an ARN: what is of another is not to be had through a stack, for nothing here has a policy. */
const permissionOf = (service: string, [operation, resource]: Asked): Permission => {
  const resourceAccount = resource.split(':')[4]
  return { action: `${service}:${operation}`, resource, ...(resourceAccount ? { resourceAccount } : {}) }
}

function typeOf(name: string, recorded: Recorded): ResourceType {
  const { service } = recorded
  const ask = (at: Provisioning, asked: Asked, act?: (rows: Table<Row>) => void): void =>
    at.inner.permit(service, asked[0], permissionOf(service, asked), (store) => act?.(store.table('recorded-resource')))
  /** The first comes last: nothing is done before all of it is allowed. */
  const askAll = (at: Provisioning, [first, ...rest]: readonly Asked[], act: (rows: Table<Row>) => void): void => {
    for (const one of rest) ask(at, one)
    if (first) ask(at, first, act)
  }
  return knowing(recorded.properties, {
    replacedBy: recorded.replacedBy,
    ...(recorded.required ? { required: recorded.required } : {}),
    async create(properties, at) {
      const made = recorded.made(properties, at)
      const about = { properties, made, at }
      const id = idOf(name, about)
      askAll(at, recorded.creating(about), (rows) => {
        if (recorded.taken && rows.get(id)) throw recorded.taken(about)
        rows.put(id, { stackId: at.stackId })
      })
      return made
    },
    async update(properties, { id, attributes, properties: before }, at) {
      const made = { id, attributes }
      for (const one of recorded.changing({ properties, made, at }, before)) ask(at, one)
      return made
    },
    async remove({ id, attributes, properties }, at) {
      const about = { properties, made: { id, attributes }, at }
      askAll(at, recorded.removing(about), (rows) => {
        const row = idOf(name, about)
        if (rows.get(row)?.stackId === at.stackId) rows.delete(row)
      })
    },
  })
}

/** That there is one of that name, and whose. */
interface Row {
  readonly stackId: string
}

/** Types that are only recorded: see docs/fidelity.md. */
export const recordedTypes: ResourceTypes = Object.fromEntries(
  Object.entries(recordedTable).map(([name, recorded]) => [name, typeOf(name, recorded)]),
)
