import type { PolicyDocument, Statement } from '../../policy/index.ts'

/**
 * The condition keys that documents ask for, in conditions and in variables, in the order first met. Keys are the same
 * whatever their case; the first spelling counts.
 */
export function contextKeysOf(documents: Iterable<PolicyDocument>): readonly string[] {
  const keys = new Map<string, string>()
  for (const { version, statements } of documents)
    for (const statement of statements)
      for (const key of keysIn(statement, version === '2012-10-17'))
        if (!keys.has(key.toLowerCase())) keys.set(key.toLowerCase(), key)
  return [...keys.values()]
}

function* keysIn(statement: Statement, hasVariables: boolean): Generator<string> {
  for (const { key } of statement.conditions) yield key
  if (!hasVariables) return
  const texts = [statement.resource, statement.notResource, ...statement.conditions.map(({ values }) => values)]
  for (const text of texts.flatMap((list) => list ?? []))
    for (const [, inside = ''] of text.matchAll(/\$\{([^{}]*)\}/g)) {
      const name = inside.split(',', 1)[0]?.trim() ?? ''
      if (name !== '' && !/^[*?$]$/.test(name)) yield name
    }
}
