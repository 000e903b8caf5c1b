import { BlockList, isIP } from 'node:net'

/** Whether an address is in one of the networks (CIDR, or single addresses). An IPv4 address in IPv6 clothes is the IPv4 one. */
export function isInNetworks(networks: readonly string[], address: string): boolean {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
  const family = isIP(plain)
  if (family === 0) return false
  const list = new BlockList()
  for (const network of networks) {
    const [base = '', bits] = network.split('/')
    const type = isIP(base) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(base, type)
    else list.addSubnet(base, Number(bits), type)
  }
  return list.check(plain, family === 6 ? 'ipv6' : 'ipv4')
}

/** Why a text is no network; undefined when it is one. */
export function networkFault(text: string): string | undefined {
  const [base = '', bits, ...more] = text.split('/')
  const family = isIP(base)
  const most = family === 6 ? 128 : 32
  if (family === 0 || more.length > 0) return 'must be a network such as 10.0.0.0/8 or 2001:db8::/32'
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))
    return `must have /0 to /${most} behind it`
  return undefined
}
