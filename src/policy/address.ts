/** A range of IP addresses: the network's groups (4 of 8 bits, or 8 of 16 bits), and how many leading bits count. */
export interface AddressRange {
  readonly groups: readonly number[]
  readonly bits: number
}

/** The groups of an IPv4 (4) or IPv6 (8) address; undefined when the text is neither. Zone indexes are not addresses. */
export function parseAddress(text: string): readonly number[] | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text)
}

/** A single address or a CIDR range, or undefined. Bits set beyond the prefix are ignored, as AWS does. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [address = '', length, ...rest] = text.split('/')
  const groups = parseAddress(address)
  if (groups === undefined || rest.length > 0) return undefined
  const widest = groups.length === 4 ? 32 : 128
  if (length === undefined) return { groups, bits: widest }
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN
  return bits <= widest ? { groups, bits } : undefined
}

/** Whether the address lies in the range. An IPv4 address is never in an IPv6 range, nor the reverse. */
export function isInRange(address: readonly number[], range: AddressRange): boolean {
  if (address.length !== range.groups.length) return false
  const width = address.length === 4 ? 8 : 16
  for (let index = 0, left = range.bits; left > 0; index++, left -= width) {
    const shift = Math.max(0, width - left)
    if ((address[index] ?? 0) >> shift !== (range.groups[index] ?? 0) >> shift) return false
  }
  return true
}

function parseV4(text: string): readonly number[] | undefined {
  const parts = text.split('.')
  // A leading zero is octal to some programs and decimal to others: such an address is refused rather than guessed.
  const valid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  return valid ? parts.map(Number) : undefined
}

function parseV6(text: string): readonly number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  // Only the very end may be written as an IPv4 address.
  const head = groupsOf(halves[0] ?? '', halves.length === 1)
  const tail = groupsOf(halves[1] ?? '', true)
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  return [...head, ...new Array<number>(missing).fill(0), ...tail]
}

function groupsOf(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const last = parts.at(-1) ?? ''
  const embedded = isEnd && last.includes('.') ? parseV4(last) : undefined
  if (embedded !== undefined) parts.pop()
  if (!parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return undefined
  const groups = parts.map((part) => Number.parseInt(part, 16))
  const [a = 0, b = 0, c = 0, d = 0] = embedded ?? []
  return embedded === undefined ? groups : [...groups, a * 256 + b, c * 256 + d]
}
