import { generateSigningKey, importSigner, signBytes } from '../keys/signing-key.js';
import { signChallenge, verifyChallenge } from './challenge.js';

const challenge = { deviceId: 'dev_01', nonce: 'n1' };

describe('the credential challenge', () => {
  it('is met by the device key over prefix, device and nonce', async () => {
    const stored = await generateSigningKey();
    const signer = await importSigner(stored);
    const answer = await signChallenge(challenge, signer);
    expect(answer).toMatch(/^[A-Za-z0-9_-]{86}$/);
    expect(answer).toBe(await signBytes(new TextEncoder().encode('kernelcast.credential/1:dev_01:n1'), signer));
    expect(await verifyChallenge(challenge, answer, stored.publicKey)).toBe(true);
  });

  it('is not met by another nonce, device, key or by anything malformed', async () => {
    const stored = await generateSigningKey();
    const answer = await signChallenge(challenge, await importSigner(stored));
    const other = await generateSigningKey();
    expect(await verifyChallenge({ ...challenge, nonce: 'n2' }, answer, stored.publicKey)).toBe(false);
    expect(await verifyChallenge({ ...challenge, deviceId: 'dev_02' }, answer, stored.publicKey)).toBe(false);
    expect(await verifyChallenge(challenge, answer, other.publicKey)).toBe(false);
    expect(await verifyChallenge(challenge, answer.slice(1), stored.publicKey)).toBe(false);
    expect(await verifyChallenge(challenge, answer, 'AAAA')).toBe(false);
    expect(await verifyChallenge(challenge, '!', '!')).toBe(false);
  });
});
