import { BlockList, isIP } from 'node:net'

/** Networks that are not of the internet: a machine shows such an address to an endpoint in its VPC, beside its public one. */
const inside = new BlockList()
for (const [base, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  inside.addSubnet(base, bits)

/** An address's network: its /24 or /48, and of which kind it is. */
export interface Network {
  /** Only networks of one kind say that a session is in two places. */
  readonly kind: 'public' | 'private' | 'ipv6'
  readonly name: string
}

/** The network of an address; undefined for what is none, such as the name of an AWS service. */
export function networkOf(from: string): Network | undefined {
  const address = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(from)?.[1] ?? from
  switch (isIP(address)) {
    case 4:
      return {
        kind: inside.check(address) ? 'private' : 'public',
        name: `${address.split('.').slice(0, 3).join('.')}.0/24`,
      }
    case 6:
      return { kind: 'ipv6', name: `${groupsOf(address).slice(0, 3).join(':')}::/48` }
    default:
      return undefined
  }
}

/** The groups of an IPv6 address, the left-out ones too, without zeros before them. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array<string>(gap).fill('0'), ...right].map((group) => group.replace(/^0+(?=.)/, ''))
}
