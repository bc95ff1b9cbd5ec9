import fc from 'fast-check';
import { decodeF16, encodeF16, encodeF16Upward, F16_MAX } from './f16.js';

describe('half precision', () => {
  // IEEE 754-2019, 3.4: values derived by hand from sign, 5-bit exponent (bias 15) and 10-bit mantissa.
  it.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x7bff, F16_MAX],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
  ])('reads %i as %d and writes it back', (bits, value) => {
    expect(decodeF16(bits)).toBe(value);
    expect(encodeF16(value)).toBe(bits);
  });

  it('keeps every one of the 65,536 bit patterns, NaNs as NaN', () => {
    const changed = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) => {
      const value = decodeF16(bits);
      return Number.isNaN(value) ? !Number.isNaN(decodeF16(encodeF16(value))) : encodeF16(value) !== bits;
    });
    expect(changed).toEqual([]);
  });

  it.each([
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [2 ** -25, 0],
    [3 * 2 ** -25, 2 ** -23],
    [1023.5 * 2 ** -24, 2 ** -14],
    [65519, F16_MAX],
    [65520, Infinity],
  ])('rounds the tie or border %d to the even %d', (value, expected) => {
    expect(decodeF16(encodeF16(value))).toBe(expected);
    expect(decodeF16(encodeF16(-value))).toBe(-expected);
  });

  it('rounds to a nearest number', () => {
    fc.assert(
      fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (value) => {
        const bits = encodeF16(value);
        const error = Math.abs(decodeF16(bits) - value);
        for (const neighbour of [bits - 1, bits + 1]) {
          const other = Math.abs(decodeF16(neighbour & 0xffff) - value);
          expect(Number.isNaN(other) || error <= other).toBe(true);
        }
      }),
    );
  });

  it('rounds upward to the next number that is not below', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 65504, noNaN: true }), (value) => {
        const bits = encodeF16Upward(value);
        expect(decodeF16(bits)).toBeGreaterThanOrEqual(value);
        if (bits > 0) expect(decodeF16(bits - 1)).toBeLessThanOrEqual(value);
      }),
    );
  });
});
