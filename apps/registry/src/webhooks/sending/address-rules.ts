import type { BlockList } from 'node:net';
import { isIP } from 'node:net';
import { isAddressAllowed } from './addresses.js';

/** Where events may be sent to. */
export interface AddressRules {
  /** Plain `http:` too; for development. */
  readonly allowHttp: boolean;
  readonly ports: ReadonlySet<number>;
  /** Networks that are not public and where receivers may be all the same. */
  readonly allowedNetworks: BlockList;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };

const portOf = (url: URL): number => (url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port));

/** The host of a URL without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

/**
 * Why events may not be sent to a URL, as far as can be told without asking DNS; `undefined` when they may. URLs are
 * read by WHATWG's rules, which turn `0x7f.1` and `2130706433` into `127.0.0.1`.
 */
export const urlFault = (text: string, { allowHttp, ports, allowedNetworks }: AddressRules): string | undefined => {
  const url = URL.parse(text);
  if (!url) return 'is no URL';
  if (url.protocol !== 'https:' && !(allowHttp && url.protocol === 'http:')) return 'must begin with https://';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password';
  if (url.hash !== '') return 'must not have a fragment';
  if (!ports.has(portOf(url))) return `must use one of the ports ${[...ports].join(', ')}`;
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isAddressAllowed(host, allowedNetworks)) return 'must be a public address';
  return undefined;
};
