import { Failure } from '../model/failure.ts'
import { placeText } from './parse.ts'
import type { Profiles } from './read.ts'

/** The failure for a profile that is not there: what is near, or what there is. */
export function notFound(profiles: Profiles, name: string): Failure {
  const ignored = profiles.ignored.find(({ header }) => header === name || header === `profile ${name}`)
  if (ignored)
    return new Failure(
      'profile-not-found',
      `${placeText(ignored.at)}: no AWS tool reads [${ignored.header}]: ${ignored.because}.`,
      {
        hint: `Write it as [profile ${/\s/.test(name) ? `"${name}"` : name}].`,
      },
    )
  const names = [...profiles.profiles.keys()]
  const near = names.filter(
    (other) => distance(name.toLowerCase(), other.toLowerCase()) <= Math.max(1, name.length / 4),
  )
  const hint =
    near.length > 0
      ? `Did you mean ${near.slice(0, 3).join(' or ')}?`
      : names.length > 0
        ? `There is: ${names.slice(0, 12).join(', ')}${names.length > 12 ? `, and ${names.length - 12} more` : ''}.`
        : 'There are no profiles yet: put one in ~/.aws/config, or see it all work first with mayfly tour.'
  return new Failure('profile-not-found', `There is no profile ${name}.`, { hint })
}

/** How many letters must be added, dropped or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++)
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === b[j] ? 0 : 1)))
    row = next
  }
  return row[b.length] ?? 0
}
