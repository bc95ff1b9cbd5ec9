export {
  bundleEntries,
  bundleFromEntries,
  isBundleEntry,
  MAX_BUNDLE_BYTES,
  readBundle,
  writeBundle,
} from './bundle/bundle.js';
export type { BundleFiles } from './bundle/bundle.js';
export { ArtifactError } from './artifact.error.js';
export { canonicalJson } from './digest/canonical-json.js';
export { applyDelta, encodeDelta } from './delta/delta-codec.js';
export { DeltaError } from './delta/delta.error.js';
export type { DeltaErrorCode } from './delta/delta.error.js';
export { DELTA_ENCODING } from './delta/delta.types.js';
export type { DeltaEnds } from './delta/delta.types.js';
export { digestOf, isDigest } from './digest/digest.js';
export type { Digest } from './digest/digest.js';
export { labelsDigest } from './modulator/labels-digest.js';
export { decodeModulator, encodeModulator } from './modulator/modulator-codec.js';
export { roundToEncoding } from './modulator/modulator-tensors.js';
export {
  GOLDEN_LOGITS,
  HEAD_BIAS,
  HEAD_KERNEL,
  MAX_LABEL_LENGTH,
  MAX_LABELS,
  MAX_MODULATOR_BYTES,
} from './modulator/modulator.types.js';
export type { ModulatorArtifact, ModulatorEncoding, ModulatorHeader } from './modulator/modulator.types.js';
export { pairedTest } from './predictions/paired-test.js';
export { decodePredictions, encodePredictions, IMAGE_KEY_BYTES } from './predictions/predictions.js';
export type { TestPredictions } from './predictions/predictions.js';
export { createPrng } from './prng/prng.js';
export type { Prng } from './prng/prng.js';
export { parseSafetensors } from './safetensors/parse-safetensors.js';
export type { SafetensorsFile } from './safetensors/parse-safetensors.js';
export { DEFAULT_SAFETENSORS_LIMITS } from './safetensors/safetensors.limits.js';
export type { SafetensorsLimits } from './safetensors/safetensors.limits.js';
export { decodeWeights, encodeWeights } from './safetensors/weights-file.js';
export type { WeightsFile } from './safetensors/weights-file.js';
export { writeSafetensors } from './safetensors/write-safetensors.js';
export type { SafetensorsContent } from './safetensors/write-safetensors.js';
export { decodeF16, encodeF16, F16_MAX } from './tensors/f16.js';
export { fromFloat32, toFloat32, toFloatTensor } from './tensors/float-tensors.js';
export { dequantiseInt8, quantiseInt8 } from './tensors/int8.js';
export type { QuantisedTensor } from './tensors/int8.js';
export { elementCount } from './tensors/tensor.types.js';
export type { Dtype, FloatEncoding, FloatTensor, NamedTensor, WeightMap } from './tensors/tensor.types.js';
