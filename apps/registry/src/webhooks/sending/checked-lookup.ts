import { lookup, type LookupAddress, type LookupAllOptions, type LookupOptions } from 'node:dns';
import type { BlockList, LookupFunction } from 'node:net';
import { isAddressAllowed } from './addresses.js';

/** A name leads to an address to which nothing may be sent. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'address_refused';
}

type ResolveAll = (
  host: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A `lookup` for a connection that gives it only addresses that were checked. As the connection is made to what this
 * returns, and nothing is resolved again, a name that leads elsewhere a moment later (DNS rebinding) gains nothing. One
 * forbidden address among several refuses them all.
 */
export const checkedLookup =
  (allowed: BlockList, resolve: ResolveAll = lookup): LookupFunction =>
  (host: string, options: LookupOptions, done) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      const refused = addresses.find(({ address }) => !isAddressAllowed(address, allowed));
      const [first] = addresses;
      if (refused || !first) return done(new AddressRefusedError(`${host} has no public address`), []);
      if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
