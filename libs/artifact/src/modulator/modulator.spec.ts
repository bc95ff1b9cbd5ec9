import fc from 'fast-check';
import { ArtifactError } from '../artifact.error.js';
import { digestOf } from '../digest/digest.js';
import { parseSafetensors } from '../safetensors/parse-safetensors.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import { toFloat32 } from '../tensors/float-tensors.js';
import type { FloatTensor, NamedTensor } from '../tensors/tensor.types.js';
import { labelsDigest } from './labels-digest.js';
import { decodeModulator, encodeModulator } from './modulator-codec.js';
import { roundToEncoding } from './modulator-tensors.js';
import type { ModulatorArtifact, ModulatorEncoding } from './modulator.types.js';

const ENCODINGS: ModulatorEncoding[] = ['f32', 'f16', 'i8'];

const tensorOf = (shape: number[], ...values: number[]): FloatTensor => ({ shape, data: Float32Array.from(values) });

/** The worked example of docs/formats/modulator.md. */
function example(encoding: ModulatorEncoding): ModulatorArtifact {
  return {
    formatVersion: 1,
    baseDigest: `sha256:${'ab'.repeat(32)}`,
    task: 'signs',
    labels: ['go', 'stop'],
    method: 'km',
    plan: { ranks: { conv1: 1 } },
    encoding,
    goldenSeed: 7,
    trainedBy: 'kernelcast 0.1.0 wasm',
    seed: 42,
    tensors: new Map([
      ['conv1/A', tensorOf([3, 1], 0.5, -1, 0.25)],
      ['conv1/B', tensorOf([1, 2], 127, 1)],
      ['bn1/scale', tensorOf([3], 1, 1.5, 0.1)],
      ['bn1/shift', tensorOf([3], 0, -0.5, 0.25)],
      ['head/kernel', tensorOf([3, 2], 1, 2, 3, 4, 5, 6)],
      ['head/bias', tensorOf([2], 0.125, -0.125)],
      ['golden/logits', tensorOf([1, 2], 0.1, -0.7)],
    ]),
  };
}

function repacked(
  bytes: Uint8Array,
  change: (metadata: Record<string, string>, tensors: Map<string, NamedTensor>) => void,
) {
  const { metadata, tensors } = parseSafetensors(bytes);
  change(metadata, tensors);
  return writeSafetensors({ metadata, tensors });
}

describe('modulator files', () => {
  it.each(ENCODINGS)('give back in %s what a device will use', (encoding) => {
    const artifact = example(encoding);
    const read = decodeModulator(encodeModulator(artifact));
    expect(read).toEqual({ ...artifact, tensors: roundToEncoding(artifact.tensors, encoding) });
  });

  it('keep every number in f32', () => {
    const { tensors } = example('f32');
    expect(roundToEncoding(tensors, 'f32')).toEqual(tensors);
  });

  it.each(ENCODINGS)('are the same bytes again after reading and writing in %s', (encoding) => {
    const bytes = encodeModulator(example(encoding));
    expect(encodeModulator(decodeModulator(bytes))).toEqual(bytes);
  });

  it('keep factors in 8 bits, BatchNorm and biases in 16, golden logits in 32, scales in the order of names', () => {
    const { tensors } = parseSafetensors(encodeModulator(example('i8')));
    expect(Object.fromEntries([...tensors].map(([name, { dtype }]) => [name, dtype]))).toEqual({
      'bn1/scale': 'F16',
      'bn1/shift': 'F16',
      'conv1/A': 'I8',
      'conv1/B': 'I8',
      'golden/logits': 'F32',
      'head/bias': 'F16',
      'head/kernel': 'I8',
      'int8/scales': 'F16',
    });
    expect([...(tensors.get('conv1/B')?.data ?? [])]).toEqual([127, 1]);
    const scales = tensors.get('int8/scales');
    // Scales of conv1/A (1/127 rounded up to half precision), conv1/B, head/kernel (6/127 likewise).
    expect(scales && [...toFloat32(scales)]).toEqual([1033 * 2 ** -17, 1, 1549 * 2 ** -15]);
  });

  it.each([
    ['outputs', 'I8'],
    ['inputs', 'I8'],
    ['grid', 'I8'],
    ['deltaA', 'I8'],
    ['deltaB', 'I8'],
    ['delta', 'I8'],
    ['kernel', 'I8'],
    ['bias', 'F16'],
  ])('keep <layer>/%s as %s in 8 bits, off by half a step at most', (role, dtype) => {
    const artifact = example('i8');
    const name = `conv2/${role}`;
    const values = [0.5, -1.27, 0.013, 1];
    const bytes = encodeModulator({ ...artifact, tensors: new Map([...artifact.tensors, [name, tensorOf([4], ...values)]]) }); // prettier-ignore
    expect(parseSafetensors(bytes).tensors.get(name)?.dtype).toBe(dtype);
    // The scale is 0.01 rounded up to half precision: at most 0.1 % more.
    const read = decodeModulator(bytes).tensors.get(name)?.data ?? new Float32Array();
    values.forEach((value, i) => expect(Math.abs((read[i] ?? NaN) - value)).toBeLessThan(0.00501));
  });

  // 19 modulator numbers and 2 golden logits: 21·4; 19·2 + 2·4; 11·1 + 8·2 + 2·4 + 3 scales of 2 bytes.
  it.each<[ModulatorEncoding, number, number, string]>([
    ['f32', 776, 84, 'sha256:a43ccf32d694b6fd395061cd5cb51206154d24125641f2f950a6b98dd61e43af'],
    ['f16', 776, 46, 'sha256:6cea800b5850908c057b00f08f8da7ba2e60e78b2bf2203a6222ed1144598525'],
    ['i8', 840, 41, 'sha256:e04a6f233c85fd013b178c3047736ccd81a66df2ce2dffac17a95cff039d2aec'],
  ])('have the bytes that the format document shows, in %s', async (encoding, headerBytes, dataBytes, digest) => {
    const bytes = encodeModulator(example(encoding));
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(BigInt(headerBytes));
    expect(bytes.byteLength).toBe(8 + headerBytes + dataBytes);
    expect(await digestOf(bytes)).toBe(digest);
  });

  it.each<[string, (artifact: ModulatorArtifact) => ModulatorArtifact, string]>([
    ['no labels', (a) => ({ ...a, labels: [] }), 'labels'],
    ['two equal labels', (a) => ({ ...a, labels: ['a', 'a'] }), 'equal'],
    ['labels that do not fit the head', (a) => ({ ...a, labels: ['a', 'b', 'c'] }), 'head/kernel'],
    ['a seed beyond 32 bits', (a) => ({ ...a, seed: 2 ** 32 }), 'seed'],
    ['a fractional golden seed', (a) => ({ ...a, goldenSeed: 0.5 }), 'goldenSeed'],
    ['a digest that is none', (a) => ({ ...a, baseDigest: 'sha256:0' }), 'baseDigest'],
    ['no task', (a) => ({ ...a, task: '' }), 'task'],
    ['a plan that is not JSON', (a) => ({ ...a, plan: { ranks: NaN } }), 'plan'],
    [
      'a reserved tensor name',
      (a) => ({ ...a, tensors: new Map([...a.tensors, ['int8/scales', tensorOf([1], 1)]]) }),
      'reserved',
    ],
    [
      'a number that is not finite',
      (a) => ({ ...a, tensors: new Map([...a.tensors, ['x/A', tensorOf([1], NaN)]]) }),
      'finite',
    ],
  ])('are not written with %s', (_, change, reason) => {
    expect(() => encodeModulator(change(example('f16')))).toThrow(ArtifactError);
    expect(() => encodeModulator(change(example('f16')))).toThrow(reason);
  });

  it.each<[string, (metadata: Record<string, string>, tensors: Map<string, NamedTensor>) => void, string]>([
    ['another format', (m) => (m['format'] = 'other'), 'format'],
    ['a later version', (m) => (m['formatVersion'] = '2'), 'formatVersion'],
    ['an unknown encoding', (m) => (m['encoding'] = 'i4'), 'i4'],
    ['another encoding than its tensors', (m) => (m['encoding'] = 'f32'), 'encoding f32'],
    ['a broken list of labels', (m) => (m['labels'] = '["a"'), 'labels'],
    ['labels that are no strings', (m) => (m['labels'] = '[1,2]'), 'labels'],
    ['a seed in another notation', (m) => (m['seed'] = '0x10'), 'seed'],
    ['no head', (_, t) => t.delete('head/bias'), 'head/bias is missing'],
    ['no golden logits', (_, t) => t.delete('golden/logits'), 'golden/logits is missing'],
    ['no scales', (_, t) => t.delete('int8/scales'), '3 8-bit tensors, but 0 scales'],
    ['a scale too few', (_, t) => t.delete('conv1/A'), '2 8-bit tensors, but 3 scales'],
    [
      'a negative scale',
      (_, t) => t.set('int8/scales', { dtype: 'F16', shape: [3], data: Uint8Array.of(0, 0xbc, 0, 0x3c, 0, 0x3c) }),
      'negative',
    ],
    [
      'an infinite shift',
      (_, t) => t.set('bn1/shift', { dtype: 'F16', shape: [1], data: Uint8Array.of(0, 0x7c) }),
      'Infinity',
    ],
    [
      'scales of another type',
      (_, t) => t.set('int8/scales', { dtype: 'U8', shape: [3], data: new Uint8Array(3) }),
      'F16',
    ],
  ])('are refused with %s', (_, change, reason) => {
    const bytes = repacked(encodeModulator(example('i8')), change);
    expect(() => decodeModulator(bytes)).toThrow(ArtifactError);
    expect(() => decodeModulator(bytes)).toThrow(reason);
  });

  it('are refused above the size cap before anything is read', () => {
    expect(() => decodeModulator(new Uint8Array(256 * 2 ** 20 + 1))).toThrow('exceed the limit');
  });

  it('meet any corruption with an ArtifactError or a valid reading', () => {
    const intact = encodeModulator(example('i8'));
    const edits = fc.array(fc.tuple(fc.nat(intact.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    let refused = 0;
    fc.assert(
      fc.property(edits, (changes) => {
        const bytes = intact.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        try {
          decodeModulator(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ArtifactError);
          refused++;
        }
      }),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(0);
  });
});

describe('labelsDigest', () => {
  it('is the digest of the canonical list', async () => {
    // printf '["go","stop"]' | sha256sum
    const expected = 'sha256:b981bc9abc8a751ef557cd382aabfbce3740045b1e7032c46dbdba9b5c6fa268';
    expect(await labelsDigest(['go', 'stop'])).toBe(expected);
    expect(await labelsDigest(['stop', 'go'])).not.toBe(expected);
  });
});
