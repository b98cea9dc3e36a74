import { BlockList, isIP, isIPv6 } from 'node:net'

export interface AddressRules {
  /** True where a host, by name or address, may be asked for its addresses at all. */
  mayAsk(host: string): boolean
  /** True for an address of the public internet that is neither the machine's own nor on the owner's list. */
  mayDial(address: string): boolean
}

/** Addresses that are not for everybody, or that stand for others. */
const neverDialled = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Protocol assignments, Teredo among them; documentation; 6to4, which wraps any IPv4 address; documentation again.
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
]

/** All that is global unicast. Loopback, mapped, translated, local and multicast addresses lie outside of it. */
const globalUnicast = listOf(['2000::/3'])

/**
 * `denied` is the owner's list: addresses, networks, and host names with or without `*.` in front. `own` is asked each
 * time, because a machine's addresses change.
 */
export function createAddressRules(denied: readonly string[], own: () => readonly string[]): AddressRules {
  const isNumeric = (entry: string) => isIP(entry.split('/')[0] ?? '') !== 0
  const addresses = listOf([...neverDialled, ...denied.filter(isNumeric)])
  const names = denied.filter((entry) => !isNumeric(entry)).map((entry) => entry.toLowerCase())

  return {
    mayAsk(host) {
      const name = host.replace(/\.$/, '').toLowerCase()
      return !names.some((entry) => (entry.startsWith('*.') ? name.endsWith(entry.slice(1)) : name === entry))
    },
    mayDial(address) {
      const family = familyOf(address)
      if (family === undefined || addresses.check(address, family)) return false
      if (family === 'ipv6' && !globalUnicast.check(address, family)) return false
      return !listOf(own().filter((entry) => familyOf(entry) !== undefined)).check(address, family)
    },
  }
}

type Family = 'ipv4' | 'ipv6'

/** None for what is no address, or one with a zone, which is only good on a link. */
function familyOf(address: string): Family | undefined {
  if (isIP(address) === 0 || address.includes('%')) return undefined
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}
