/**
 * A line in lines of at most `width` columns, broken at spaces, the further ones indented by two more than the first. A
 * terminal that does not say how wide it is says 0: nothing is broken then.
 */
export function wrapped(line: string, width: number): string {
  const indent = `${/^ */.exec(line)?.[0] ?? ''}  `
  const lines: string[] = []
  let rest = line
  while (width > 0 && rest.length > width) {
    const at = rest.lastIndexOf(' ', width)
    // A word that is longer than a line stays whole, so that it can be copied.
    const end = at > indent.length ? at : rest.indexOf(' ', indent.length)
    if (end < 0) break
    lines.push(rest.slice(0, end))
    rest = indent + rest.slice(end + 1)
  }
  return [...lines, rest].join('\n')
}
