import { askOf, type CompiledPolicies, compilePolicies, type Group } from './compile.ts'
import type { CompiledCondition } from './compile-condition.ts'
import { type Ask, type CompiledStatement, covers } from './compile-statement.ts'
import { binds, decide } from './decide.ts'
import type { Statement } from './document.ts'
import type { Naming } from './grant.ts'
import type { AccessQuestion, PolicySet, StatementRef, Verdict } from './question.ts'
import { denialReason } from './reason.ts'

/** What a condition asked and what the request had. */
export interface ConditionExplanation {
  readonly operator: string
  readonly key: string
  readonly wanted: readonly string[]
  /** What the request's context had; undefined when the key was absent. */
  readonly found: string | readonly string[] | undefined
  readonly holds: boolean
}

/** Each part of one statement, asked by itself. */
export interface StatementExplanation {
  readonly ref: StatementRef
  readonly statement: Statement
  /** False when policies of this type do not bear on this caller, as SCPs on a service. */
  readonly applies: boolean
  /** How the statement names the caller; `direct` in the types that name nobody. */
  readonly principal: Naming
  readonly action: boolean
  readonly resource: boolean
  readonly conditions: readonly ConditionExplanation[]
  /** Whether all of it matched, so that its effect counts. */
  readonly matched: boolean
}

export interface Explanation {
  readonly question: AccessQuestion
  readonly verdict: Verdict
  /** AWS's words for a denial; empty when allowed. */
  readonly reason: string
  /** Every statement of every policy, in the order of the types in `PolicySet`. */
  readonly statements: readonly StatementExplanation[]
}

/** The verdict with every statement taken apart. It runs the very code that decides, only without stopping early. */
export function explain(policies: PolicySet, question: AccessQuestion): Explanation {
  const compiled = compilePolicies(policies)
  const ask = askOf(question)
  const verdict = decide(compiled, ask, question.resourceAccount)
  return {
    question,
    verdict,
    reason: denialReason(verdict, question),
    statements: groupsOf(compiled).flatMap((group) => group.statements.map((one) => explainStatement(one, ask))),
  }
}

function groupsOf({ identity, resource, boundary, session, scp, rcp, endpoint }: CompiledPolicies): readonly Group[] {
  return [identity, resource, boundary, session, ...(scp ?? []), ...(rcp ?? []), endpoint].filter(
    (group) => group !== undefined,
  )
}

function explainStatement(statement: CompiledStatement, ask: Ask): StatementExplanation {
  const { ref, source } = statement
  const applies = binds(ref.type, ask.caller)
  const principal = statement.naming(ask.caller)
  return {
    ref,
    statement: source,
    applies,
    principal,
    action: statement.action(ask.action),
    resource: statement.resource(ask.resource, ask.context),
    conditions: statement.conditions.map((condition) => explainCondition(condition, ask)),
    matched: applies && principal !== 'none' && covers(statement, ask),
  }
}

function explainCondition({ condition, lookup, holds }: CompiledCondition, { context }: Ask): ConditionExplanation {
  const { operator, key, values } = condition
  return { operator, key, wanted: values, found: lookup(context), holds: holds(context) }
}
