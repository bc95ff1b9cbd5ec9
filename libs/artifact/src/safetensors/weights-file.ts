import { fromFloat32, toFloatTensor } from '../tensors/float-tensors.js';
import type { FloatEncoding, FloatTensor, WeightMap } from '../tensors/tensor.types.js';
import { parseSafetensors } from './parse-safetensors.js';
import { writeSafetensors } from './write-safetensors.js';

export interface WeightsFile {
  metadata: Record<string, string>;
  weights: Map<string, FloatTensor>;
}

/** A plain file of named weights (base networks, checkpoints): every tensor in the one given encoding. */
export function encodeWeights(
  weights: WeightMap,
  encoding: FloatEncoding,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const tensors = new Map([...weights].map(([name, w]) => [name, fromFloat32(w.data, w.shape, encoding)]));
  return writeSafetensors({ metadata, tensors });
}

/** Reads a file of named weights in any supported element type. @throws ArtifactError as `parseSafetensors`. */
export function decodeWeights(bytes: Uint8Array): WeightsFile {
  const { metadata, tensors } = parseSafetensors(bytes);
  return { metadata, weights: new Map([...tensors].map(([name, tensor]) => [name, toFloatTensor(tensor)])) };
}
