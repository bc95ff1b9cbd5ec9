import { isIPv6 } from 'node:net';

const GROUPS = 8;
/** A site gets at least a /64 and can use any address of it. */
const NETWORK_GROUPS = 4;
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The 16-bit groups of an IPv6 address in lower-case hexadecimal. */
const groupsOf = (address: string): string[] => {
  // The URL parser writes an embedded IPv4 address as groups, too.
  const { hostname } = new URL(`http://[${address.split('%')[0]}]`);
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const split = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [start, end] = [split(head), split(tail ?? '')];
  return [...start, ...Array<string>(GROUPS - start.length - end.length).fill('0'), ...end];
};

/** What counts as one address: an IPv4 address, or the /64 network of an IPv6 address. */
export const networkOf = (address: string): string => {
  const mapped = MAPPED_IPV4.exec(address)?.[1];
  if (mapped || !isIPv6(address)) return mapped ?? address;
  return `${groupsOf(address).slice(0, NETWORK_GROUPS).join(':')}::/64`;
};
