import { ArtifactError } from '../artifact.error.js';
import { decodeF16, encodeF16Upward } from './f16.js';
import { assertFinite, assertShape } from './float-tensors.js';
import type { FloatTensor, NamedTensor } from './tensor.types.js';

/** Symmetric: −128 is not used, so that a tensor and its negation quantise alike. */
const INT8_MAX = 127;

export interface QuantisedTensor {
  /** The codes, element = code · scale. */
  tensor: NamedTensor & { dtype: 'I8' };
  /** Step between neighbouring codes; exactly representable in half precision, 0 only for an all-zero tensor. */
  scale: number;
}

/**
 * Symmetric 8-bit quantisation with one scale for the tensor. The scale is the smallest half-precision number with
 * 127 · scale ≥ max|x|: nothing is clipped, so each element is off by at most half a step.
 *
 * @throws ArtifactError when an element is not finite, the shape does not fit, or the range exceeds half precision.
 */
export function quantiseInt8({ data, shape }: FloatTensor): QuantisedTensor {
  assertShape(data, shape);
  assertFinite(data);
  const largest = data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const scale = decodeF16(encodeF16Upward(largest / INT8_MAX));
  if (!Number.isFinite(scale)) throw new ArtifactError(`the range ±${largest} has no half-precision scale`);
  const codes = new Int8Array(data.length);
  if (scale > 0) data.forEach((value, i) => (codes[i] = Math.round(value / scale)));
  return { tensor: { dtype: 'I8', shape: [...shape], data: new Uint8Array(codes.buffer) }, scale };
}

/** The numbers that 8-bit codes stand for: code · scale in double precision, rounded once to single. */
export function dequantiseInt8(tensor: NamedTensor, scale: number): FloatTensor {
  const data = Float32Array.from(tensor.data, (byte) => ((byte << 24) >> 24) * scale);
  return { shape: [...tensor.shape], data };
}
