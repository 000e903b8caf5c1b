/** What is to be denied on one role or user. Instants are milliseconds since 1970. */
export interface Denials {
  /** Single sessions of a role, by `aws:userid`. */
  readonly userIds: readonly string[]
  /** People and workloads by `aws:SourceIdentity`, for what was issued before. */
  readonly people: readonly Person[]
  /** The same of those who revoked themselves, of which somebody can be many. */
  readonly themselves: readonly Person[]
  /** Everything issued before. */
  readonly before?: number
  /** Single sessions of a user, by the second they were issued in: a user's sessions have no name. */
  readonly issuedAt: readonly number[]
}

export interface Person {
  readonly sourceIdentity: string
  readonly before: number
}

/** What found no room in a policy. */
export type Left = Omit<Denials, 'before'>

/** The name of the broker's one inline policy on a role or user. */
export const policyName = 'MayflyRevoked'

/** Characters. A role has 10,240 for all its inline policies, a user 2,048; others must find room, too. */
export const mostOnRole = 8000
export const mostOnUser = 1500

/**
 * The policy, or nothing when there is nothing to deny. What stands first in a list is kept longest; of a role, people
 * before single sessions, and those who revoked themselves last.
 */
export function denyPolicy(
  denials: Denials,
  most: number,
): { readonly policy: string | undefined; readonly left: Left } {
  const { userIds, people, themselves, issuedAt } = denials
  const total = people.length + userIds.length + themselves.length + issuedAt.length
  const first = (count: number): Denials => {
    let left = count
    const some = <T>(list: readonly T[]): readonly T[] => {
      const kept = list.slice(0, left)
      left -= kept.length
      return kept
    }
    // In this order.
    const kept = { people: some(people), userIds: some(userIds), themselves: some(themselves) }
    return { ...denials, ...kept, issuedAt: some(issuedAt) }
  }
  let fits = total
  if (written(denials).length > most) {
    // Half-way between what fits and what does not, until they meet.
    fits = 0
    for (let over = total; over - fits > 1; ) {
      const middle = Math.floor((fits + over) / 2)
      if (written(first(middle)).length <= most) fits = middle
      else over = middle
    }
  }
  const kept = first(fits)
  return {
    policy: statementsOf(kept).length === 0 ? undefined : written(kept),
    left: {
      people: people.slice(kept.people.length),
      userIds: userIds.slice(kept.userIds.length),
      themselves: themselves.slice(kept.themselves.length),
      issuedAt: issuedAt.slice(kept.issuedAt.length),
    },
  }
}

const written = (denials: Denials): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statementsOf(denials) })

function statementsOf({ userIds, people, themselves, before, issuedAt }: Denials): readonly object[] {
  return [
    ...(userIds.length > 0 ? [deny('Sessions', { StringEquals: { 'aws:userid': [...new Set(userIds)].sort() } })] : []),
    ...[...byInstant([...people, ...themselves])].map(([instant, names], place) =>
      deny(`People${place}`, {
        StringEquals: { 'aws:SourceIdentity': names },
        DateLessThan: { 'aws:TokenIssueTime': instant },
      }),
    ),
    ...(before === undefined ? [] : [deny('All', { DateLessThan: { 'aws:TokenIssueTime': second(before) } })]),
    ...(issuedAt.length > 0
      ? [deny('Issued', { DateEquals: { 'aws:TokenIssueTime': [...new Set(issuedAt.map(secondOf))].sort() } })]
      : []),
  ]
}

/** Whom the same instant stands for, each under the latest of theirs. */
function byInstant(people: readonly Person[]): ReadonlyMap<string, readonly string[]> {
  const latest = new Map<string, number>()
  for (const { sourceIdentity, before } of people)
    latest.set(sourceIdentity, Math.max(before, latest.get(sourceIdentity) ?? before))
  const grouped = Map.groupBy([...latest].sort(), ([, before]) => second(before))
  return new Map([...grouped].sort().map(([instant, group]) => [instant, group.map(([name]) => name)]))
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
