import { callerOf } from './caller.ts'
import { type Ask, type CompiledStatement, compileStatement } from './compile-statement.ts'
import { decide } from './decide.ts'
import type { PolicyDocument } from './document.ts'
import type { AccessQuestion, Decider, PolicySet, PolicyType } from './question.ts'

/** The statements of one or more documents that stand or fall together. */
export interface Group {
  /** All of them, in the order written. */
  readonly statements: readonly CompiledStatement[]
  readonly allows: readonly CompiledStatement[]
  readonly denies: readonly CompiledStatement[]
}

/** Policies made ready; a type that does not apply is absent, as in `PolicySet`. */
export interface CompiledPolicies {
  readonly identity?: Group
  readonly resource?: Group
  readonly boundary?: Group
  readonly session?: Group
  readonly endpoint?: Group
  /** One group a level. */
  readonly scp?: readonly Group[]
  readonly rcp?: readonly Group[]
}

/**
 * Policies made ready to be asked any number of times: about a microsecond a question, nothing kept between questions.
 * Decides as "Policy evaluation logic" in the IAM User Guide has it; docs/policy.md tells how.
 *
 * @example
 * const decider = compile({ identity: [document] })
 * decider({ principal: 'arn:aws:iam::111122223333:user/ann', action: 's3:GetObject', resource: '*', context: {} })
 */
export function compile(policies: PolicySet): Decider {
  const compiled = compilePolicies(policies)
  return (question) => decide(compiled, askOf(question), question.resourceAccount)
}

/** A question in the form statements are asked in. */
export function askOf(question: AccessQuestion): Ask {
  const { action, resource, context } = question
  return { action: action.toLowerCase(), resource, context, caller: callerOf(question) }
}

/** Compiles every document of a set. */
export function compilePolicies(policies: PolicySet): CompiledPolicies {
  const { identity, resource, boundary, session, endpoint, scp, rcp } = policies
  const hasBoundary = boundary !== undefined
  const group = (type: PolicyType, documents: readonly PolicyDocument[], first = 0): Group => {
    const statements = documents.flatMap(({ version, statements: listed }, place) =>
      listed.map((statement, index) => {
        const ref = { type, document: first + place, statement: index }
        const { sid } = statement
        return compileStatement(statement, sid === undefined ? ref : { ...ref, sid }, version, hasBoundary)
      }),
    )
    return {
      statements,
      allows: statements.filter(({ effect }) => effect === 'Allow'),
      denies: statements.filter(({ effect }) => effect === 'Deny'),
    }
  }
  const levels = (type: PolicyType, listed: readonly (readonly PolicyDocument[])[]): readonly Group[] => {
    let first = 0
    return listed.map((documents) => {
      const level = group(type, documents, first)
      first += documents.length
      return level
    })
  }
  return {
    ...(identity && { identity: group('identity', identity) }),
    ...(resource && { resource: group('resource', [resource]) }),
    ...(boundary && { boundary: group('boundary', boundary) }),
    ...(session && { session: group('session', session) }),
    ...(endpoint && { endpoint: group('endpoint', [endpoint]) }),
    ...(scp && { scp: levels('scp', scp) }),
    ...(rcp && { rcp: levels('rcp', rcp) }),
  }
}
