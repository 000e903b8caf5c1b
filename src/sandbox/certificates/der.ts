/** Where the content of a DER element begins, and where the element ends. */
export interface DerElement {
  readonly content: number
  readonly end: number
}

/** The DER element at a place (X.690, section 8.1.3): definite lengths only, of four bytes at most. */
export function derElement(der: Uint8Array, place: number): DerElement {
  const first = der[place + 1] ?? 0
  const bytes = first < 0x80 ? 0 : Math.min(first & 0x7f, 4)
  const content = place + 2 + bytes
  let length = first < 0x80 ? first : 0
  for (const byte of der.subarray(place + 2, content)) length = length * 256 + byte
  return { content, end: content + length }
}
