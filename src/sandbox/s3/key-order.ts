/** Compares as the UTF-8 bytes of the texts compare, which is how S3 sorts. JavaScript's `<` puts U+E000 after U+10000. */
export function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  for (let at = 0; at < shorter; at++) {
    const x = a.charCodeAt(at)
    const y = b.charCodeAt(at)
    if (x !== y) return afterSurrogates(x) - afterSurrogates(y)
  }
  return a.length - b.length
}

// Surrogates stand for what sorts after all that needs none.
const afterSurrogates = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)

/** The place of the first of the sorted keys for which `before` no longer holds. */
export function firstWhere(keys: readonly string[], before: (key: string) => boolean): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (before(keys[middle] ?? '')) low = middle + 1
    else high = middle
  }
  return low
}

/** Keys in S3's order. */
export interface SortedKeys {
  readonly list: readonly string[]
  add(key: string): void
  remove(key: string): void
}

/** Keys in S3's order, taking them in any. */
export function sortedKeys(initial: Iterable<string>): SortedKeys {
  const list = [...initial].sort(compareUtf8)
  const placeOf = (key: string): number => firstWhere(list, (other) => compareUtf8(other, key) < 0)
  return {
    list,
    add: (key) => {
      const place = placeOf(key)
      if (list[place] !== key) list.splice(place, 0, key)
    },
    remove: (key) => {
      const place = placeOf(key)
      if (list[place] === key) list.splice(place, 1)
    },
  }
}
