import { createPublicKey, verify } from 'node:crypto';
import { newWebhookSecret, signatures } from './sign.js';

describe('signatures', () => {
  it('are those that the npm package standardwebhooks 1.1.1 makes', () => {
    const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxEek', timestamp: 1614265330, body: '{"test": 2432232314}' };
    expect(signatures('v1', [secret], message)).toBe('v1,xm3N4+aKmqpsHqf2GrAK/g6ew7J0s6ILlNe44yY/l78=');
  });

  it('are two while a secret is replaced, the new one first', () => {
    const [a, b] = [newWebhookSecret('v1').bytes, newWebhookSecret('v1').bytes];
    const message = { id: 'evt_1', timestamp: 1, body: '{}' };
    const both = signatures('v1', [a, b], message).split(' ');
    expect(both).toEqual([signatures('v1', [a], message), signatures('v1', [b], message)]);
    expect(new Set(both).size).toBe(2);
  });

  it('of Ed25519 are verified by the public key that the receiver has', () => {
    const { bytes, publicKey, shown } = newWebhookSecret('v1a');
    const [version, value = ''] = signatures('v1a', [bytes], { id: 'evt_1', timestamp: 7, body: '{}' }).split(',');
    const x = Buffer.from((publicKey ?? '').replace('whpk_', ''), 'base64').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    expect(version).toBe('v1a');
    expect(shown).toBeNull();
    expect(verify(null, Buffer.from('evt_1.7.{}'), key, Buffer.from(value, 'base64'))).toBe(true);
    expect(verify(null, Buffer.from('evt_1.8.{}'), key, Buffer.from(value, 'base64'))).toBe(false);
  });
});
