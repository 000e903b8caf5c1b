import { Failure } from '../model/failure.ts'
import { placeText } from './parse.ts'
import type { Profile } from './read.ts'

/** A number of seconds within AWS's limits for it, or undefined when the key is not there. */
export function durationIn(profile: Profile, key: string, min: number, max: number): number | undefined {
  const entry = profile.entries.get(key)
  if (!entry) return undefined
  const seconds = /^\d{1,6}$/.test(entry.value) ? Number(entry.value) : Number.NaN
  if (seconds >= min && seconds <= max) return seconds
  throw new Failure('config-invalid', `${placeText(entry.at)}: ${key} = ${entry.value} is not a duration.`, {
    hint: `Use a number of seconds from ${min} to ${max}.`,
  })
}

/** A list of words with commas between them. */
export function wordsIn(profile: Profile, key: string): readonly string[] | undefined {
  const words = (profile.entries.get(key)?.value ?? '').split(',').flatMap((word) => word.trim() || [])
  return words.length > 0 ? words : undefined
}

/** `key=value` pairs with commas between them, as aws-vault writes session tags. */
export function pairsIn(profile: Profile, key: string): Readonly<Record<string, string>> | undefined {
  const entry = profile.entries.get(key)
  const words = wordsIn(profile, key)
  if (!entry || !words) return undefined
  const pairs: [string, string][] = words.map((word) => {
    const at = word.indexOf('=')
    if (at < 1)
      throw new Failure('config-invalid', `${placeText(entry.at)}: in ${key}, "${word}" is not key=value.`, {
        hint: 'Write it like team=blue,stage=test',
      })
    return [word.slice(0, at).trim(), word.slice(at + 1).trim()]
  })
  return Object.fromEntries(pairs)
}

/** `mayfly_policy`: the session policy itself, or the file it stands in. Gives JSON text without needless space. */
export function policyIn(profile: Profile, readText: (path: string, from: string) => string): string | undefined {
  const entry = profile.entries.get('mayfly_policy')
  if (!entry?.value) return undefined
  const isInline = entry.value.trimStart().startsWith('{')
  const text = isInline ? entry.value : readText(entry.value.replace(/^file:\/\//, ''), entry.at.file)
  try {
    return JSON.stringify(JSON.parse(text))
  } catch (cause) {
    const what = isInline ? 'mayfly_policy' : entry.value
    throw new Failure('config-invalid', `${placeText(entry.at)}: ${what} is not JSON.`, {
      cause,
      hint: 'It holds a session policy: {"Version": "2012-10-17", "Statement": […]}',
    })
  }
}
