import { nodeCrypto } from '../host/node-crypto.ts'
import type { SourceSpec } from '../model/source-spec.ts'

/** The SHA-256, in hex, of the whole spec: every field that is set counts, the order they were written in does not. */
export const specDigest = (spec: SourceSpec): string => nodeCrypto().hash('sha256', canonicalSpec(spec))

/** The spec as JSON in its one spelling: keys sorted, absent and undefined fields alike left out. */
export const canonicalSpec = (spec: SourceSpec): string => canonical(spec)

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
  return `{${fields.join(',')}}`
}
