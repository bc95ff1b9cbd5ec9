import { BackendError } from '@kernelcast/compute';
import { ModulatorMismatchError } from '@kernelcast/km';
import { ImageError } from '@kernelcast/nets/node';
import { received } from './received-error.js';
import { sendable } from './sendable-error.js';

const sent = (error: unknown): Error => received(structuredClone(sendable(error)));

describe('an error sent to another thread', () => {
  it.each([
    new ImageError('truncated', 'train/a/1.png'),
    new BackendError('tfjs-node', 'not installed'),
    new ModulatorMismatchError("'head/bias' is missing"),
    new RangeError('too small'),
    new Error('whatever'),
  ])('is what it was: %p', (error) => {
    const arrived = sent(error);
    expect(arrived).toBeInstanceOf(error.constructor);
    expect(arrived).toBeInstanceOf(Error);
    for (const key of [...Object.keys(error), 'name', 'message', 'stack'] as const) {
      expect(arrived[key as keyof Error]).toEqual(error[key as keyof Error]);
    }
  });

  it('keeps its cause', () => {
    const arrived = sent(new ImageError('truncated', 'a.png', { cause: new RangeError('end of file') }));
    expect(arrived.cause).toBeInstanceOf(RangeError);
    expect(arrived.cause).toMatchObject({ message: 'end of file' });
  });

  it('carries no more than plain values', () => {
    const arrived = sent(Object.assign(new Error('full'), { code: 'ENOSPC', callback: () => 1, buffer: new Uint8Array(9) })); // prettier-ignore
    expect(arrived).toMatchObject({ code: 'ENOSPC' });
    expect('callback' in arrived || 'buffer' in arrived).toBe(false);
  });

  it('may be anything that was thrown', () => {
    expect(sent('no')).toMatchObject({ message: 'no' });
  });
});
