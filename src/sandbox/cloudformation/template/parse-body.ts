import { type Document, isAlias, isScalar, isSeq, isMap as isYamlMap, type Node, parseDocument, visit } from 'yaml'
import type { Fault } from '../../fault.ts'
import type { Properties, Value } from '../resource-type.ts'
import { formatError, isList, isMap, templateError } from './values.ts'

/** Levels a template may nest, far beyond what any resource needs. */
const deepest = 100

/** The template as plain JSON, whichever way it was written; short forms such as `!Ref` become long ones. */
export function parseBody(body: string): Value {
  const value = /^\s*\{/.test(body) ? parseJson(body) : parseYaml(body)
  checkTree(value, 0)
  return value
}

const notWellFormed = (language: string, line: number, column: number): Fault =>
  formatError(`${language} not well-formed. (line ${line}, column ${column})`)

function parseJson(body: string): Value {
  try {
    return JSON.parse(body) as Value
  } catch (error) {
    const [, line, column] = /line (\d+) column (\d+)/.exec(error instanceof Error ? error.message : '') ?? []
    if (line !== undefined && column !== undefined) throw notWellFormed('JSON', Number(line), Number(column))
    // It ended too early.
    const lines = body.split('\n')
    throw notWellFormed('JSON', lines.length, (lines.at(-1)?.length ?? 0) + 1)
  }
}

function parseYaml(body: string): Value {
  let document: Document.Parsed
  try {
    document = parseDocument(body, { schema: 'core', merge: false, logLevel: 'silent' })
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep()
    throw error
  }
  const [broken] = document.errors
  if (broken) throw notWellFormed('YAML', broken.linePos?.[0].line ?? 1, broken.linePos?.[0].col ?? 1)
  // Aliases of aliases grow without bound; AWS takes none at all.
  visit(document, {
    Alias: () => {
      throw templateError('YAML aliases are not allowed in CloudFormation templates')
    },
  })
  return fromNode(document.contents, 0)
}

const tooDeep = (): Fault => formatError(`Template may not nest deeper than ${deepest} levels.`)

function fromNode(node: Node | null, depth: number): Value {
  if (depth > deepest) throw tooDeep()
  if (node === null || isAlias(node)) return null
  const value = untagged(node, depth)
  const tag = node.tag
  if (tag === undefined || tag.startsWith('tag:yaml.org,2002:')) return value
  const name = tag.slice(1)
  if (!tag.startsWith('!') || !shortForms.has(name)) throw formatError(`Unsupported YAML tag ${JSON.stringify(tag)}`)
  if (name === 'Ref' || name === 'Condition') return { [name]: value }
  return { [`Fn::${name}`]: name === 'GetAtt' && typeof value === 'string' ? splitOnce(value) : value }
}

function splitOnce(text: string): readonly Value[] {
  const dot = text.indexOf('.')
  return dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)]
}

function untagged(node: Node, depth: number): Value {
  if (isScalar(node)) return scalar(node.value, node.source)
  if (isSeq<Node>(node)) return node.items.map((item) => fromNode(item, depth + 1))
  if (!isYamlMap<Node, Node | null>(node)) return null
  return Object.fromEntries(
    node.items.map(({ key, value }) => {
      if (!isScalar(key)) throw formatError('Every key of a map must be a string.')
      return [key.source ?? String(key.value), fromNode(value, depth + 1)]
    }),
  )
}

/** A number is one only as JSON would write it: the account 012345678901 and the version 1.10 stay what they are. */
function scalar(value: unknown, source: string | undefined): Value {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  return typeof value === 'number' && String(value) === source ? value : (source ?? null)
}

const shortForms: ReadonlySet<string> = new Set([
  ...['And', 'Base64', 'Cidr', 'Condition', 'Contains', 'EachMemberEquals', 'EachMemberIn', 'Equals', 'FindInMap'],
  ...['GetAtt', 'GetAZs', 'If', 'ImportValue', 'Join', 'Length', 'Not', 'Or', 'Ref', 'RefAll', 'Select', 'Split'],
  ...['Sub', 'ToJsonString', 'Transform', 'ValueOf', 'ValueOfAll'],
])

function checkTree(value: Value, depth: number): void {
  if (depth > deepest) throw tooDeep()
  if (isList(value)) for (const item of value) checkTree(item, depth + 1)
  else if (isMap(value)) for (const item of Object.values(checkKeys(value))) checkTree(item, depth + 1)
}

/** A key that objects treat as their prototype is nobody's property. */
function checkKeys(map: Properties): Properties {
  if (Object.hasOwn(map, '__proto__')) throw formatError('The key __proto__ is not allowed.')
  return map
}
