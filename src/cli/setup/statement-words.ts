import type { Condition, PrincipalElement, Statement } from '../../policy/document.ts'
import { type PolicyKind, parsePolicyValue } from '../../policy/parse.ts'

/**
 * What each statement of a policy does, a sentence each. What cannot be read as a policy is given as its JSON, so that
 * nothing is left out. `trust` is the kind of the policy that says who gets a role.
 */
export function statementWords(policy: unknown, kind: PolicyKind): readonly string[] {
  const parsed = parsePolicyValue(policy, kind)
  return parsed.ok ? parsed.document.statements.map(sentence) : [JSON.stringify(policy)]
}

function sentence(statement: Statement): string {
  const { effect, action, notAction = [], resource, notResource, principal, notPrincipal, conditions } = statement
  const verb = effect === 'Allow' ? 'allows' : 'denies'
  const actions = action ? named(action, 'everything') : `everything but ${listed(notAction)}`
  const words = [verb, ...whom(principal, notPrincipal), actions]
  if (resource) words.push(`on ${named(resource, 'everything')}`)
  if (notResource) words.push(`on everything but ${listed(notResource)}`)
  if (conditions.length > 0) words.push(`when ${conditions.map(condition).join(' and ')}`)
  return words.join(' ')
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`

const named = (words: readonly string[], all: string): string => (words.includes('*') ? all : listed(words))

function whom(principal: PrincipalElement | undefined, others: PrincipalElement | undefined): readonly string[] {
  if (others) return [`everybody but ${listed(who(others))}`]
  return principal ? [principal.any ? 'everybody' : listed(who(principal))] : []
}

const who = ({ any, aws = [], service = [], federated = [], canonicalUser = [] }: PrincipalElement): string[] => [
  ...(any ? ['everybody'] : []),
  ...aws.map((arn) => (arn === '*' ? 'everybody' : (ofAccount(arn) ?? arn))),
  ...[...service, ...federated, ...canonicalUser],
]

/** An account as a principal passes the choice on to the account's own policies. */
function ofAccount(principal: string): string | undefined {
  const account = /^(?:arn:[\w-]+:iam::(\d{12}):root|(\d{12}))$/.exec(principal)
  return account ? `whoever the policies of the account ${account[1] ?? account[2]} let` : undefined
}

const comparisons: Readonly<Record<string, string>> = {
  Bool: 'is',
  StringEquals: 'is',
  StringLike: 'is like',
  StringNotEquals: 'is not',
  StringNotLike: 'is not like',
  ArnEquals: 'is like',
  ArnLike: 'is like',
  NumericLessThan: 'is less than',
  NumericLessThanEquals: 'is at most',
  DateGreaterThan: 'is after',
  DateLessThan: 'is before',
  IpAddress: 'is in',
  NotIpAddress: 'is not in',
}

function condition({ operator, key, values }: Condition): string {
  const [, base = operator, ifExists] = /^(.*?)(IfExists)?$/.exec(operator) ?? []
  const given = values.join(' or ')
  const words = `${key} ${comparisons[base] ?? base} ${given}`
  return ifExists ? `${words} or absent` : words
}
