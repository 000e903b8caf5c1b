import type { Caller } from './caller.ts'
import { type CompiledCondition, compileCondition } from './compile-condition.ts'
import type { PolicyDocument, Statement } from './document.ts'
import { compileExemption, compileNaming, type Naming } from './grant.ts'
import { compileLike, type Matcher } from './matcher.ts'
import { compilePattern, type Pattern } from './pattern.ts'
import type { RequestContext, StatementRef } from './question.ts'

/** A question made ready for many statements. */
export interface Ask {
  /** In lower case. */
  readonly action: string
  readonly resource: string
  readonly context: RequestContext
  readonly caller: Caller
}

/** A statement made ready: each part can be asked by itself, so that explaining runs the very code that decides. */
export interface CompiledStatement {
  readonly ref: StatementRef
  readonly effect: Statement['effect']
  readonly source: Statement
  readonly naming: (caller: Caller) => Naming
  readonly action: (action: string) => boolean
  readonly resource: (resource: string, context: RequestContext) => boolean
  readonly conditions: readonly CompiledCondition[]
}

/** Whether everything but the principal matches. */
export function covers(statement: CompiledStatement, ask: Ask): boolean {
  if (!statement.action(ask.action) || !statement.resource(ask.resource, ask.context)) return false
  for (const { holds } of statement.conditions) if (!holds(ask.context)) return false
  return true
}

/**
 * Makes a statement ready. `hasBoundary` tells whether the caller has a permissions boundary, for then a Deny with
 * NotPrincipal hits them whomever it names.
 */
export function compileStatement(
  source: Statement,
  ref: StatementRef,
  version: PolicyDocument['version'],
  hasBoundary: boolean,
): CompiledStatement {
  const { effect } = source
  return {
    ref,
    effect,
    source,
    naming: compilePrincipals(source, ref, hasBoundary),
    action: compileActions(source),
    resource: compileResources(source, ref, version),
    conditions: source.conditions.map((condition) => compileCondition(condition, version, effect)),
  }
}

const directly = (): Naming => 'direct'
const nobody = (): Naming => 'none'

function compilePrincipals({ effect, principal, notPrincipal }: Statement, ref: StatementRef, hasBoundary: boolean) {
  if (ref.type !== 'resource' && ref.type !== 'rcp' && ref.type !== 'endpoint') return directly
  if (principal !== undefined) return compileNaming(principal)
  if (notPrincipal === undefined) return ref.type === 'resource' && effect === 'Allow' ? nobody : directly
  if (hasBoundary && effect === 'Deny') return directly
  const exempt = compileExemption(notPrincipal)
  return (caller: Caller): Naming => (exempt(caller) ? 'none' : 'direct')
}

function compileActions({ effect, action, notAction }: Statement): (action: string) => boolean {
  const listed = action ?? notAction
  if (listed === undefined) return () => effect === 'Deny'
  const matches = compileActionList(listed)
  return notAction === undefined ? matches : (asked) => !matches(asked)
}

/** Patterns are kept by service: the managed policies of AWS list a thousand actions of a hundred services. */
function compileActionList(listed: readonly string[]): (action: string) => boolean {
  const everywhere: Pattern[] = []
  const byService = new Map<string, Pattern[]>()
  for (const text of listed) {
    const pattern = text.toLowerCase()
    const service = pattern.slice(0, Math.max(0, pattern.indexOf(':')))
    if (service === '' || /[*?]/.test(service)) everywhere.push(compilePattern(pattern))
    else byService.set(service, [...(byService.get(service) ?? []), compilePattern(pattern)])
  }
  return (action) => {
    for (const matches of everywhere) if (matches(action)) return true
    if (byService.size > 0)
      for (const matches of byService.get(action.slice(0, action.indexOf(':'))) ?? []) if (matches(action)) return true
    return false
  }
}

function compileResources(
  { effect, resource, notResource }: Statement,
  ref: StatementRef,
  version: PolicyDocument['version'],
): Matcher {
  const listed = resource ?? notResource
  // A trust policy names no resource; nothing else gets here without one but a Deny that was never parsed.
  if (listed === undefined) return () => ref.type === 'resource' || effect === 'Deny'
  const matchers = listed.map((text) => compileLike(text, version))
  const matches: Matcher = (value, context) => {
    for (const one of matchers) if (one(value, context)) return true
    return false
  }
  return notResource === undefined ? matches : (value, context) => !matches(value, context)
}
