import { ArtifactError } from '../artifact.error.js';
import { parseSafetensors } from '../safetensors/parse-safetensors.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import type { Dtype, NamedTensor } from '../tensors/tensor.types.js';

const FORMAT = 'kernelcast.predictions';
const FORMAT_VERSION = '1';
/** Leading bytes kept of an image file's SHA-256: enough that no two files of any data sets meet. */
export const IMAGE_KEY_BYTES = 16;
/** More test images than a data set may have: 26 bytes each. */
const MAX_PREDICTIONS_BYTES = 64 * 2 ** 20;

/** What a modulator made of each test image. Classes are numbers of `labels`. */
export interface TestPredictions {
  readonly labels: readonly string[];
  /** `[count, IMAGE_KEY_BYTES]`: which image it was, whatever data set it lies in. */
  readonly images: Uint8Array;
  readonly truth: Uint16Array;
  readonly predicted: Uint16Array;
  /** Given to the predicted class. */
  readonly probability: Float32Array;
}

/**
 * Predictions as a safetensors file: U8 `image` `[n, 16]`, I16 `truth` and `predicted` `[n]`, F32 `probability` `[n]`,
 * labels as JSON in the metadata. Equal predictions give equal bytes.
 *
 * @throws {ArtifactError} for predictions that {@link decodePredictions} would refuse.
 */
export function encodePredictions(predictions: TestPredictions): Uint8Array {
  const { labels, images, truth, predicted, probability } = predictions;
  const count = truth.length;
  const tensor = (dtype: Dtype, data: Uint8Array, ...inner: number[]): NamedTensor => {
    return { dtype, shape: [count, ...inner], data };
  };
  const bytes = writeSafetensors({
    metadata: { format: FORMAT, formatVersion: FORMAT_VERSION, labels: JSON.stringify(labels) },
    tensors: new Map([
      ['image', tensor('U8', images, IMAGE_KEY_BYTES)],
      ['truth', tensor('I16', int16Bytes(truth))],
      ['predicted', tensor('I16', int16Bytes(predicted))],
      ['probability', tensor('F32', float32Bytes(probability))],
    ]),
  });
  decodePredictions(bytes);
  return bytes;
}

/** Reads predictions as hostile input. @throws {ArtifactError} for anything the format does not allow */
export function decodePredictions(bytes: Uint8Array): TestPredictions {
  if (bytes.byteLength > MAX_PREDICTIONS_BYTES) {
    throw new ArtifactError(`${bytes.byteLength} bytes of predictions exceed the limit of ${MAX_PREDICTIONS_BYTES}`);
  }
  const { metadata, tensors } = parseSafetensors(bytes);
  if (metadata['format'] !== FORMAT || metadata['formatVersion'] !== FORMAT_VERSION) {
    throw new ArtifactError(`not version ${FORMAT_VERSION} of ${FORMAT}`);
  }
  const labels = parseLabels(metadata['labels']);
  const count = tensors.get('truth')?.shape[0] ?? 0;
  const take = (name: string, dtype: Dtype, ...inner: number[]): DataView => {
    const tensor = tensors.get(name);
    const shape = [count, ...inner];
    if (tensor?.dtype !== dtype || tensor.shape.join() !== shape.join()) {
      throw new ArtifactError(`'${name}' is not ${dtype} of [${shape}]`);
    }
    return new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  };
  const classes = (name: string): Uint16Array => {
    const view = take(name, 'I16');
    const found = Uint16Array.from({ length: count }, (_, n) => view.getUint16(2 * n, true));
    if (found.some((index) => index >= labels.length)) throw new ArtifactError(`'${name}' names a class that is none`);
    return found;
  };
  const image = take('image', 'U8', IMAGE_KEY_BYTES);
  const view = take('probability', 'F32');
  const probability = Float32Array.from({ length: count }, (_, n) => view.getFloat32(4 * n, true));
  if (!probability.every((value) => value >= 0 && value <= 1)) throw new ArtifactError('a probability is none');
  return {
    labels,
    images: new Uint8Array(image.buffer, image.byteOffset, image.byteLength),
    truth: classes('truth'),
    predicted: classes('predicted'),
    probability,
  };
}

function parseLabels(text = ''): string[] {
  let labels: unknown;
  try {
    labels = JSON.parse(text);
  } catch (cause) {
    throw new ArtifactError('the labels are not JSON', { cause });
  }
  if (Array.isArray(labels) && labels.length > 0 && labels.every((label) => typeof label === 'string')) return labels;
  throw new ArtifactError('the labels are not a list of names');
}

function int16Bytes(values: Uint16Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, n) => view.setUint16(2 * n, value, true));
  return new Uint8Array(view.buffer);
}

function float32Bytes(values: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, n) => view.setFloat32(4 * n, value, true));
  return new Uint8Array(view.buffer);
}
