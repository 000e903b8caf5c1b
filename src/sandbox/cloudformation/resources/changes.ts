import { Fault } from '../../fault.ts'
import type { Output } from '../../service.ts'
import type { Provisioning } from '../resource-type.ts'

/** Makes one list into another: what is no longer in it is taken away, and then what is new is added. */
export async function turn(
  before: readonly string[],
  after: readonly string[],
  { take, add }: { readonly take: (one: string) => Promise<unknown>; readonly add: (one: string) => Promise<unknown> },
): Promise<void> {
  for (const one of before) if (!after.includes(one)) await unlessGone(take(one))
  for (const one of after) if (!before.includes(one)) await add(one)
}

const gone = [
  ...['NoSuchEntity', 'NoSuchBucket', 'NoSuchBucketPolicy', 'NoSuchTagSet'],
  ...['ResourceNotFoundException', 'ParameterNotFound'],
]

/** Done, or not needed: what it is about is gone already, or `also` says that this refusal means as much. */
export async function unlessGone(work: Promise<unknown>, also: readonly string[] = []): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof Fault) || !(gone.includes(error.code) || also.includes(error.code))) throw error
  }
}

/** Does the rest of a creation. When it fails, what was begun is taken back, for nobody else knows of it. */
export async function orUndo<T>(rest: () => Promise<T>, undo: () => Promise<void>): Promise<T> {
  try {
    return await rest()
  } catch (error) {
    // Why it failed is what people must read, also where it could not be taken back.
    await undo().catch(() => undefined)
    throw error
  }
}

/** Calls one service for resources; members that are undefined are left out. */
export const asking =
  (service: string) =>
  ({ inner }: Provisioning, operation: string, input: Readonly<Record<string, unknown>>): Promise<Output> =>
    inner.invoke(
      service,
      operation,
      Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)),
    )
