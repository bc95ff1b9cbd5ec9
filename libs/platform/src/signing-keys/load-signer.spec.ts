import { randomBytes } from 'node:crypto';
import { signBytes, verifyBytes, type KeyRole } from '@kernelcast/trust';
import type { SealedKey } from './key-vault.js';
import { loadSigner, type SealedKeyStore } from './load-signer.js';

class MemoryStore implements SealedKeyStore {
  readonly keys = new Map<KeyRole, SealedKey>();

  async ensure(role: KeyRole, create: () => Promise<SealedKey>): Promise<SealedKey> {
    const key = this.keys.get(role) ?? (await create());
    this.keys.set(role, key);
    return key;
  }

  get(role: KeyRole): SealedKey {
    const key = this.keys.get(role);
    if (!key) throw new Error(`no ${role} key`);
    return key;
  }
}

describe('loadSigner', () => {
  const masterKey = randomBytes(32);
  const message = new TextEncoder().encode('a statement');

  it('makes a key for a role that has none, and signs with it from then on', async () => {
    const store = new MemoryStore();
    const first = await loadSigner(store, 'release', masterKey);
    const again = await loadSigner(store, 'release', masterKey);
    const { kid, publicKey } = store.get('release');
    expect([first.kid, again.kid]).toEqual([kid, kid]);
    expect(await verifyBytes(message, await signBytes(message, again), publicKey)).toBe(true);
  });

  it('keeps the roles apart', async () => {
    const store = new MemoryStore();
    const release = await loadSigner(store, 'release', masterKey);
    const manifest = await loadSigner(store, 'manifest', masterKey);
    expect(release.kid).not.toBe(manifest.kid);
  });

  it('refuses a key that another master key sealed', async () => {
    const store = new MemoryStore();
    await loadSigner(store, 'release', masterKey);
    await expect(loadSigner(store, 'release', randomBytes(32))).rejects.toMatchObject({ code: 'seal_invalid' });
  });

  it('refuses a sealed key that was put in the place of another', async () => {
    const store = new MemoryStore();
    await loadSigner(store, 'release', masterKey);
    await loadSigner(store, 'manifest', masterKey);
    const { sealedPrivateKey } = store.get('manifest');
    store.keys.set('release', { ...store.get('release'), sealedPrivateKey });
    await expect(loadSigner(store, 'release', masterKey)).rejects.toMatchObject({ code: 'seal_invalid' });
  });
});
