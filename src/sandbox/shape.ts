import { validationError } from './fault.ts'

/**
 * The input of an operation as its service model states it: members with their constraints. Reading against it either
 * gives a typed value or the ValidationError AWS's generator writes, with every fault in one message.
 */
export interface Member<T> {
  readonly required: boolean
  /** Told in no trail: it is a secret. */
  readonly untold?: true
  readonly read: (value: unknown, at: string, faults: string[]) => T | undefined
}
export type Shape = Readonly<Record<string, Member<unknown>>>
type RequiredKeys<S extends Shape> = { [K in keyof S]: S[K] extends RequiredMember<unknown> ? K : never }[keyof S]
type ValueOf<M> = M extends Member<infer T> ? T : never
/** What an operation is handed: required members are there, the others may be missing. */
export type InputOf<S extends Shape> = { readonly [K in RequiredKeys<S>]: ValueOf<S[K]> } & {
  readonly [K in Exclude<keyof S, RequiredKeys<S>>]?: ValueOf<S[K]>
}
export interface RequiredMember<T> extends Member<T> {
  readonly required: true
}

/** The same member, not to be left out. */
export const required = <T>(member: Member<T>): RequiredMember<T> => ({ ...member, required: true })

/** The same member, told in no trail, because it is a secret. */
export const untold = <M extends Member<unknown>>(member: M): M & { readonly untold: true } => ({
  ...member,
  untold: true,
})

interface TextLimits {
  readonly min?: number
  readonly max?: number
  /** The pattern as the model writes it; it must match the whole value. */
  readonly pattern?: string
  /** Never repeat the value in the error: it is a secret. */
  readonly sensitive?: boolean
}

const quoted = (value: unknown, sensitive = false): string =>
  sensitive ? "Value at '" : `Value '${typeof value === 'string' ? value : JSON.stringify(value)}' at '`

const broken = (value: unknown, at: string, constraint: string, sensitive?: boolean): string =>
  `${quoted(value, sensitive)}${at}' failed to satisfy constraint: Member must ${constraint}`

/** A string. Lengths are in characters. */
export function text(limits: TextLimits = {}): Member<string> {
  const whole = limits.pattern === undefined ? undefined : new RegExp(`^(?:${limits.pattern})$`, 'u')
  return {
    required: false,
    read(value, at, faults) {
      if (typeof value !== 'string') {
        faults.push(broken(value, at, 'be a string', limits.sensitive))
        return undefined
      }
      const length = [...value].length
      if (limits.max !== undefined && length > limits.max)
        faults.push(broken(value, at, `have length less than or equal to ${limits.max}`, limits.sensitive))
      else if (limits.min !== undefined && length < limits.min)
        faults.push(broken(value, at, `have length greater than or equal to ${limits.min}`, limits.sensitive))
      else if (whole && !whole.test(value))
        faults.push(broken(value, at, `satisfy regular expression pattern: ${limits.pattern}`, limits.sensitive))
      return value
    },
  }
}

/** One of a closed list of words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Member<Word> {
  return {
    required: false,
    read(value, at, faults) {
      const word = words.find((candidate) => candidate === value)
      if (word === undefined) faults.push(broken(value, at, `satisfy enum value set: [${words.join(', ')}]`))
      return word
    },
  }
}

/** A whole number; also taken from its decimal text, as the query protocol sends it. */
export function integer(limits: { readonly min?: number; readonly max?: number } = {}): Member<number> {
  return {
    required: false,
    read(value, at, faults) {
      const number = typeof value === 'number' ? value : /^-?\d{1,15}$/.test(String(value)) ? Number(value) : Number.NaN
      if (!Number.isInteger(number)) faults.push(broken(value, at, 'be a valid integer'))
      else if (limits.max !== undefined && number > limits.max)
        faults.push(broken(value, at, `have value less than or equal to ${limits.max}`))
      else if (limits.min !== undefined && number < limits.min)
        faults.push(broken(value, at, `have value greater than or equal to ${limits.min}`))
      return number
    },
  }
}

/** A boolean; also taken from `true` and `false` as text. */
export function flag(): Member<boolean> {
  return {
    required: false,
    read(value, at, faults) {
      if (typeof value === 'boolean') return value
      if (value === 'true' || value === 'True') return true
      if (value === 'false' || value === 'False') return false
      faults.push(broken(value, at, 'be a boolean'))
      return undefined
    },
  }
}

/** An instant: ISO 8601 text (query), or epoch seconds (JSON). */
export function timestamp(): Member<Date> {
  return {
    required: false,
    read(value, at, faults) {
      const date = typeof value === 'number' ? new Date(value * 1000) : new Date(String(value))
      if (Number.isNaN(date.getTime())) faults.push(broken(value, at, 'be a valid timestamp'))
      return date
    },
  }
}

/** A list of at most `max` members. */
export function list<T>(
  member: Member<T>,
  limits: { readonly min?: number; readonly max?: number } = {},
): Member<readonly T[]> {
  return {
    required: false,
    read(value, at, faults) {
      const items = Array.isArray(value) ? value : value === '' ? [] : undefined
      if (!items) {
        faults.push(broken(value, at, 'be a list'))
        return undefined
      }
      if (limits.max !== undefined && items.length > limits.max)
        faults.push(broken(items, at, `have length less than or equal to ${limits.max}`))
      if (limits.min !== undefined && items.length < limits.min)
        faults.push(broken(items, at, `have length greater than or equal to ${limits.min}`))
      const read = items.map((item, index) => member.read(item, `${at}.${index + 1}.member`, faults))
      return read.filter((item) => item !== undefined)
    },
  }
}

/** A structure inside the input. */
export function structure<S extends Shape>(shape: S): Member<InputOf<S>> {
  return {
    required: false,
    read(value, at, faults) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        faults.push(broken(value, at, 'be a structure'))
        return undefined
      }
      return readMembers(shape, value, `${at}.`, faults)
    },
  }
}

const lowerCamel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

function readMembers<S extends Shape>(shape: S, value: object, prefix: string, faults: string[]): InputOf<S> {
  const given = new Map<string, unknown>(Object.entries(value))
  const read: Record<string, unknown> = Object.create(null)
  for (const [name, member] of Object.entries(shape)) {
    const at = prefix + lowerCamel(name)
    const found = given.get(name) ?? undefined
    if (found === undefined) {
      if (member.required) faults.push(`Value null at '${at}' failed to satisfy constraint: Member must not be null`)
      continue
    }
    const taken = member.read(found, at, faults)
    if (taken !== undefined) read[name] = taken
  }
  // Every member was read by its own shape, which is what the type says.
  return read as InputOf<S>
}

/** Reads an operation's input, or throws the ValidationError that names every fault. Members not in the shape are ignored. */
export function readInput<S extends Shape>(shape: S, value: object): InputOf<S> {
  const faults: string[] = []
  const input = readMembers(shape, value, '', faults)
  if (faults.length > 0)
    throw validationError(
      `${faults.length} validation error${faults.length > 1 ? 's' : ''} detected: ${faults.join('; ')}`,
    )
  return input
}
