import { ArtifactError, quote } from '../artifact.error.js';
import { DTYPE_BYTES, elementCount } from '../tensors/tensor.types.js';
import type { Dtype } from '../tensors/tensor.types.js';
import { findDuplicateKey } from './duplicate-keys.js';
import { METADATA_KEY } from './safetensors.limits.js';
import type { SafetensorsLimits } from './safetensors.limits.js';

/** One line of the header: where a tensor lies in the data that follows the header. */
export interface TensorEntry {
  name: string;
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

export interface SafetensorsHeader {
  metadata: Record<string, string>;
  entries: TensorEntry[];
}

const ENTRY_KEYS = 3;

/** Reads and checks the JSON header by itself; offsets are checked against the data by the caller. */
export function parseHeader(text: string, limits: SafetensorsLimits): SafetensorsHeader {
  const { [METADATA_KEY]: metadata, ...tensors } = parseObject(text);
  const named = Object.entries(tensors);
  if (named.length > limits.maxTensors) {
    throw new ArtifactError(`${named.length} tensors exceed the limit of ${limits.maxTensors}`);
  }
  return {
    metadata: metadata === undefined ? {} : parseMetadata(metadata),
    entries: named.map(([name, entry]) => parseEntry(name, entry, limits)),
  };
}

function parseObject(text: string): Record<string, unknown> {
  // The format asks for the brace as the first byte, so that a file cannot pass for another type.
  if (!text.startsWith('{')) throw new ArtifactError('the header does not start with "{"');
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw new ArtifactError('the header is not JSON', { cause });
  }
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) throw new ArtifactError(`the header names ${quote(duplicate)} twice`);
  if (!isObject(header)) throw new ArtifactError('the header is not a JSON object');
  return header;
}

function parseMetadata(value: unknown): Record<string, string> {
  if (!isObject(value)) throw new ArtifactError('the metadata is not an object');
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      if (typeof text !== 'string') throw new ArtifactError(`the metadata ${quote(key)} is not a string`);
      return [key, text];
    }),
  );
}

function parseEntry(name: string, value: unknown, limits: SafetensorsLimits): TensorEntry {
  if (name.length > limits.maxNameLength) throw new ArtifactError(`a tensor's name has ${name.length} characters`);
  if (!isObject(value) || Object.keys(value).length !== ENTRY_KEYS) {
    throw new ArtifactError(`${quote(name)} is not {dtype, shape, data_offsets}`);
  }
  const dtype = parseDtype(name, value['dtype']);
  const shape = parseSizes(name, 'shape', value['shape']);
  if (shape.length > limits.maxRank) throw new ArtifactError(`${quote(name)} has ${shape.length} dimensions`);
  const [begin, end, ...rest] = parseSizes(name, 'data_offsets', value['data_offsets']);
  if (begin === undefined || end === undefined || rest.length > 0) {
    throw new ArtifactError(`${quote(name)}: data_offsets is not a pair`);
  }
  if (elementCount(shape) * DTYPE_BYTES[dtype] !== end - begin) {
    throw new ArtifactError(`${quote(name)}: its shape and its offsets differ in size`);
  }
  return { name, dtype, shape, begin, end };
}

function parseDtype(name: string, value: unknown): Dtype {
  if (typeof value !== 'string' || !isDtype(value)) throw new ArtifactError(`${quote(name)}: unsupported dtype`);
  return value;
}

function parseSizes(name: string, key: string, value: unknown): number[] {
  if (!Array.isArray(value) || !value.every(isSize)) {
    throw new ArtifactError(`${quote(name)}: ${key} is not a list of sizes`);
  }
  return value;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isDtype(value: string): value is Dtype {
  return Object.hasOwn(DTYPE_BYTES, value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
