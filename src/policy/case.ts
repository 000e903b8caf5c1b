import { parseArn } from '../model/arn.ts'
import { isTrustQuestion } from './decide.ts'
import type { PolicyDocument, Statement } from './document.ts'
import { at, type Fault, type FaultList, quote, report } from './fault.ts'
import { isRecord } from './field.ts'
import { type PolicyKind, parsePolicyValue } from './parse.ts'
import type { AccessQuestion, PolicySet, RequestContext, Verdict } from './question.ts'

/** `A` allowed, `I` implicitly denied, `X` explicitly denied. */
export type Outcome = 'A' | 'I' | 'X'

/** One access decision as people write it down: a question, the policies, and the outcome they want. */
export interface PolicyCase {
  readonly id?: string
  readonly want?: Outcome
  readonly question: AccessQuestion
  readonly policies: PolicySet
}

export type ParsedCase =
  | { readonly ok: true; readonly case: PolicyCase }
  | { readonly ok: false; readonly faults: readonly Fault[] }

/** The letter for a verdict. */
export function outcomeOf({ outcome }: Verdict): Outcome {
  return outcome === 'allowed' ? 'A' : outcome === 'explicitly-denied' ? 'X' : 'I'
}

const fields = new Set([
  ...['id', 'want', 'principal', 'action', 'resource', 'racc', 'ctx'],
  ...['identity', 'rp', 'pb', 'session', 'scp', 'rcp', 'endpoint'],
])

/** RCPFullAWSAccess: AWS attaches it to everything in an organisation, and nobody can detach it. */
const fullAwsAccess: Statement = {
  effect: 'Allow',
  principal: { any: true },
  action: ['*'],
  resource: ['*'],
  conditions: [],
}

/** The level as AWS has it. The statement goes last in the first document, so that the others keep their places. */
function withFullAccess([first, ...rest]: readonly PolicyDocument[]): readonly PolicyDocument[] {
  const { version, statements } = first ?? { version: '2012-10-17', statements: [] }
  return [{ version, statements: [...statements, fullAwsAccess] }, ...rest]
}

/**
 * One case out of JSON, its policies parsed and checked; or every fault with its path in the case, such as
 * `identity[0].Statement[1].Effect`. `id` and `want` may be left out where only the answer is asked for.
 */
export function parseCase(value: unknown): ParsedCase {
  const faults: FaultList = { faults: [], path: '' }
  const found = readCase(value, faults)
  return found !== undefined && faults.faults.length === 0
    ? { ok: true, case: found }
    : { ok: false, faults: faults.faults }
}

function readCase(value: unknown, faults: FaultList): PolicyCase | undefined {
  if (!isRecord(value)) return report(faults, 'a case is a JSON object')
  for (const name of Object.keys(value))
    if (!fields.has(name)) report(at(faults, name), `a case has no field ${quote(name)}`)
  const text = (name: string) => readText(value[name], at(faults, name))
  const action = text('action') ?? ''
  const resource = text('resource') ?? ''
  const resourceAccount = value.racc === undefined ? undefined : text('racc')
  if (resourceAccount !== undefined && !/^\d{12}$/.test(resourceAccount))
    report(at(faults, 'racc'), 'must be an account id: twelve digits, in quotes')
  if (action !== '' && !/^[^\s:*?]+:[^\s:*?]+$/.test(action))
    report(at(faults, 'action'), 'must be one action such as s3:GetObject, without wildcards')
  const principal = text('principal') ?? ''
  if (principal !== '' && !isPrincipal(principal))
    report(at(faults, 'principal'), 'must be an ARN, a service, an identity provider, or "*"')
  const context = value.ctx === undefined ? {} : readContext(value.ctx, at(faults, 'ctx'))
  const id = value.id === undefined ? undefined : text('id')
  const want = value.want === undefined ? undefined : readWant(value.want, at(faults, 'want'))
  const base = { principal, action, resource, context }
  return {
    ...(id === undefined ? {} : { id }),
    ...(want === undefined ? {} : { want }),
    question: resourceAccount === undefined ? base : { ...base, resourceAccount },
    policies: readPolicies(value, isTrustQuestion(action.toLowerCase(), resource) ? 'trust' : 'resource', faults),
  }
}

const isPrincipal = (text: string) =>
  text === '*' || parseArn(text) !== undefined || /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(text)

function readText(value: unknown, faults: FaultList): string | undefined {
  if (typeof value === 'string' && value !== '') return value
  return report(faults, value === undefined ? 'is missing' : 'must be a string that is not empty')
}

function readWant(value: unknown, faults: FaultList): Outcome | undefined {
  if (value === 'A' || value === 'I' || value === 'X') return value
  return report(faults, 'must be "A" (allowed), "I" (implicitly denied) or "X" (explicitly denied)')
}

function readContext(value: unknown, faults: FaultList): RequestContext {
  if (!isRecord(value)) {
    report(faults, 'must be an object of condition keys')
    return {}
  }
  const context: Record<string, string | readonly string[]> = Object.create(null)
  for (const [key, found] of Object.entries(value)) {
    const here = at(faults, key)
    const items: readonly unknown[] = Array.isArray(found) ? found : [found]
    const texts = items.filter((item) => ['string', 'number', 'boolean'].includes(typeof item)).map(String)
    if (texts.length < items.length) report(here, 'must be a string, a number, a boolean, or a list of them')
    context[key] = Array.isArray(found) ? texts : (texts[0] ?? '')
  }
  return context
}

function readPolicies(
  value: Readonly<Record<string, unknown>>,
  resourceKind: PolicyKind,
  faults: FaultList,
): PolicySet {
  const documents = (name: string, kind: PolicyKind) =>
    value[name] === undefined ? undefined : readDocuments(value[name], kind, at(faults, name))
  const levels = (name: string, kind: PolicyKind) =>
    value[name] === undefined ? undefined : readLevels(value[name], kind, at(faults, name))
  const one = (name: string, kind: PolicyKind) =>
    value[name] === undefined ? undefined : readDocument(value[name], kind, at(faults, name))[0]

  const identity = documents('identity', 'identity')
  const boundary = documents('pb', 'identity')
  const session = documents('session', 'identity')
  const resource = one('rp', resourceKind)
  const endpoint = one('endpoint', 'resource')
  const scp = levels('scp', 'identity')
  const rcp = levels('rcp', 'resource')?.map(withFullAccess)
  return {
    ...(identity && { identity }),
    ...(resource && { resource }),
    ...(boundary && { boundary }),
    ...(session && { session }),
    ...(scp && { scp }),
    ...(rcp && { rcp }),
    ...(endpoint && { endpoint }),
  }
}

function readDocument(value: unknown, kind: PolicyKind, faults: FaultList): readonly PolicyDocument[] {
  const parsed = parsePolicyValue(value, kind)
  if (parsed.ok) return [parsed.document]
  for (const { path, problem } of parsed.faults) report(path === '' ? faults : at(faults, path), problem)
  return []
}

function readDocuments(value: unknown, kind: PolicyKind, faults: FaultList): readonly PolicyDocument[] {
  if (!Array.isArray(value)) return readDocument(value, kind, faults)
  return value.flatMap((item: unknown, index) => readDocument(item, kind, at(faults, index)))
}

/** A list has one entry a level: a document, or a list of the documents attached to that level. */
function readLevels(value: unknown, kind: PolicyKind, faults: FaultList): readonly (readonly PolicyDocument[])[] {
  if (!Array.isArray(value)) return [readDocument(value, kind, faults)]
  return value.map((item: unknown, index) => readDocuments(item, kind, at(faults, index)))
}
