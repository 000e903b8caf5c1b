import type { Properties, Value } from './resource-type.ts'
import type { BoundParameters } from './template/index.ts'

const hidden = '****'

/** The properties with the values of NoEcho parameters hidden, wherever in a text they stand. */
export function withoutSecrets(properties: Properties, parameters: BoundParameters): Properties {
  const secrets = secretsOf(parameters)
  if (secrets.length === 0) return properties
  const hide = (value: Value): Value => {
    if (typeof value === 'string') return secrets.reduce((text, secret) => text.replaceAll(secret, hidden), value)
    if (Array.isArray(value)) return value.map(hide)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hide(member)]))
  }
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, hide(value)]))
}

/** The longest first, so that one that holds another is hidden whole. */
const secretsOf = (parameters: BoundParameters): readonly string[] =>
  Object.values(parameters)
    .filter(({ noEcho }) => noEcho)
    .flatMap(({ given, value, resolved = '' }) => [given, resolved, ...(typeof value === 'string' ? [value] : value)])
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
