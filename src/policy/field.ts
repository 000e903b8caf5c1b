import { at, type FaultList, report } from './fault.ts'

/** Whether the value is a JSON object: neither null nor a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One string or a list of them, as a list; notes a fault for anything else. */
export function readStrings(value: unknown, faults: FaultList): readonly string[] {
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value)) {
    report(faults, 'must be a string or a list of strings')
    return []
  }
  const strings: string[] = []
  value.forEach((item: unknown, index) => {
    if (typeof item === 'string') strings.push(item)
    else report(at(faults, index), 'must be a string')
  })
  return strings
}
