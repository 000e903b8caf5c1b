import type { Statement } from './document.ts'
import type { ConditionExplanation, Explanation, StatementExplanation } from './explain.ts'
import { quote } from './fault.ts'
import type { Naming } from './grant.ts'
import type { StatementRef, Verdict } from './question.ts'

const outcomes: Readonly<Record<Verdict['outcome'], string>> = {
  allowed: 'allowed',
  'implicitly-denied': 'implicitly denied',
  'explicitly-denied': 'explicitly denied',
}

/**
 * An explanation as lines of plain text, without colour: the question, the verdict, then each statement and, where it
 * did not match, what stood in its way. Text out of policies and requests never brings line breaks of its own.
 */
export function renderExplanation(explanation: Explanation): readonly string[] {
  const { question, verdict, reason, statements } = explanation
  const { principal, action, resource, resourceAccount } = question
  const owner = resourceAccount === undefined ? '' : ` (of account ${inline(resourceAccount)})`
  const because = reason === '' ? '' : ` ${inline(reason)}`
  return [
    `${inline(principal)} asks for ${inline(action)} on ${inline(resource)}${owner}`,
    `${outcomes[verdict.outcome]}${because}`,
    ...(verdict.deciding.length > 0 ? [`decided by ${verdict.deciding.map(nameStatement).join(', ')}`] : []),
    ...statements.flatMap(renderStatement),
  ]
}

/** A statement's place as people write it: `identity[0].Statement[2] (Sid)`. */
export function nameStatement({ type, document, statement, sid }: StatementRef): string {
  return `${type}[${document}].Statement[${statement}]${sid ? ` (${inline(sid)})` : ''}`
}

function renderStatement(one: StatementExplanation): readonly string[] {
  const { ref, statement, matched, applies } = one
  const head = `  ${statement.effect.padEnd(5)} ${nameStatement(ref)}: ${matched ? 'matches' : 'does not match'}`
  if (!applies) return [`${head}; ${ref.type} policies do not bear on this caller`]
  const lines = [head]
  const named = namings[one.principal]
  if (one.principal === 'none') lines.push(`        principal   ${list(principalsOf(statement))} ${named}`)
  else if (statement.principal !== undefined) lines.push(`        principal   ${named}`)
  if (!one.action) lines.push(`        action      ${listed(statement.action, statement.notAction)}`)
  if (!one.resource) lines.push(`        resource    ${listed(statement.resource, statement.notResource)}`)
  return [...lines, ...one.conditions.map(renderCondition)]
}

const namings: Readonly<Record<Naming, string>> = {
  direct: 'names the caller',
  role: "names the role behind the caller's session",
  account: "names the caller's account, which leaves the choice to identity-based policies",
  none: 'does not name the caller',
}

const listed = (positive: readonly string[] | undefined, negative: readonly string[] | undefined) =>
  positive === undefined ? `is among those left out: ${list(negative ?? [])}` : `is not among ${list(positive)}`

function renderCondition({ operator, key, wanted, found, holds }: ConditionExplanation): string {
  const had = found === undefined ? 'absent' : list(typeof found === 'string' ? [found] : found)
  return `        condition   ${inline(operator)} ${inline(key)} wants ${list(wanted)}; the request has ${had}: ${holds ? 'holds' : 'fails'}`
}

function principalsOf({ principal, notPrincipal }: Statement): readonly string[] {
  const { any, aws = [], service = [], federated = [], canonicalUser = [] } = principal ?? notPrincipal ?? {}
  return any ? ['*'] : [...aws, ...service, ...federated, ...canonicalUser]
}

function list(texts: readonly string[]): string {
  const shown = texts.slice(0, 8).map(quote).join(', ')
  return texts.length > 8 ? `${shown} and ${texts.length - 8} more` : shown || 'nothing'
}

const inline = (text: string) => JSON.stringify(text).slice(1, -1)
