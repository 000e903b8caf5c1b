/**
 * What both patterns match, as patterns (`*` is any text, `?` one character). Gives nothing when they have nothing in
 * common, and undefined when that cannot be written as a few patterns.
 */
export function intersectPatterns(first: string, second: string): readonly string[] | undefined {
  // Stars in a row say no more than one, and would be looked at in as many ways as they have ends.
  const [a, b] = [first.replace(/\*{2,}/g, '*'), second.replace(/\*{2,}/g, '*')]
  if (covers(a, b)) return [b]
  if (covers(b, a)) return [a]
  if (!isWild(a) || !isWild(b)) return []
  const [left, right] = [ends(a), ends(b)]
  if (!left || !right) return apart(a, b) ? [] : undefined
  // Both are `head*tail`: the longer head and the longer tail, where they agree.
  if (!agree(left.head, right.head) || !agree(reversed(left.tail), reversed(right.tail))) return []
  const head = longer(left.head, right.head)
  const tail = longer(left.tail, right.tail)
  return [`${head}*${tail}`, ...overlaps(head, tail).filter((text) => covers(a, text) && covers(b, text))]
}

const isWild = (pattern: string): boolean => /[*?]/.test(pattern)
const longer = (a: string, b: string): string => (a.length >= b.length ? a : b)
const reversed = (text: string): string => [...text].reverse().join('')
const agree = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a)

/** The fixed texts around the one star of a pattern that has no other wildcard. */
function ends(pattern: string): { readonly head: string; readonly tail: string } | undefined {
  const [head = '', tail, ...more] = pattern.split('*')
  return tail === undefined || more.length > 0 || pattern.includes('?') ? undefined : { head, tail }
}

/** Whether the fixed beginnings or ends of two patterns already exclude each other. */
function apart(a: string, b: string): boolean {
  const head = (pattern: string): string => /^[^*?]*/.exec(pattern)?.[0] ?? ''
  const tail = (pattern: string): string => reversed(/[^*?]*$/.exec(pattern)?.[0] ?? '')
  return !agree(head(a), head(b)) || !agree(tail(a), tail(b))
}

/** Texts shorter than head and tail together, in which the two overlap: `ab*bc` matches no `abc`, `a*bc` and `ab*c` do. */
function overlaps(head: string, tail: string): readonly string[] {
  const texts: string[] = []
  for (let shared = 1; shared <= Math.min(head.length, tail.length); shared++)
    if (head.endsWith(tail.slice(0, shared))) texts.push(head + tail.slice(shared))
  return texts
}

/** Whether the first pattern matches everything that the second one does. */
export function covers(wide: string, narrow: string): boolean {
  // reachable[i]: the first i characters of `wide` can stand for what of `narrow` was read so far.
  let reachable = closure(wide, new Set([0]))
  for (const character of narrow) {
    const next = new Set<number>()
    for (const at of reachable) {
      const expected = wide[at]
      if (expected === '*') next.add(at)
      // A star of the narrow one stands for anything: only a star of the wide one takes that.
      else if (character !== '*' && (expected === '?' || (expected === character && character !== '?')))
        next.add(at + 1)
    }
    // A star may also stand for nothing, but what was reachable with a star of the wide one still is.
    reachable = closure(wide, next)
    if (reachable.size === 0) return false
  }
  return reachable.has(wide.length)
}

function closure(pattern: string, places: ReadonlySet<number>): Set<number> {
  const all = new Set(places)
  for (const place of all) if (pattern[place] === '*') all.add(place + 1)
  return all
}
