import { randomUUID } from 'node:crypto'
import type { StackOperation } from './state.ts'

export const newOperation = (type: StackOperation['type']): StackOperation => ({ id: randomUUID(), type })

const begins: Readonly<Record<string, StackOperation['type']>> = {
  CREATE_IN_PROGRESS: 'CREATE_STACK',
  UPDATE_IN_PROGRESS: 'UPDATE_STACK',
  DELETE_IN_PROGRESS: 'DELETE_STACK',
  ROLLBACK_IN_PROGRESS: 'ROLLBACK',
  UPDATE_ROLLBACK_IN_PROGRESS: 'ROLLBACK',
}

/** The operation that begins when a stack goes from one status to another; a rollback is one of its own, as at AWS. */
export function operationBegun(from: string, to: string): StackOperation | undefined {
  const type = begins[to]
  if (type === undefined) return undefined
  return newOperation(type === 'ROLLBACK' && from === 'UPDATE_ROLLBACK_FAILED' ? 'CONTINUE_ROLLBACK' : type)
}
