import type { PolicyDocument, Statement } from './document.ts'
import { at, type Fault, type FaultList, quote, report } from './fault.ts'
import { isRecord } from './field.ts'
import { lineAndColumn, type Places, placeOf, readJson } from './json.ts'
import { readStatement } from './parse-statement.ts'

/** What a document is attached to, which decides what its grammar asks for and forbids. */
export type PolicyKind = 'identity' | 'resource' | 'trust'

export type ParsedPolicy =
  | { readonly ok: true; readonly document: PolicyDocument }
  | { readonly ok: false; readonly faults: readonly Fault[] }

export interface ParseOptions {
  /** Refuses documents of 2008, and those that name no version, as IAM does for managed policies. */
  readonly version2012Only?: boolean
}

/**
 * A policy document from its JSON text, checked against IAM's grammar as IAM checks it when a policy is written; or
 * every fault with its path. Never throws. Size limits differ by policy type and are the caller's business.
 * `identity` is also the kind of boundaries, session policies and SCPs; `resource` also that of RCPs and endpoints.
 * See "Grammar of the IAM JSON policy language" in the IAM User Guide.
 *
 * @example parsePolicy('{"Version":"2012-10-17","Statement":[]}', 'identity')
 */
export function parsePolicy(text: string, kind: PolicyKind, options: ParseOptions = {}): ParsedPolicy {
  const faults: FaultList = { faults: [], path: '' }
  const json = readJson(text, faults)
  if (json.ok) {
    const parsed = finish(json.value, kind, options, faults)
    const { places } = json
    return parsed.ok || kind === 'identity'
      ? parsed
      : { ok: false, faults: parsed.faults.map((fault) => locate(fault, text, places)) }
  }
  const aws = kind === 'identity' ? {} : { aws: 'This policy contains invalid Json' }
  return { ok: false, faults: faults.faults.map((fault) => ({ ...fault, ...aws })) }
}

/** The same for JSON already parsed. A key given twice cannot be seen any more; prefer the text where there is one. */
export function parsePolicyValue(value: unknown, kind: PolicyKind, options: ParseOptions = {}): ParsedPolicy {
  return finish(value, kind, options, { faults: [], path: '' })
}

/** Of policies that name principals AWS tells where the syntax breaks: one character into the value at fault. */
function locate(fault: Fault, text: string, places: Places): Fault {
  const place = placeOf(places, fault.path)
  if (fault.aws !== undefined || place === undefined) return fault
  const { line, column } = lineAndColumn(text, place)
  return { ...fault, aws: `Syntax error at position (${line},${column + 1})` }
}

function finish(value: unknown, kind: PolicyKind, options: ParseOptions, faults: FaultList): ParsedPolicy {
  const document = readDocument(value, kind, options, faults)
  return document !== undefined && faults.faults.length === 0
    ? { ok: true, document }
    : { ok: false, faults: faults.faults }
}

function readDocument(
  value: unknown,
  kind: PolicyKind,
  options: ParseOptions,
  faults: FaultList,
): PolicyDocument | undefined {
  if (!isRecord(value)) return report(faults, 'a policy is a JSON object')
  for (const name of Object.keys(value)) {
    if (name !== 'Version' && name !== 'Id' && name !== 'Statement')
      report(at(faults, name), `a policy has no element ${quote(name)}; it has Version, Id and Statement`)
  }
  const version = readVersion(value.Version, at(faults, 'Version'))
  if (options.version2012Only && version === '2008-10-17')
    report(at(faults, 'Version'), 'must be "2012-10-17"', 'Policy document must be version 2012-10-17 or greater.')
  const id = value.Id
  if (id !== undefined && typeof id !== 'string') report(at(faults, 'Id'), 'must be a string')
  const statements = readStatements(value.Statement, kind, at(faults, 'Statement'))
  return {
    version: version ?? '2012-10-17',
    ...(typeof id === 'string' ? { id } : {}),
    statements,
  }
}

function readVersion(value: unknown, faults: FaultList): PolicyDocument['version'] | undefined {
  if (value === undefined) return '2008-10-17'
  if (value === '2012-10-17' || value === '2008-10-17') return value
  return report(faults, 'must be "2012-10-17", or "2008-10-17" for the old language without variables')
}

function readStatements(value: unknown, kind: PolicyKind, faults: FaultList): readonly Statement[] {
  if (value === undefined) report(faults, 'is missing')
  else if (Array.isArray(value)) {
    if (value.length === 0) report(faults, 'must hold at least one statement')
    const statements = value.map((item: unknown, index) => readStatement(item, kind, at(faults, index)))
    checkSids(statements, faults)
    return statements.filter((statement) => statement !== undefined)
  } else {
    const statement = readStatement(value, kind, faults)
    if (statement !== undefined) return [statement]
  }
  return []
}

function checkSids(statements: readonly (Statement | undefined)[], faults: FaultList): void {
  const seen = new Map<string, number>()
  statements.forEach((statement, index) => {
    // The console writes "Sid": "" into every statement, and IAM takes it for none.
    if (!statement?.sid) return
    const first = seen.get(statement.sid)
    if (first === undefined) seen.set(statement.sid, index)
    else
      report(
        at(at(faults, index), 'Sid'),
        `${quote(statement.sid)} is already the Sid of ${faults.path}[${first}]`,
        'Statement IDs (SID) in a single policy must be unique.',
      )
  })
}
