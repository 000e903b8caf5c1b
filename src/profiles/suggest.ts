import { Failure } from '../model/failure.ts'
import { placeText, shown } from './parse.ts'
import { headerFor, type Profiles } from './read.ts'

/** The failure for a profile that is not there: what is near, or what there is. */
export function notFound(profiles: Profiles, name: string): Failure {
  const ignored = profiles.ignored.find(
    ({ header }) => [name, `profile ${name}`].includes(header.trim()) && !/[\r\n]/.test(name),
  )
  if (ignored) {
    return new Failure(
      'profile-not-found',
      `${placeText(ignored.at)}: no AWS tool reads [${shown(ignored.header)}]: ${ignored.because}.`,
      { hint: `Write it as [${shown(headerFor(name))}].` },
    )
  }
  return new Failure('profile-not-found', `There is no profile ${shown(name)}.`, {
    hint: near([...profiles.profiles.keys()], name),
  })
}

/** Names that may have been meant, or what names there are. */
export function near(names: readonly string[], name: string): string {
  // Two letters changing places, the commonest slip, count as two.
  const limit = name.length < 4 ? 1 : 2
  const alike = names
    .slice(0, 2000)
    .filter((other) => Math.abs(other.length - name.length) <= limit && name.length <= 64)
    .filter((other) => distance(name.toLowerCase(), other.toLowerCase()) <= limit)
  if (alike.length > 0) return `Did you mean ${alike.slice(0, 3).map(shown).join(' or ')}?`
  if (names.length === 0)
    return 'There are no profiles yet: put one in ~/.aws/config, or see it all work first with mayfly tour.'
  const rest = names.length > 12 ? `, and ${names.length - 12} more` : ''
  return `There is: ${names.slice(0, 12).map(shown).join(', ')}${rest}.`
}

/** How many letters must be added, dropped or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++)
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)))
    row = next
  }
  return row[b.length] ?? 0
}
