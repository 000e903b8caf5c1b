import { type ContextLookup, compileLookup } from './context.ts'
import type { PolicyDocument } from './document.ts'
import type { PatternPart } from './pattern.ts'
import type { RequestContext } from './question.ts'

/** A policy variable, `${aws:username}` or `${aws:username, 'nobody'}`. */
interface Variable {
  readonly lookup: ContextLookup
  readonly fallback?: string
}

/** Text of a policy in which variables may stand. */
export type Template = readonly (PatternPart | Variable)[]

const isVariable = (part: PatternPart | Variable): part is Variable => 'lookup' in part

/** Whether the text depends on the request at all. */
export const isFixed = (template: Template): template is readonly PatternPart[] => !template.some(isVariable)

/**
 * Takes text apart into what stands as written and what the request fills in. Only the 2012-10-17 language has
 * variables; in it `${*}`, `${?}` and `${$}` are those characters and no wildcards.
 * See "IAM policy elements: Variables and tags" in the IAM User Guide.
 */
export function parseTemplate(text: string, version: PolicyDocument['version']): Template {
  if (version === '2008-10-17' || !text.includes('${')) return [{ text, plain: false }]
  const template: (PatternPart | Variable)[] = []
  let end = 0
  for (const found of text.matchAll(/\$\{([^{}']*)(?:'([^']*)'\s*)?\}/g)) {
    const part = readVariable(found[1] ?? '', found[2])
    if (part === undefined) continue
    if (found.index > end) template.push({ text: text.slice(end, found.index), plain: false })
    template.push(part)
    end = found.index + found[0].length
  }
  if (end < text.length || template.length === 0) template.push({ text: text.slice(end), plain: false })
  return template
}

function readVariable(head: string, fallback: string | undefined): PatternPart | Variable | undefined {
  const name = head.trim()
  if (fallback === undefined) {
    if (name === '*' || name === '?' || name === '$') return { text: name, plain: true }
    return name === '' || name.includes(',') ? undefined : { lookup: compileLookup(name) }
  }
  const key = name.endsWith(',') ? name.slice(0, -1).trim() : ''
  return key === '' ? undefined : { lookup: compileLookup(key), fallback }
}

/**
 * The parts with every variable filled in. A value is plain text: a `*` in a tag is no wildcard. Undefined when a
 * variable without a default has no value, or several: then the text can match nothing.
 */
export function fill(template: Template, context: RequestContext): readonly PatternPart[] | undefined {
  const parts: PatternPart[] = []
  for (const part of template) {
    if (!isVariable(part)) {
      parts.push(part)
      continue
    }
    const found = part.lookup(context)
    const text = typeof found === 'object' ? (found.length === 1 ? found[0] : undefined) : (found ?? part.fallback)
    if (text === undefined) return undefined
    parts.push({ text, plain: true })
  }
  return parts
}
