/** One thing wrong with a document, and where. */
export interface Fault {
  /** Where, as `Statement[1].Condition.Bool`; empty for the document as a whole. */
  readonly path: string
  readonly problem: string
  /** What AWS says of it in a MalformedPolicyDocument error, where that text is known and is not the general one. */
  readonly aws?: string
}

/** What AWS says of any fault for which it has no text of its own. */
const syntaxErrors = 'Syntax errors in policy.'

/**
 * The message AWS puts in its MalformedPolicyDocument error for these faults: it names one fault only, and a fault of
 * syntax before any other.
 */
export function awsMessage(faults: readonly Fault[]): string {
  const [first] = faults
  return first === undefined || faults.some((fault) => fault.aws === undefined)
    ? syntaxErrors
    : (first.aws ?? syntaxErrors)
}

/** Collects faults along the way; `at` gives the same list one level deeper. */
export interface FaultList {
  readonly faults: Fault[]
  readonly path: string
}

/** The same list, one field or index deeper. Long or unprintable keys are shortened and escaped. */
export function at(list: FaultList, step: string | number): FaultList {
  if (typeof step === 'number') return { faults: list.faults, path: `${list.path}[${step}]` }
  const name = /^[\x20-\x7e]{1,100}$/.test(step) ? step : quote(step).slice(1, -1)
  return { faults: list.faults, path: list.path === '' ? name : `${list.path}.${name}` }
}

/** More faults than anyone reads, and few enough to place in a document of any size. */
const enough = 50

/** Notes a fault; gives undefined, so that a reader can `return report(…)`. After fifty, no more are noted. */
export function report(list: FaultList, problem: string, aws?: string): undefined {
  if (list.faults.length >= enough) return undefined
  list.faults.push({ path: list.path, problem, ...(aws === undefined ? {} : { aws }) })
  return undefined
}

/** Quotes text from a document for a message: on one line, without control characters, and not too long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text)
}
