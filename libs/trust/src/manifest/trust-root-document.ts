import { TRUST_ROOT_TYPE, trustRootDocumentShape } from '@kernelcast/contracts';
import type { FlattenedJws, TrustRoot, TrustRootDocument } from '@kernelcast/contracts';
import { signJws, verifyJws } from '../jws/jws.js';
import type { Signer } from '../keys/signing-key.js';
import { keysFor } from '../keys/trust-root.js';
import { TrustError } from '../trust.error.js';

/**
 * Signs what devices are to trust from now on, once with each release key: a device that was away for several changes
 * of keys still knows one of them.
 */
export function signTrustRoot(
  root: Omit<TrustRootDocument, 'type'>,
  signers: readonly Signer[],
): Promise<FlattenedJws[]> {
  const document = trustRootDocumentShape.parse({ ...root, type: TRUST_ROOT_TYPE });
  return Promise.all(signers.map((signer) => signJws(document, signer, TRUST_ROOT_TYPE)));
}

/**
 * What a device should trust after it was offered a trust root: the one offered, when a release key that it trusts
 * vouches for it and it is newer than what it has. Without a manifest key's help: whoever holds one of those, such as a
 * delivery service that was broken into, cannot bring in release keys of his own.
 *
 * @param offered - hostile input: documents that may contradict one another
 * @returns `undefined` when there is nothing newer to trust
 */
export async function newerTrustRoot(held: TrustRoot, offered: readonly unknown[]): Promise<TrustRoot | undefined> {
  let newest: TrustRoot | undefined;
  for (const jws of offered) {
    const document = await verified(jws, held);
    if (document && document.version > (newest?.version ?? held.version ?? 0)) {
      newest = { version: document.version, keys: document.keys };
    }
  }
  return newest;
}

async function verified(jws: unknown, held: TrustRoot): Promise<TrustRootDocument | undefined> {
  try {
    const { json } = await verifyJws(jws, keysFor(held, 'release'), { typ: TRUST_ROOT_TYPE });
    return trustRootDocumentShape.safeParse(json).data;
  } catch (error) {
    // By a key that this device does not know; another signature may be by one that it does.
    if (error instanceof TrustError) return undefined;
    throw error;
  }
}
