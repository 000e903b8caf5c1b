import { type Outcome, outcomeOf, parseCase } from './case.ts'
import { explain } from './explain.ts'
import { at, type Fault, type FaultList, report } from './fault.ts'
import { readJson } from './json.ts'
import type { Verdict } from './question.ts'
import { renderExplanation } from './render-explanation.ts'

/** How one case came out. */
export interface CaseResult {
  /** 0-based place in the file. */
  readonly index: number
  readonly id: string
  readonly want: Outcome
  readonly got: Outcome
  readonly passed: boolean
  readonly verdict: Verdict
  /** Why it was decided so, as lines of text. Empty for a case that passed. */
  readonly explanation: readonly string[]
}

/** A case that could not be asked. `path` starts with its place: `[3].identity[0].Statement[1].Effect`. */
export interface CaseFault extends Fault {
  /** 0-based; absent when the file as a whole is at fault. */
  readonly index?: number
  /** As the case gives it, when it does. */
  readonly id?: string
}

export interface CaseReport {
  /** True when every case could be asked and came out as wanted. A file without cases is not. */
  readonly passed: boolean
  readonly results: readonly CaseResult[]
  readonly faults: readonly CaseFault[]
}

/**
 * Runs a file of access decisions, given as JSON already parsed: a list of cases, in the format of docs/policy.md.
 * Never throws; a malformed case is a fault and the others run all the same.
 */
export function runCases(value: unknown): CaseReport {
  if (!Array.isArray(value)) return failed([{ path: '', problem: 'a file of cases is a JSON list' }])
  if (value.length === 0) return failed([{ path: '', problem: 'there is no case in it' }])
  const results: CaseResult[] = []
  const faults: CaseFault[] = []
  const seen = new Map<string, number>()
  value.forEach((item: unknown, index) => {
    const parsed = parseCase(item)
    const id = idOf(item)
    const list: FaultList = { faults: parsed.ok ? [] : [...parsed.faults], path: '' }
    if (id === undefined) report(at(list, 'id'), 'is missing')
    else if (seen.has(id)) report(at(list, 'id'), `is already the id of case ${seen.get(id)}`)
    else seen.set(id, index)
    if (parsed.ok && parsed.case.want === undefined) report(at(list, 'want'), 'is missing')
    for (const { path, problem } of list.faults) {
      const full = path === '' ? `[${index}]` : `[${index}].${path}`
      faults.push({ index, ...(id === undefined ? {} : { id }), path: full, problem })
    }
    if (!parsed.ok || list.faults.length > 0 || id === undefined || parsed.case.want === undefined) return
    const { want, policies, question } = parsed.case
    const explanation = explain(policies, question)
    const got = outcomeOf(explanation.verdict)
    const passed = got === want
    const lines = passed ? [] : renderExplanation(explanation)
    results.push({ index, id, want, got, passed, verdict: explanation.verdict, explanation: lines })
  })
  return { passed: faults.length === 0 && results.every((result) => result.passed), results, faults }
}

/** The same from the file's text, where a key given twice is a fault too. */
export function runCasesText(text: string): CaseReport {
  const faults: FaultList = { faults: [], path: '' }
  const json = readJson(text, faults)
  if (!json.ok || faults.faults.length > 0) return failed(faults.faults)
  return runCases(json.value)
}

const letters: Readonly<Record<Outcome, string>> = { A: 'allowed', I: 'implicitly denied', X: 'explicitly denied' }

/** A report as lines of plain text: each fault, each mismatch with its explanation, and a count at the end. */
export function renderCaseReport({ results, faults }: CaseReport): readonly string[] {
  const lines: string[] = []
  for (const { path, problem } of faults) lines.push(`malformed: ${path === '' ? '' : `${inline(path)} `}${problem}`)
  for (const { id, want, got, passed, explanation } of results)
    if (!passed)
      lines.push(
        `mismatch: ${inline(id)}: wanted ${letters[want]}, got ${letters[got]}`,
        ...explanation.map((line) => `  ${line}`),
      )
  const mismatches = results.filter((result) => !result.passed).length
  const good = results.length - mismatches
  const counted = [`${good} as wanted`, `${mismatches} not`, ...(faults.length > 0 ? [`${faults.length} faults`] : [])]
  return [...lines, counted.join(', ')]
}

const failed = (faults: readonly CaseFault[]): CaseReport => ({ passed: false, results: [], faults })

function idOf(value: unknown): string | undefined {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined
  return typeof id === 'string' && id !== '' ? id : undefined
}

const inline = (text: string) => JSON.stringify(text).slice(1, -1)
