/**
 * The words of a text, as Python's shlex.split divides them (which is how botocore reads section headers), or undefined
 * when a quote or an escape is left open. It differs from a shell: in double quotes only `\` and `"` can be escaped.
 */
export function shellWords(text: string): readonly string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\' && quote !== "'") {
      const next = text.charAt(++at)
      if (next === '') return undefined
      word = (word ?? '') + (quote === '' || next === quote || next === '\\' ? next : `\\${next}`)
    } else if (quote !== '') {
      if (char === quote) quote = ''
      else word += char
    } else if (char === '"' || char === "'") {
      quote = char
      word ??= ''
    } else if (/[ \t\r\n]/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + char
  }
  if (quote !== '') return undefined
  return word === undefined ? words : [...words, word]
}
