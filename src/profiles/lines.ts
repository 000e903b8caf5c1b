/** The lines of a text with their ends, so that joining them gives the text back. `\n`, `\r\n` and a lone `\r` end one. */
export const linesWithEnds = (text: string): string[] => text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? []

/** The lines of a text without their ends. */
export const linesOf = (text: string): string[] => text.split(/\r\n|\n|\r/)

/** The end of a line taken by `linesWithEnds`: empty for a last line without one. */
export const endOf = (line: string): string => /[\r\n]+$/.exec(line.slice(-2))?.[0] ?? ''

/**
 * What Python calls white space, for that is what botocore strips: the separators \x1c to \x1f and \x85 too, but not the
 * byte order mark. By code, because this is asked of nearly every line of a file each time credentials are.
 */
const isBlank = (code: number): boolean =>
  code < 0x80
    ? code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f)
    : /[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/.test(String.fromCharCode(code))

/** How many blank characters a line begins with. */
export function indentOf(line: string): number {
  let at = 0
  while (at < line.length && isBlank(line.charCodeAt(at))) at++
  return at
}

/** The text without the blank characters at its end. */
export function stripEnd(text: string): string {
  let end = text.length
  while (end > 0 && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(0, end)
}

/** The text without the blank characters at both ends. */
export const strip = (text: string): string => stripEnd(text.slice(indentOf(text)))
