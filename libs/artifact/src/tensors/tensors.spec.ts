import fc from 'fast-check';
import { ArtifactError } from '../artifact.error.js';
import { fromFloat32, toFloat32 } from './float-tensors.js';
import { dequantiseInt8, quantiseInt8 } from './int8.js';
import type { Dtype } from './tensor.types.js';

const floats = fc.float32Array({ noNaN: true, noDefaultInfinity: true, min: -60000, max: 60000 });

describe('float tensors', () => {
  it('keep single precision exactly', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, noDefaultInfinity: true }), (data) => {
        expect(toFloat32(fromFloat32(data, [data.length], 'f32'))).toEqual(data);
      }),
    );
  });

  it('keep half precision within half a unit in the last place', () => {
    fc.assert(
      fc.property(floats, (data) => {
        const kept = toFloat32(fromFloat32(data, [data.length], 'f16'));
        // 11 significant bits: a relative error of 2^-11, or half of the subnormal step 2^-24.
        data.forEach((x, i) => {
          expect(Math.abs((kept[i] ?? NaN) - x)).toBeLessThanOrEqual(Math.max(Math.abs(x) * 2 ** -11, 2 ** -25));
        });
      }),
    );
  });

  it.each<[Dtype, number[], number[]]>([
    ['F64', [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], [1.5]],
    ['I64', [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [-2]],
    ['F32', [0, 0, 0xc0, 0x3f], [1.5]],
    ['I32', [0xfe, 0xff, 0xff, 0xff], [-2]],
    ['F16', [0x00, 0x3e], [1.5]],
    ['BF16', [0xc0, 0x3f], [1.5]],
    ['I16', [0xfe, 0xff], [-2]],
    ['I8', [0xfe, 0x7f], [-2, 127]],
    ['U8', [0xfe], [254]],
    ['BOOL', [0, 1], [0, 1]],
  ])('reads %s in little-endian order', (dtype, bytes, expected) => {
    const values = toFloat32({ dtype, shape: [expected.length], data: Uint8Array.from(bytes) });
    expect([...values]).toEqual(expected);
  });

  it.each([NaN, Infinity, -Infinity])('refuse %d, writing and reading', (value) => {
    expect(() => fromFloat32(Float32Array.of(0, value), [2], 'f32')).toThrow('element 1');
    expect(() => fromFloat32(Float32Array.of(value), [1], 'f16')).toThrow(ArtifactError);
    const data = new Uint8Array(Float32Array.of(value).buffer);
    expect(() => toFloat32({ dtype: 'F32', shape: [1], data })).toThrow(ArtifactError);
  });

  it('refuse what half precision cannot hold', () => {
    expect(() => fromFloat32(Float32Array.of(65520), [1], 'f16')).toThrow('65520 is not a finite number');
  });

  it('refuse a shape that does not fit the data', () => {
    expect(() => fromFloat32(new Float32Array(3), [2], 'f32')).toThrow(ArtifactError);
    expect(() => fromFloat32(new Float32Array(3), [-3, -1], 'f32')).toThrow(ArtifactError);
    expect(() => toFloat32({ dtype: 'F32', shape: [2], data: new Uint8Array(7) })).toThrow(ArtifactError);
  });
});

describe('8-bit quantisation', () => {
  it('maps the largest magnitude to 127 and keeps zero exact', () => {
    const { tensor, scale } = quantiseInt8({ shape: [3], data: Float32Array.of(0, -127, 63.6) });
    expect(scale).toBe(1);
    expect([...new Int8Array(tensor.data.buffer)]).toEqual([0, -127, 64]);
  });

  it('is off by at most half a step, whatever the range', () => {
    fc.assert(
      fc.property(floats, (data) => {
        const { tensor, scale } = quantiseInt8({ shape: [data.length], data });
        const kept = dequantiseInt8(tensor, scale);
        // The product is rounded to single precision once more: a relative 2^-24.
        const bounds = [...data].map((x) => scale / 2 + Math.abs(x) * 2 ** -23);
        kept.data.forEach((y, i) => expect(Math.abs(y - (data[i] ?? NaN))).toBeLessThanOrEqual(bounds[i] ?? 0));
      }),
    );
  });

  it('gives an all-zero tensor the scale 0', () => {
    const { tensor, scale } = quantiseInt8({ shape: [2], data: new Float32Array(2) });
    expect(scale).toBe(0);
    expect([...dequantiseInt8(tensor, scale).data]).toEqual([0, 0]);
  });

  it('refuses a range beyond half precision, and non-finite elements', () => {
    expect(() => quantiseInt8({ shape: [1], data: Float32Array.of(127 * 65600) })).toThrow(ArtifactError);
    expect(() => quantiseInt8({ shape: [1], data: Float32Array.of(NaN) })).toThrow(ArtifactError);
  });
});
