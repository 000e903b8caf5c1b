import { type PolicyKind, parsePolicy } from '../policy/index.ts'
import type { Account, Cloud, PolicyText } from './cloud.ts'
import { Fault } from './fault.ts'

type Levels = readonly (readonly PolicyText[])[]

const form =
  'Send {"accounts": {"111122223333": {"scp": [[document, …], …], "rcp": null}}}: a list a level, root first.'
const malformed = (message: string): Fault => new Fault('BadRequest', 400, message, { hint: form })

/**
 * The accounts with the organisation's policies that were sent. An account or a type left out stays as it is; null
 * takes the policies away. Documents are JSON or JSON text. Nothing changes unless all of it can be read.
 */
export function readOrganization(cloud: Cloud, body: unknown): Account[] {
  const accounts = isObject(body) ? body.accounts : undefined
  if (!isObject(accounts)) throw malformed('The body names no accounts.')
  return Object.entries(accounts).map(([id, policies]) => {
    const account = cloud.accounts.get(id)
    if (account === undefined) {
      const known = [...cloud.accounts.values()].map((each) => each.id).join(', ')
      throw new Fault('NotFound', 404, 'One of the accounts is not of this sandbox.', { hint: `It has ${known}.` })
    }
    if (!isObject(policies)) throw malformed(`The policies of ${id} are not an object.`)
    const { scp, rcp, ...rest } = account
    const given = {
      scp: readLevels(policies.scp, scp, 'identity', `${id}.scp`),
      rcp: readLevels(policies.rcp, rcp, 'resource', `${id}.rcp`),
    }
    return { ...rest, ...(given.scp && { scp: given.scp }), ...(given.rcp && { rcp: given.rcp }) }
  })
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function readLevels(given: unknown, before: Levels | undefined, kind: PolicyKind, at: string): Levels | undefined {
  if (given === undefined) return before
  if (given === null) return undefined
  if (!Array.isArray(given)) throw malformed(`${at} is not a list of levels.`)
  return given.map((level: unknown, depth) => {
    if (!Array.isArray(level)) throw malformed(`${at}[${depth}] is not a list of documents.`)
    return level.map((document: unknown, place) => readDocument(document, kind, `${at}[${depth}][${place}]`))
  })
}

function readDocument(document: unknown, kind: PolicyKind, at: string): PolicyText {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  const parsed = parsePolicy(text, kind)
  if (parsed.ok) return text
  const [first] = parsed.faults
  throw malformed(`${at} is not a policy: ${first ? `${first.path} ${first.problem}` : 'it cannot be read'}`)
}
