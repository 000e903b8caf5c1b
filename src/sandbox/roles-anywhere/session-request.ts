import type { Call } from '../service.ts'
import { type InputOf, integer, readInput, required, structure, text } from '../shape.ts'
import { invalid } from './faults.ts'
import * as members from './members.ts'

const shape = {
  trustAnchorArn: required(members.trustAnchorArn),
  profileArn: required(members.profileArn),
  roleArn: required(members.roleArn),
  durationSeconds: integer({ min: 900, max: 43_200 }),
  roleSessionName: text({ min: 2, max: 64, pattern: '[\\w+=,.@-]*' }),
  /** The old name of `roleSessionName`. */
  sessionName: text({ min: 2, max: 64, pattern: '[\\w+=,.@-]*' }),
  instanceProperties: structure({}),
}

/** What is asked of CreateSession. */
export type SessionRequest = InputOf<typeof shape>

/** Reads the input of CreateSession. The ARNs may be in the query, as AWS's own client has them, or in the body. */
export function readSessionRequest({ query }: Pick<Call, 'query'>, bytes: Uint8Array): SessionRequest {
  const given = new Map(Object.entries(bodyIn(bytes)))
  for (const [name, value] of query) {
    if (!/^(?:trustAnchor|profile|role)Arn$/.test(name)) continue
    if (given.has(name) && given.get(name) !== value) throw invalid(`${name} is given twice, and not the same.`)
    given.set(name, value)
  }
  return readInput(shape, Object.fromEntries(given))
}

function bodyIn(bytes: Uint8Array): object {
  if (bytes.length === 0) return {}
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Said below.
  }
  throw invalid('The request body is not a JSON object.')
}
