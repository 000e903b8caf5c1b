/**
 * Text of a file, as a message may show it: on one line, without control characters, at most 60 characters. Never for
 * values that could be secrets.
 */
export function shown(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 59)}…` : text
  return short.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '�')
}
