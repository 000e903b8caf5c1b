/** An ECDSA signature as ASN.1 DER, from r and s side by side, as tokens give it (RFC 3279, section 2.2.3). */
export function ecdsaDer(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2
  const body = [integer(raw.subarray(0, half)), integer(raw.subarray(half))].flat()
  return Uint8Array.from([0x30, ...length(body.length), ...body])
}

/** Unsigned bytes as a DER integer: the fewest that keep it positive. */
function integer(bytes: Uint8Array): number[] {
  const first = bytes.findIndex((byte) => byte !== 0)
  const digits = first < 0 ? [0] : [...bytes.subarray(first)]
  const value = (digits[0] ?? 0) > 0x7f ? [0, ...digits] : digits
  return [2, ...length(value.length), ...value]
}

const length = (count: number): number[] => (count < 0x80 ? [count] : [0x81, count])
