import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { Failure } from '../../model/failure.ts'
import { assemble, type Complain } from './assemble.ts'
import type { BrokerConfig } from './broker-config.ts'
import { sayIssue } from './say-issue.ts'
import { shape } from './shape.ts'

/** One thing that is wrong with a configuration. */
interface Fault {
  readonly line: number
  readonly path: string
  readonly problem: string
}

/**
 * Reads the configuration of a broker: one YAML (or JSON) file; paths in it are relative to it. Throws a `Failure` of
 * code `config-invalid` that names every fault with its line.
 */
export function readConfig(file: string): BrokerConfig {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Failure('config-invalid', `The configuration ${file} cannot be read.`, {
      hint: 'Give it with --config; docs/broker-config.md has an example to begin with.',
      cause: error,
    })
  }
  return parseConfig(text, file)
}

/** The same from a text; `file` is what errors name and paths are relative to. */
export function parseConfig(text: string, file: string): BrokerConfig {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const faults: Fault[] = document.errors.map(({ pos, message }) => ({
    line: lines.linePos(pos[0]).line,
    path: '',
    problem: message.split('\n')[0] ?? 'is not YAML',
  }))
  if (faults.length > 0) throw invalid(file, faults)
  const lineOf = (path: readonly PropertyKey[]): number => {
    // The nearest thing that is there: what is missing has no line of its own.
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
      if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range))
        return lines.linePos(Number(node.range[0])).line
    }
    return 1
  }
  const complain: Complain = (path, problem) => faults.push({ line: lineOf(path), path: written(path), problem })
  // JavaScript's own name: readers drop it, and with it a condition that somebody wrote.
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && key.value === '__proto__')
        faults.push({ line: lines.linePos(key.range?.[0] ?? 0).line, path: '__proto__', problem: 'is no key' })
    },
  })
  // Aliases could make a small file huge.
  const read = shape.safeParse(document.toJS({ maxAliasCount: 50 }), { error: sayIssue })
  if (!read.success)
    for (const issue of read.error.issues)
      if (issue.code === 'unrecognized_keys')
        for (const key of issue.keys) complain([...issue.path, key], 'is no key of this place')
      else complain(issue.path, said(issue.message))
  const folder = dirname(resolve(file))
  const digest = createHash('sha256').update(text).digest('hex')
  const config = read.success ? assemble(read.data, { folder, digest, lineOf, complain }) : undefined
  if (!config || faults.length > 0) throw invalid(file, faults)
  return config
}

const written = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (all, part) => (typeof part === 'number' ? `${all}[${part}]` : `${all}${all === '' ? '' : '.'}${String(part)}`),
    '',
  )

const said = (message: string): string => message.charAt(0).toLowerCase() + message.slice(1)

function invalid(file: string, faults: readonly Fault[]): Failure {
  const sorted = [...faults].sort((a, b) => a.line - b.line)
  const told = sorted.map(({ line, path, problem }) => `${file}:${line}: ${path === '' ? '' : `${path}: `}${problem}`)
  return new Failure('config-invalid', told.join('\n'), {
    hint: `Mend it and run \`mayfly broker check --config ${file}\`; docs/broker-config.md has every key.`,
  })
}
