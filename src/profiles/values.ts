import { Failure } from '../model/failure.ts'
import { placeText, shown } from './parse.ts'
import type { Profile } from './read.ts'
import { categories } from './unicode.ts'

/** What a value must look like, and how to say so. The limits are those of "AssumeRole" in the AWS STS API Reference. */
interface Form {
  readonly pattern: RegExp
  readonly hint: string
}

export const forms = {
  roleArn: {
    pattern: /^arn:[\w-]{1,30}:iam::\d{12}:role\/[\x21-\x7e]{1,1024}$/,
    hint: 'It looks like arn:aws:iam::111122223333:role/NAME',
  },
  policyArn: {
    pattern: /^arn:[\w-]{1,30}:iam::(?:aws|\d{12}):policy\/[\x21-\x7e]{1,1024}$/,
    hint: 'It looks like arn:aws:iam::aws:policy/ReadOnlyAccess, with commas between several.',
  },
  sessionName: { pattern: /^[\w+=,.@-]{2,64}$/, hint: 'Use 2 to 64 letters, digits and _+=,.@-' },
  externalId: { pattern: /^[\w+=,.@:/-]{2,1224}$/, hint: 'Use 2 to 1224 letters, digits and _+=,.@:/-' },
  sourceIdentity: {
    pattern: /^(?!aws:)[\w+=,.@-]{2,64}$/i,
    hint: 'Use 2 to 64 letters, digits and _+=,.@-, not beginning with aws:',
  },
} satisfies Record<string, Form>

const wrong = (profile: Profile, key: string, problem: string, hint: string, cause?: unknown): Failure =>
  new Failure('config-invalid', `${placeText(profile.entries.get(key)?.at ?? profile.at)}: ${problem}.`, {
    hint,
    cause,
  })

/** A value of this form, or undefined when the key is not there. */
export function textIn(profile: Profile, key: string, { pattern, hint }: Form): string | undefined {
  const value = profile.entries.get(key)?.value
  if (value === undefined || pattern.test(value)) return value
  throw wrong(profile, key, `${key} = ${shown(value)} cannot be`, hint)
}

/** A number of seconds within AWS's limits for it, or undefined when the key is not there. */
export function durationIn(profile: Profile, key: string, min: number, max: number): number | undefined {
  const value = profile.entries.get(key)?.value
  if (value === undefined) return undefined
  const seconds = /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN
  if (seconds >= min && seconds <= max) return seconds
  throw wrong(
    profile,
    key,
    `${key} = ${shown(value)} is not a duration`,
    `Use a number of seconds from ${min} to ${max}.`,
  )
}

/** A list of words with commas between them. */
function wordsIn(profile: Profile, key: string): readonly string[] {
  return (profile.entries.get(key)?.value ?? '').split(',').flatMap((word) => word.trim() || [])
}

/** ARNs of managed policies, or undefined when there are none. */
export function arnsIn(profile: Profile, key: string): readonly string[] | undefined {
  const arns = wordsIn(profile, key)
  if (arns.length > 10) throw wrong(profile, key, `${key} has ${arns.length} policies`, 'AWS takes ten at most.')
  const bad = arns.find((arn) => !forms.policyArn.pattern.test(arn))
  if (bad !== undefined)
    throw wrong(profile, key, `in ${key}, ${shown(bad)} is not the ARN of a policy`, forms.policyArn.hint)
  return arns.length > 0 ? arns : undefined
}

const tagText = (): RegExp => new RegExp(`^[${categories('L', 'Z', 'N')}_.:/=+@-]*$`, 'u')

/** `session_tags` (`key=value` with commas between, as aws-vault writes them) and `transitive_session_tags` (keys). */
export function tagsIn(profile: Profile): {
  tags?: Readonly<Record<string, string>>
  transitiveTagKeys?: readonly string[]
} {
  const key = 'session_tags'
  const tags = new Map<string, readonly [name: string, value: string]>()
  for (const word of wordsIn(profile, key)) {
    const at = word.indexOf('=')
    const [name, value] = [word.slice(0, at).trim(), word.slice(at + 1).trim()]
    if (at < 1)
      throw wrong(profile, key, `in ${key}, ${shown(word)} is not key=value`, 'Write it like team=blue,stage=test')
    if (name.length > 128 || value.length > 256 || !tagText().test(name) || !tagText().test(value))
      throw wrong(
        profile,
        key,
        `in ${key}, ${shown(word)} cannot be`,
        'Use letters, digits, spaces and _.:/=+-@, 128 for the key and 256 for the value.',
      )
    if (tags.has(name.toLowerCase()))
      throw wrong(
        profile,
        key,
        `in ${key}, ${shown(name)} stands twice`,
        'AWS takes no two tags that differ in case only.',
      )
    tags.set(name.toLowerCase(), [name, value])
  }
  if (tags.size > 50) throw wrong(profile, key, `${key} has ${tags.size} tags`, 'AWS takes 50 at most.')
  const transitive = wordsIn(profile, 'transitive_session_tags')
  const missing = transitive.find((name) => !tags.has(name.toLowerCase()))
  if (missing !== undefined)
    throw wrong(
      profile,
      'transitive_session_tags',
      `${shown(missing)} is not one of the session_tags`,
      'Add it there, or remove it here.',
    )
  return {
    ...(tags.size > 0 ? { tags: Object.fromEntries(tags.values()) } : {}),
    ...(transitive.length > 0 ? { transitiveTagKeys: transitive } : {}),
  }
}

/**
 * `mayfly_policy`: the session policy itself, or the file it stands in (relative to the config file; `file://` may
 * stand before it). Gives JSON text without needless space.
 */
export function policyIn(profile: Profile, readText: (path: string, from: string) => string): string | undefined {
  const key = 'mayfly_policy'
  const entry = profile.entries.get(key)
  if (!entry) return undefined
  const hint = 'It holds a session policy: {"Version": "2012-10-17", "Statement": […]}'
  if (!entry.value) throw wrong(profile, key, `${key} is empty`, hint)
  const isInline = entry.value.startsWith('{')
  const what = isInline ? key : shown(entry.value)
  const text = isInline ? entry.value : readText(entry.value.replace(/^file:\/\//, ''), entry.at.file)
  const policy = parsed(text, (cause) => wrong(profile, key, `${what} is not JSON`, hint, cause))
  if (typeof policy === 'object' && policy !== null && !Array.isArray(policy)) return JSON.stringify(policy)
  throw wrong(profile, key, `${what} is not a policy`, hint)
}

function parsed(text: string, failure: (cause: unknown) => Failure): unknown {
  try {
    const value: unknown = JSON.parse(text)
    // Nested too deep to be written again is as bad as not JSON.
    JSON.stringify(value)
    return value
  } catch (cause) {
    throw failure(cause)
  }
}
