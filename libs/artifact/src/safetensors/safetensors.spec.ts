import fc from 'fast-check';
import { ArtifactError } from '../artifact.error.js';
import { DTYPE_BYTES, elementCount } from '../tensors/tensor.types.js';
import type { Dtype, NamedTensor } from '../tensors/tensor.types.js';
import { parseSafetensors } from './parse-safetensors.js';
import { DEFAULT_SAFETENSORS_LIMITS } from './safetensors.limits.js';
import { decodeWeights, encodeWeights } from './weights-file.js';
import { writeSafetensors } from './write-safetensors.js';

/** A file with any header text and so many bytes of data. */
function fileOf(header: string | Uint8Array, dataBytes = 0): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const tensor = fc
  .tuple(fc.constantFrom(...(Object.keys(DTYPE_BYTES) as Dtype[])), fc.array(fc.nat(4), { maxLength: 4 }))
  .chain(([dtype, shape]) => {
    const length = elementCount(shape) * DTYPE_BYTES[dtype];
    return fc.uint8Array({ minLength: length, maxLength: length }).map((data): NamedTensor => ({ dtype, shape, data }));
  });
const name = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => text !== '__metadata__');
const content = fc.record({
  metadata: fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })),
  tensors: fc.array(fc.tuple(name, tensor), { maxLength: 6 }).map((entries) => new Map(entries)),
});

describe('writeSafetensors', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(content, (written) => {
        const read = parseSafetensors(writeSafetensors(written));
        expect(read.metadata).toEqual({ ...written.metadata });
        expect(new Map([...read.tensors].sort())).toEqual(new Map([...written.tensors].sort()));
      }),
    );
  });

  it('writes equal bytes for equal content in another order', () => {
    fc.assert(
      fc.property(content, ({ metadata, tensors }) => {
        const reversed = {
          metadata: Object.fromEntries(Object.entries(metadata).reverse()),
          tensors: new Map([...tensors].reverse()),
        };
        expect(writeSafetensors(reversed)).toEqual(writeSafetensors({ metadata, tensors }));
      }),
    );
  });

  it('aligns the data to 8 bytes and every tensor to its element', () => {
    fc.assert(
      fc.property(content, (written) => {
        for (const { dtype, data } of parseSafetensors(writeSafetensors(written)).tensors.values()) {
          expect(data.byteOffset % DTYPE_BYTES[dtype]).toBe(0);
        }
      }),
    );
  });

  it('lays out a file byte for byte', () => {
    const tensors = new Map<string, NamedTensor>([
      ['b', { dtype: 'U8', shape: [2], data: Uint8Array.of(7, 8) }],
      ['a', { dtype: 'F16', shape: [], data: Uint8Array.of(0, 0x3c) }],
    ]);
    const file = writeSafetensors({ metadata: { k: 'v' }, tensors });
    const header =
      '{"__metadata__":{"k":"v"},"a":{"dtype":"F16","shape":[],"data_offsets":[0,2]},' +
      '"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}      ';
    expect(header.length % 8).toBe(0);
    expect([...file.subarray(0, 8)]).toEqual([header.length, 0, 0, 0, 0, 0, 0, 0]);
    expect(new TextDecoder().decode(file.subarray(8, 8 + header.length))).toBe(header);
    expect([...file.subarray(8 + header.length)]).toEqual([0, 0x3c, 7, 8]);
  });

  it.each<[string, Map<string, NamedTensor>]>([
    ['the name of the metadata', new Map([['__metadata__', { dtype: 'U8', shape: [0], data: new Uint8Array() }]])],
    ['a name too long', new Map([['n'.repeat(257), { dtype: 'U8', shape: [0], data: new Uint8Array() }]])],
    ['too many dimensions', new Map([['t', { dtype: 'U8', shape: Array(9).fill(1), data: new Uint8Array(1) }]])],
    ['negative sizes', new Map([['t', { dtype: 'U8', shape: [-1, -1], data: new Uint8Array(1) }]])],
    ['data of another size', new Map([['t', { dtype: 'F32', shape: [1], data: new Uint8Array(3) }]])],
    [
      'too many tensors',
      new Map(Array.from({ length: 4097 }, (_, i) => [`${i}`, { dtype: 'U8', shape: [0], data: new Uint8Array() }])),
    ],
  ])('refuses %s', (_, tensors) => {
    expect(() => writeSafetensors({ tensors })).toThrow(ArtifactError);
  });

  it('refuses a header that no reader would take', () => {
    expect(() => writeSafetensors({ metadata: { k: 'v'.repeat(2 ** 20) }, tensors: new Map() })).toThrow(ArtifactError);
  });
});

describe('parseSafetensors', () => {
  const t = (fields: string): string => `{"t":{${fields}}}`;

  it('takes white space and key orders of other writers', () => {
    const file = fileOf('{ "t" : { "shape" : [ 2 ], "data_offsets" : [ 0, 2 ], "dtype" : "I8" } }\n', 2);
    expect(parseSafetensors(file).tensors.get('t')).toEqual({ dtype: 'I8', shape: [2], data: new Uint8Array(2) });
  });

  it('takes a tensor named like a property of every object', () => {
    const file = fileOf('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1);
    expect([...parseSafetensors(file).tensors.keys()]).toEqual(['__proto__']);
  });

  it('takes keys that look alike in different objects, and braces inside strings', () => {
    const header = '{"__metadata__":{"t":"\\"}{\\\\","{":":"},"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
    expect(parseSafetensors(fileOf(header, 1)).metadata).toEqual({ t: '"}{\\', '{': ':' });
  });

  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(), 'length prefix'],
    ['a length beyond the file', fileOf('{}').subarray(0, 9), 'cut off'],
    ['a length of 2^64 - 1', new Uint8Array(16).fill(0xff), 'exceeds the limit'],
    ['a header over the cap', fileOf(`{${' '.repeat(2 ** 20)}}`), 'exceeds the limit'],
    ['a header that is not UTF-8', fileOf(Uint8Array.of(0x7b, 0xff, 0x7d)), 'UTF-8'],
    ['a byte order mark', fileOf('\ufeff{}'), 'does not start'],
    ['no JSON', fileOf('{"a"'), 'not JSON'],
    ['a list', fileOf('[]'), 'does not start'],
    ['a name twice', fileOf('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061" :null}'), '"a" twice'],
    ['a metadata key twice', fileOf('{"__metadata__":{"k":"1","k":"2"}}'), '"k" twice'],
    ['metadata that are no strings', fileOf('{"__metadata__":{"k":1}}'), '"k" is not a string'],
    ['metadata that are a list', fileOf('{"__metadata__":[]}'), 'not an object'],
    ['a name too long', fileOf(`{"${'n'.repeat(257)}":0}`), '257 characters'],
    ['an entry that is no object', fileOf('{"t":null}'), 'is not {dtype'],
    ['an entry with more keys', fileOf(t('"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":0')), 'is not {dtype'],
    ['an unknown dtype', fileOf(t('"dtype":"toString","shape":[0],"data_offsets":[0,0]')), 'dtype'],
    ['a negative size', fileOf(t('"dtype":"U8","shape":[-1],"data_offsets":[0,0]')), 'shape'],
    ['a fractional size', fileOf(t('"dtype":"U8","shape":[0.5],"data_offsets":[0,0]')), 'shape'],
    ['nine dimensions', fileOf(t('"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]'), 1), '9 dimensions'],
    ['three offsets', fileOf(t('"dtype":"U8","shape":[0],"data_offsets":[0,0,0]')), 'pair'],
    ['offsets the wrong way round', fileOf(t('"dtype":"U8","shape":[1],"data_offsets":[1,0]'), 1), 'differ'],
    [
      'a shape whose product overflows',
      fileOf(t(`"dtype":"U8","shape":[${'9007199254740991,'.repeat(7)}9007199254740991],"data_offsets":[0,1]`), 1),
      'differ',
    ],
    ['a hole at the start', fileOf(t('"dtype":"U8","shape":[1],"data_offsets":[1,2]'), 2), 'starts at 1'],
    ['bytes after the end', fileOf(t('"dtype":"U8","shape":[1],"data_offsets":[0,1]'), 2), '2 bytes of data'],
    ['bytes missing at the end', fileOf(t('"dtype":"U8","shape":[2],"data_offsets":[0,2]'), 1), '1 bytes of data'],
    [
      'tensors that overlap',
      fileOf(
        '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
        3,
      ),
      '"b" starts at 1',
    ],
  ])('refuses %s', (_, file, reason) => {
    expect(() => parseSafetensors(file)).toThrow(ArtifactError);
    expect(() => parseSafetensors(file)).toThrow(reason);
  });

  it('counts tensors against the limit it is given', () => {
    const file = fileOf('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"b":0}');
    expect(() => parseSafetensors(file, { maxTensors: 1 })).toThrow('2 tensors exceed the limit of 1');
    expect(DEFAULT_SAFETENSORS_LIMITS.maxTensors).toBe(4096);
  });

  it('survives a header nested as deeply as its cap allows', () => {
    const half = 2 ** 19 - 8;
    expect(() => parseSafetensors(fileOf(`{"a":${'['.repeat(half)}${']'.repeat(half)}}`))).toThrow(ArtifactError);
  });

  it('meets any corruption with an ArtifactError or a valid reading', () => {
    const corruption = fc.tuple(
      content,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.nat(40),
    );
    fc.assert(
      fc.property(corruption, ([written, edits, cut]) => {
        const file = writeSafetensors(written).slice(0, -cut || undefined);
        for (const [at, byte] of edits) file[at % Math.max(file.length, 1)] = byte;
        expect(outcome(() => parseSafetensors(file))).not.toBeInstanceOf(TypeError);
      }),
      { numRuns: 500 },
    );
  });

  it('meets random bytes with an ArtifactError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(outcome(() => parseSafetensors(bytes))).toBeInstanceOf(ArtifactError);
      }),
    );
  });
});

describe('weights files', () => {
  it('keep every weight in single precision, and the metadata', () => {
    const weights = new Map([['conv/kernel', { shape: [1, 2], data: Float32Array.of(0.1, -3) }]]);
    const read = decodeWeights(encodeWeights(weights, 'f32', { graph: 'resnet14' }));
    expect(read).toEqual({ metadata: { graph: 'resnet14' }, weights });
  });
});

/** The error an action throws unless it is the kind we promise; then, or without one, that is the answer. */
function outcome(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    if (error instanceof ArtifactError) return error;
    throw error;
  }
}
