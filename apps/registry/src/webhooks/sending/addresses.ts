import { BlockList, isIP, isIPv6 } from 'node:net';

/**
 * Never reached, whatever is configured: link-local addresses (where clouds keep their metadata), multicast, and what
 * no host has. IANA's special-purpose registries, RFC 6890; RFC 3927, RFC 5771, RFC 4291.
 */
const NEVER: readonly string[] = [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  'fe80::/10',
  'ff00::/8',
];

/**
 * IPv4 that is not public: private (RFC 1918), shared (RFC 6598), loopback, IETF's own, documentation (RFC 5737),
 * 6to4 relays (RFC 7526), benchmarks (RFC 2544).
 */
const NOT_PUBLIC_V4: readonly string[] = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
];

/** IPv4-mapped (RFC 4291) and NAT64 (RFC 6052, RFC 8215): they would reach IPv4 hosts past the rules above. */
const TRANSLATED_TO_V4: readonly string[] = ['::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48'];

/** Of IPv6 only global unicast can be public; that leaves out loopback and unique local addresses. */
const GLOBAL_UNICAST_V6 = '2000::/3';
/** Within it: IETF's own with Teredo (RFC 4380), documentation (RFC 3849, RFC 9637), 6to4 (RFC 3056). */
const NOT_PUBLIC_V6: readonly string[] = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');

/** @throws Error when one is not a network such as `10.0.0.0/8` */
export const networksOf = (networks: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', length = ''] = network.split('/');
    list.addSubnet(address, Number(length), familyOf(address));
  }
  return list;
};

const never = networksOf(NEVER);
const notPublicV4 = networksOf(NOT_PUBLIC_V4);
const notPublicV6 = networksOf(NOT_PUBLIC_V6);
const translatedToV4 = networksOf(TRANSLATED_TO_V4);
const globalUnicastV6 = networksOf([GLOBAL_UNICAST_V6]);

/**
 * Whether events may be sent to an address: a public one, or one in a network that the operator allows.
 * @param allowed networks inside which receivers may be, of {@link networksOf}
 */
export const isAddressAllowed = (address: string, allowed: BlockList): boolean => {
  // A zone names an interface of ours, which no receiver elsewhere has.
  if (isIP(address) === 0 || address.includes('%')) return false;
  const family = familyOf(address);
  // Asked first, as `BlockList` takes an IPv4-mapped address for the IPv4 one in it, which may be allowed.
  if (family === 'ipv6' && translatedToV4.check(address, family)) return false;
  if (never.check(address, family)) return false;
  if (allowed.check(address, family)) return true;
  if (family === 'ipv4') return !notPublicV4.check(address, family);
  return globalUnicastV6.check(address, family) && !notPublicV6.check(address, family);
};
