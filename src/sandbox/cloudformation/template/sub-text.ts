import { templateError } from './values.ts'

/** A text of Fn::Sub, taken apart: what stands as it is, and what is put in. */
export type SubPart = { readonly literal: string } | { readonly variable: string }

/** `${Name}`, `${Id.Attribute}`, `${AWS::Region}` are put in; `${!This}` stands as `${This}`. */
export function subParts(text: string): readonly SubPart[] {
  const parts: SubPart[] = []
  let literal = ''
  let at = 0
  for (const found of text.matchAll(/\$\{([^{}]*)\}/g)) {
    literal += text.slice(at, found.index)
    at = found.index + found[0].length
    const name = found[1] ?? ''
    if (name.startsWith('!')) literal += `\${${name.slice(1)}}`
    else {
      if (!/^[A-Za-z0-9_.:]+$/.test(name.trim()))
        throw templateError(
          'variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons',
        )
      parts.push({ literal }, { variable: name.trim() })
      literal = ''
    }
  }
  return [...parts, { literal: literal + text.slice(at) }].filter((part) => !('literal' in part) || part.literal !== '')
}
