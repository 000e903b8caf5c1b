import type { RequestContext } from './question.ts'

/** Looks one key up in a request context, in whatever case the context spells it. An empty list counts as absent. */
export type ContextLookup = (context: RequestContext) => string | readonly string[] | undefined

/** A lookup for one condition key, made once so that asking costs no allocation. */
export function compileLookup(key: string): ContextLookup {
  const folded = key.toLowerCase()
  const { length } = key
  return (context) => {
    if (Object.hasOwn(context, key)) return present(context[key])
    for (const name in context)
      if (name.length === length && name.toLowerCase() === folded && Object.hasOwn(context, name))
        return present(context[name])
    return undefined
  }
}

const present = (value: string | readonly string[] | undefined) =>
  typeof value === 'object' && value.length === 0 ? undefined : value
