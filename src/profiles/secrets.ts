import { endOf, indentOf, strip } from './lines.ts'

const secretWord = /secret|token|password|passphrase/i
/** It only looks like one: it names the file a token is in. */
const exempt = /^web_identity_token_file$/i

/**
 * These lines without their ends and without the values of secret keys: whatever divides the two, commented out or not,
 * and with the lines that continue such a value.
 */
export function hideSecrets(lines: readonly string[]): readonly string[] {
  /** How far the secret key above is indented, while lines may still continue its value. */
  let secretIndent: number | undefined
  return lines.map((line) => {
    const content = line.slice(0, line.length - endOf(line).length)
    const text = strip(content)
    if (text === '') return content
    const indent = indentOf(content)
    const isComment = /^[#;]/.test(text)
    const valueAt = secretValueAt(content)
    if (valueAt !== undefined) {
      if (!isComment || secretIndent === undefined) secretIndent = Math.min(secretIndent ?? indent, indent)
      return valueAt < content.length ? `${content.slice(0, valueAt)}(hidden)` : content
    }
    if (secretIndent !== undefined && (isComment || indent > secretIndent)) return `${content.slice(0, indent)}(hidden)`
    secretIndent = undefined
    return content
  })
}

/** Where the value of a secret key begins in its line; undefined when the line has no such key. */
function secretValueAt(content: string): number | undefined {
  const delimiter = content.search(/[=:]/)
  const key = delimiter < 0 ? content : content.slice(0, delimiter)
  const word = secretWord.exec(key)
  if (!word || strip(key).startsWith('[') || exempt.test(strip(key).replace(/^[#;\s]+/, ''))) return undefined
  const at = delimiter < 0 ? word.index + word[0].length : delimiter + 1
  return at + indentOf(content.slice(at))
}
