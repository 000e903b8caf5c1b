import { timingSafeEqual } from 'node:crypto'

/** Whether two texts are the same, compared in a time that tells nothing but whether their lengths are. */
export function sameText(given: string, expected: string): boolean {
  const a = Buffer.from(given)
  const b = Buffer.from(expected)
  return a.length === b.length && timingSafeEqual(a, b)
}
