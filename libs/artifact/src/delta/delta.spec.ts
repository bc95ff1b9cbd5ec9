import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { encodeModulator } from '../modulator/modulator-codec.js';
import type { ModulatorEncoding } from '../modulator/modulator.types.js';
import type { Digest } from '../digest/digest.js';
import { createPrng } from '../prng/prng.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import type { Dtype } from '../tensors/tensor.types.js';
import { applyDelta, encodeDelta } from './delta-codec.js';
import { DeltaError } from './delta.error.js';
import { DELTA_HEAD_BYTES } from './delta.types.js';

const digestOf = (bytes: Uint8Array): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const endsOf = (before: Uint8Array, after: Uint8Array) => ({ from: digestOf(before), to: digestOf(after) });
const delta = (before: Uint8Array, after: Uint8Array): Uint8Array => encodeDelta(before, after, endsOf(before, after));

/** A modulator whose 2,000 factors have moved by `change` of their size from those of change 0. */
function modulator(encoding: ModulatorEncoding, change: number, seed = 7): Uint8Array {
  const [weights, moves] = [createPrng(1), createPrng(2)];
  const tensor = (shape: number[]) => ({
    shape,
    data: Float32Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      () => weights.nextNormal() + change * moves.nextNormal(),
    ),
  });
  return encodeModulator({
    formatVersion: 1,
    baseDigest: `sha256:${'ab'.repeat(32)}`,
    task: 'signs',
    labels: ['go', 'stop'],
    method: 'km',
    plan: {},
    encoding,
    goldenSeed: seed,
    trainedBy: 'kernelcast 0.1.0 wasm',
    seed,
    tensors: new Map([
      ['conv1/A', tensor([500, 2])],
      ['conv1/B', tensor([2, 500])],
      ['bn1/scale', tensor([16])],
      ['head/kernel', tensor([16, 2])],
      ['head/bias', tensor([2])],
      ['golden/logits', tensor([4, 2])],
    ]),
  });
}

const fileOf = (dtype: Dtype, data: Uint8Array, note = ''): Uint8Array => {
  const width = { F16: 2, F32: 4 }[dtype as 'F16' | 'F32'] ?? 1;
  return writeSafetensors({
    metadata: { note },
    tensors: new Map([['t', { dtype, shape: [data.length / width], data }]]),
  });
};

/** The worked example of docs/formats/delta.md: 1, -2, 0.5, 0 becomes 1.001, -2.002, 0.5, -0. */
const EXAMPLE = {
  before: fileOf('F16', Uint8Array.of(0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38, 0x00, 0x00), 'one'),
  after: fileOf('F16', Uint8Array.of(0x01, 0x3c, 0x01, 0xc0, 0x00, 0x38, 0x00, 0x80), 'two'),
};

describe('deltas', () => {
  it.each(['f32', 'f16', 'i8'] as const)('turn one modulator into another in %s', (encoding) => {
    const [before, after] = [modulator(encoding, 0), modulator(encoding, 0.01, 4_000_000_000)];
    expect(applyDelta(before, delta(before, after), endsOf(before, after))).toEqual(after);
  });

  it.each([
    ['f16', 0.45],
    ['i8', 0.35],
  ] as const)('of weights that moved by a hundredth take little of the file in %s', (encoding, share) => {
    const [before, after] = [modulator(encoding, 0), modulator(encoding, 0.01)];
    expect(delta(before, after).length).toBeLessThan(share * after.length + DELTA_HEAD_BYTES);
  });

  it('of equal files are small', () => {
    const same = modulator('f16', 0);
    expect(delta(same, same).length).toBeLessThan(DELTA_HEAD_BYTES + 220);
  });

  it('tell every bit pattern of every type from every other, whatever the header says', () => {
    const pair = fc.integer({ min: 0, max: 40 }).chain((n) => {
      const data = fc.uint8Array({ minLength: 4 * n, maxLength: 4 * n });
      return fc.tuple(fc.constantFrom<Dtype>('F16', 'F32', 'I8', 'BOOL'), data, data, fc.string(), fc.string());
    });
    fc.assert(
      fc.property(pair, ([dtype, a, b, noteA, noteB]) => {
        const [before, after] = [fileOf(dtype, a, noteA), fileOf(dtype, b, noteB)];
        expect(applyDelta(before, delta(before, after), endsOf(before, after))).toEqual(after);
      }),
    );
  });

  it('are the bytes of the worked example', () => {
    const { before, after } = EXAMPLE;
    const bytes = delta(before, after);
    expect(Buffer.from(bytes.subarray(0, 4)).toString('hex')).toBe('4b434401');
    expect(Buffer.from(bytes.subarray(DELTA_HEAD_BYTES)).toString('hex')).toBe('000001820babb50d40198cc3f649100000');
    expect([before.length, after.length, bytes.length]).toEqual([104, 104, 97]);
  });

  it.each([
    ['another element type', fileOf('I8', new Uint8Array(8))],
    ['another shape', fileOf('F16', new Uint8Array(10))],
  ])('are refused between files with %s', (_name, other) => {
    expect(() => delta(EXAMPLE.before, other)).toThrow(expect.objectContaining({ code: 'delta_unsuitable' }));
  });
});

describe('a hostile delta', () => {
  const { before, after } = EXAMPLE;
  const ends = endsOf(before, after);
  const good = delta(before, after);
  const changed = (offset: number, ...bytes: number[]): Uint8Array => {
    const copy = good.slice();
    copy.set(bytes, offset);
    return copy;
  };

  it.each([
    ['nothing', new Uint8Array()],
    ['another magic', changed(0, 0x4c)],
    ['another version', changed(3, 2)],
    ['another old file', changed(4, 0xff)],
    ['another new file', changed(36, 0xff)],
    ['an old file of another size', changed(68, 0xff)],
    ['a new file of four gigabytes', changed(72, 0xff, 0xff, 0xff, 0xff)],
    ['a header of four gigabytes', changed(72, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
    ['a byte too many', Uint8Array.of(...good, 0)],
    ['a byte too few', good.slice(0, -1)],
    ['a new file with a header of the rest of the world', changed(76, 0xff, 0xff)],
  ])('is refused: %s', (_name, bytes) => {
    expect(() => applyDelta(before, bytes, ends)).toThrow(expect.objectContaining({ code: 'delta_invalid' }));
  });

  it('of random bytes gives a refusal, or bytes of the announced size, and nothing else', () => {
    for (let i = 0; i < 300; i++) {
      const bytes = Uint8Array.of(...good.subarray(0, DELTA_HEAD_BYTES), ...randomBytes(40));
      let result: unknown;
      try {
        result = applyDelta(before, bytes, ends).length;
      } catch (error) {
        result = error;
      }
      if (result !== after.length) expect(result).toBeInstanceOf(DeltaError);
    }
  });
});
