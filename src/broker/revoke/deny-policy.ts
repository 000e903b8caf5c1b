/** What is to be denied on one role or user. Instants are milliseconds since 1970. */
export interface Denials {
  /** Single sessions of a role, by `aws:userid`. */
  readonly userIds: readonly string[]
  /** People and workloads by `aws:SourceIdentity`, for what was issued before. */
  readonly people: readonly { readonly sourceIdentity: string; readonly before: number }[]
  /** Everything issued before. */
  readonly before?: number
  /** Single sessions of a user, by the second they were issued in: a user's sessions have no name. */
  readonly issuedAt: readonly number[]
}

/** The name of the broker's one inline policy on a role or user. */
export const policyName = 'MayflyRevoked'

/** Characters. A role has 10,240 for all its inline policies, a user 2,048; others must find room, too. */
export const mostOnRole = 8000
export const mostOnUser = 1500

/** The policy, or nothing when there is nothing to deny; `left` are sessions that found no room in it. */
export function denyPolicy(
  denials: Denials,
  most: number,
): { readonly policy: string | undefined; readonly left: readonly string[] } {
  const left: string[] = []
  const userIds = [...denials.userIds]
  for (;;) {
    const statements = statementsOf({ ...denials, userIds })
    if (statements.length === 0) return { policy: undefined, left }
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: statements })
    const dropped = policy.length > most ? userIds.pop() : undefined
    if (dropped === undefined) return { policy, left }
    left.push(dropped)
  }
}

function statementsOf({ userIds, people, before, issuedAt }: Denials): readonly object[] {
  const byInstant = Map.groupBy(people, (one) => one.before)
  return [
    ...(userIds.length > 0 ? [deny('Sessions', { StringEquals: { 'aws:userid': [...userIds].sort() } })] : []),
    ...[...byInstant].map(([instant, group], place) =>
      deny(`People${place}`, {
        StringEquals: { 'aws:SourceIdentity': [...new Set(group.map(({ sourceIdentity }) => sourceIdentity))].sort() },
        DateLessThan: { 'aws:TokenIssueTime': second(instant) },
      }),
    ),
    ...(before === undefined ? [] : [deny('All', { DateLessThan: { 'aws:TokenIssueTime': second(before) } })]),
    ...(issuedAt.length > 0
      ? [deny('Issued', { DateEquals: { 'aws:TokenIssueTime': [...new Set(issuedAt.map(secondOf))].sort() } })]
      : []),
  ]
}

const deny = (Sid: string, Condition: object): object => ({
  Sid,
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  Condition,
})

/** AWS counts in whole seconds, and `less than` spares the same one: the next second, so that it does not. */
const second = (instant: number): string => secondOf(Math.ceil(instant / 1000) * 1000)
const secondOf = (instant: number): string =>
  new Date(Math.floor(instant / 1000) * 1000).toISOString().replace('.000Z', 'Z')
