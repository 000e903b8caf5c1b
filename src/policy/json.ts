import { at, type FaultList, quote, report } from './fault.ts'

/** Deeper than any policy or file of cases can be, shallower than any stack. */
const deepest = 64

/** No fault of grammar lies deeper, so that the places of deeper values need not be kept. */
const deepestPlace = 8

interface Reader {
  readonly text: string
  place: number
  readonly places: Map<string, number>
}

/** Where in a text things stand: the offset of the value at each path, and of the end of each object. */
export type Places = ReadonlyMap<string, number>

/** Thrown inside this file only, and caught in `readJson`. */
class NotJson extends Error {
  readonly place: number

  constructor(place: number, problem: string) {
    super(problem)
    this.place = place
  }
}

/**
 * Reads JSON (RFC 8259) as policies need it read: a key given twice is a fault with its path, where JSON.parse would
 * keep the last one in silence, and nesting deeper than 64 is refused without touching the stack.
 * Objects have no prototype, so a key such as `__proto__` is only a key.
 * `ok: false` means the text is not JSON at all; the fault is in the list either way.
 */
export function readJson(
  text: string,
  faults: FaultList,
): { ok: true; value: unknown; places: Places } | { ok: false } {
  const reader: Reader = { text, place: 0, places: new Map() }
  try {
    const value = readValue(reader, faults, 0)
    skipSpace(reader)
    if (reader.place < text.length) throw new NotJson(reader.place, 'there is more after the end of the JSON')
    return { ok: true, value, places: reader.places }
  } catch (error) {
    if (!(error instanceof NotJson)) throw error
    const { line, column } = lineAndColumn(text, error.place)
    report(faults, `${error.message} (line ${line}, column ${column})`)
    return { ok: false }
  }
}

/** 1-based. */
export function lineAndColumn(text: string, place: number): { line: number; column: number } {
  let [line, start] = [1, 0]
  for (let end = text.indexOf('\n'); end >= 0 && end < place; end = text.indexOf('\n', start)) {
    line++
    start = end + 1
  }
  return { line, column: place - start + 1 }
}

/** The offset of what a path leads to; for what is missing, that of the end of the object it is missing from. */
export function placeOf(places: Places, path: string): number | undefined {
  return places.get(path) ?? places.get(endOf(path.replace(/(^|\.)[^.]*$/, '')))
}

const endOf = (path: string) => `${path}}`

function readValue(reader: Reader, faults: FaultList, depth: number): unknown {
  skipSpace(reader)
  const { text, place } = reader
  if (depth <= deepestPlace) reader.places.set(faults.path, place)
  const first = text[place]
  if (first === '{' || first === '[') {
    if (depth >= deepest) throw new NotJson(place, `nested deeper than ${deepest} levels`)
    return first === '{' ? readObject(reader, faults, depth + 1) : readList(reader, faults, depth + 1)
  }
  if (first === '"') return readString(reader)
  literal.lastIndex = place
  const found = literal.exec(text)
  if (found === null) throw new NotJson(place, first === undefined ? 'the JSON ends too soon' : 'not JSON')
  reader.place = literal.lastIndex
  return JSON.parse(found[0])
}

const literal = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.+-])/y

function readObject(reader: Reader, faults: FaultList, depth: number): Record<string, unknown> {
  const object: Record<string, unknown> = Object.create(null)
  reader.place++
  if (next(reader, '}')) return closeObject(reader, object, faults, depth)
  do {
    skipSpace(reader)
    if (reader.text[reader.place] !== '"') throw new NotJson(reader.place, 'a key in double quotes should be here')
    const key = readString(reader)
    const here = at(faults, key)
    if (Object.hasOwn(object, key)) report(here, `the key ${quote(key)} is given twice`)
    if (!next(reader, ':')) throw new NotJson(reader.place, 'a colon should be here')
    object[key] = readValue(reader, here, depth)
  } while (next(reader, ','))
  if (!next(reader, '}')) throw new NotJson(reader.place, 'a comma or a closing brace should be here')
  return closeObject(reader, object, faults, depth)
}

function closeObject<Value>(reader: Reader, object: Value, faults: FaultList, depth: number): Value {
  if (depth <= deepestPlace) reader.places.set(endOf(faults.path), reader.place - 1)
  return object
}

function readList(reader: Reader, faults: FaultList, depth: number): unknown[] {
  const list: unknown[] = []
  reader.place++
  if (next(reader, ']')) return list
  do list.push(readValue(reader, at(faults, list.length), depth))
  while (next(reader, ','))
  if (!next(reader, ']')) throw new NotJson(reader.place, 'a comma or a closing bracket should be here')
  return list
}

function readString(reader: Reader): string {
  const { text, place } = reader
  let end = place + 1
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  if (end >= text.length) throw new NotJson(place, 'a string is never closed')
  reader.place = end + 1
  try {
    return String(JSON.parse(text.slice(place, end + 1)))
  } catch {
    throw new NotJson(place, 'a string holds a control character or a broken escape')
  }
}

function next(reader: Reader, symbol: string): boolean {
  skipSpace(reader)
  if (reader.text[reader.place] !== symbol) return false
  reader.place++
  return true
}

function skipSpace(reader: Reader): void {
  const { text } = reader
  let place = reader.place
  for (;;) {
    const code = text.charCodeAt(place)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) break
    place++
  }
  reader.place = place
}
