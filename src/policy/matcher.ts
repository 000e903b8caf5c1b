import type { PolicyDocument } from './document.ts'
import { compileParts, compilePattern, type Pattern, type PatternPart } from './pattern.ts'
import type { RequestContext } from './question.ts'
import { fill, isFixed, parseTemplate, type Template } from './variable.ts'

/** Whether a value is what the policy text means under this request. */
export type Matcher = (value: string, context: RequestContext) => boolean

const never: Matcher = () => false

/** Wildcards and variables over the whole text: resources, and the `Like` operators. */
export function compileLike(text: string, version: PolicyDocument['version']): Matcher {
  return likeTemplate(parseTemplate(text, version))
}

/** Variables but no wildcards, compared as they stand or without regard to case. */
export function compileEquals(text: string, version: PolicyDocument['version'], ignoreCase: boolean): Matcher {
  const fold = (value: string) => (ignoreCase ? value.toLowerCase() : value)
  const template = parseTemplate(text, version)
  if (isFixed(template)) {
    const wanted = fold(joined(template))
    return (value) => fold(value) === wanted
  }
  return (value, context) => {
    const parts = fill(template, context)
    return parts !== undefined && fold(joined(parts)) === fold(value)
  }
}

/** ARNs: each of the six parts is matched by itself, so that a `*` never reaches across a colon but in the last. */
export function compileArn(text: string, version: PolicyDocument['version']): Matcher {
  const templates = splitParts(parseTemplate(text, version))
  const last = templates.at(-1)
  const endsOpen = last?.length === 1 && last[0] !== undefined && 'text' in last[0] && last[0].text === '*'
  while (endsOpen && templates.length < 6) templates.push([{ text: '*', plain: false }])
  if (templates.length < 6) return never
  const matchers = templates.map(likeTemplate)
  return (value, context) => {
    const parts = value.split(':')
    if (parts.length < 6) return false
    if (parts.length > 6) parts.splice(5, parts.length - 5, parts.slice(5).join(':'))
    return matchers.every((matches, index) => matches(parts[index] ?? '', context))
  }
}

function likeTemplate(template: Template): Matcher {
  if (isFixed(template)) {
    const [only] = template
    const pattern: Pattern =
      template.length === 1 && only !== undefined && !only.plain ? compilePattern(only.text) : compileParts(template)
    return (value) => pattern(value)
  }
  return (value, context) => {
    const parts = fill(template, context)
    return parts !== undefined && compileParts(parts)(value)
  }
}

const joined = (parts: readonly PatternPart[]) => parts.map((part) => part.text).join('')

/** Splits at the first five colons of the text as written; colons in a variable's name or value do not count. */
function splitParts(template: Template): Template[] {
  const groups: Template[number][][] = [[]]
  for (const part of template) {
    if (!('text' in part) || part.plain) {
      groups.at(-1)?.push(part)
      continue
    }
    let { text } = part
    for (let colon = text.indexOf(':'); colon >= 0 && groups.length < 6; colon = text.indexOf(':')) {
      groups.at(-1)?.push({ text: text.slice(0, colon), plain: false })
      groups.push([])
      text = text.slice(colon + 1)
    }
    groups.at(-1)?.push({ text, plain: false })
  }
  return groups
}
