import type { Properties, Value } from './resource-type.ts'
import { resourceTypes } from './resources/index.ts'
import type { Stack, StackResource } from './state.ts'
import type { BoundParameters } from './template/index.ts'

const hidden = '****'

/** What the secrets of a stack are known from. */
export type SecretHolder = Pick<Stack, 'parameters'> &
  Partial<Pick<Stack, 'resources' | 'leftovers' | 'before'>> & {
    /** Those that others of its resources were made with, before or after. */
    readonly otherParameters?: readonly BoundParameters[]
  }

/**
 * The properties without secrets, wherever in a text they stand: the values of NoEcho parameters, and attributes such as
 * the secret of an access key.
 */
export function withoutSecrets(properties: Properties, holder: SecretHolder): Properties {
  const secrets = secretsOf(holder)
  if (secrets.length === 0) return properties
  const hide = (value: Value): Value => {
    if (typeof value === 'string') return secrets.reduce((text, secret) => text.replaceAll(secret, hidden), value)
    if (Array.isArray(value)) return value.map(hide)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hide(member)]))
  }
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, hide(value)]))
}

/** The same for a text. */
export const textWithoutSecrets = (text: string, holder: SecretHolder): string => hiding(secretsOf(holder), text)

/** A text without these. */
export const hiding = (secrets: readonly string[], text: string): string =>
  secrets.reduce((told, secret) => (secret === '' ? told : told.replaceAll(secret, hidden)), text)

/** The longest first, so that one that holds another is hidden whole. */
function secretsOf(holder: SecretHolder): readonly string[] {
  const { parameters, resources = [], leftovers = [], before, otherParameters = [] } = holder
  const former =
    before === undefined ? [] : [...parameterSecrets(before.parameters), ...before.resources.flatMap(attributeSecrets)]
  const held = [...resources, ...leftovers].flatMap(attributeSecrets)
  return [...[parameters, ...otherParameters].flatMap(parameterSecrets), ...held, ...former]
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
}

const parameterSecrets = (parameters: BoundParameters): readonly string[] =>
  Object.values(parameters)
    .filter(({ noEcho }) => noEcho)
    .flatMap(({ given, value, resolved = '' }) => [given, resolved, ...(typeof value === 'string' ? [value] : value)])

function attributeSecrets({ type, attributes }: StackResource): readonly string[] {
  const { secretAttributes = [] } = (Object.hasOwn(resourceTypes, type) ? resourceTypes[type] : undefined) ?? {}
  return secretAttributes.flatMap((name) => {
    const value = attributes[name]
    return typeof value === 'string' ? value : []
  })
}
