import { createHash } from 'node:crypto'
import type { Cloud, Instant } from '../cloud.ts'
import type { Table } from '../store.ts'

/** The one machine of the sandbox that has an instance metadata endpoint. */
export interface Instance {
  readonly id: string
  /** Of the primary account. Absent: none is associated. */
  readonly profileName?: string
  /** Whether IMDSv1, which asks for no token, is answered too. */
  readonly v1: boolean
}

/** The one task of the sandbox that has a container credentials endpoint. */
export interface Task {
  /** Of the primary account. Absent: the task has no role. */
  readonly roleName?: string
  /** The last part of the address, and what the Authorization header must be. */
  readonly id: string
  readonly token: string
}

/** Credentials that are given out until they are about to end. */
export interface Delivery {
  readonly accessKeyId: string
  readonly roleId: string
  readonly updatedAt: Instant
}

/** What there is of machines: one row each in the first two. Session tokens of IMDSv2 are keyed by their digest. */
export const instanceTables = ({ store }: Pick<Cloud, 'store'>) => ({
  instance: store.table('instance') as Table<Instance>,
  task: store.table('task') as Table<Task>,
  tokens: store.table('imds-token') as Table<{ readonly key: string; readonly expiresAt: Instant }>,
  deliveries: store.table('delivery') as Table<Delivery>,
})

const row = 'the one'

/** The machine, made when it is first asked for. */
export function instanceOf(cloud: Pick<Cloud, 'store' | 'randomBytes'>): Instance {
  const { instance } = instanceTables(cloud)
  const known = instance.get(row)
  if (known) return known
  const made = { id: `i-0${hex(cloud, 8).slice(1)}`, v1: false }
  instance.put(row, made)
  return made
}

/** The task, made when it is first asked for. */
export function taskOf(cloud: Pick<Cloud, 'store' | 'randomBytes'>): Task {
  const { task } = instanceTables(cloud)
  const known = task.get(row)
  if (known) return known
  const made = { id: hex(cloud, 16), token: `Bearer ${hex(cloud, 24)}` }
  task.put(row, made)
  return made
}

export const putInstance = (cloud: Pick<Cloud, 'store'>, instance: Instance): void =>
  instanceTables(cloud).instance.put(row, instance)

export const putTask = (cloud: Pick<Cloud, 'store'>, task: Task): void => instanceTables(cloud).task.put(row, task)

const hex = ({ randomBytes }: Pick<Cloud, 'randomBytes'>, length: number): string =>
  Buffer.from(randomBytes(length)).toString('hex')

/** Tokens are kept by their digest: what finds one then tells nothing of it. */
export const tokenKey = (token: string): string => createHash('sha256').update(token).digest('hex')
