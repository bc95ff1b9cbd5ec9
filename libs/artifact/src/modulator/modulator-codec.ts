import { ArtifactError } from '../artifact.error.js';
import { parseSafetensors } from '../safetensors/parse-safetensors.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import { fromMetadata, toMetadata } from './modulator-metadata.js';
import { assertClassifier, packTensors, unpackTensors } from './modulator-tensors.js';
import { MAX_MODULATOR_BYTES } from './modulator.types.js';
import type { ModulatorArtifact } from './modulator.types.js';

/**
 * A modulator as the bytes that are named by their digest, approved, signed and sent to devices. Equal artifacts give
 * equal bytes. Layout and a worked example: docs/formats/modulator.md.
 *
 * @throws ArtifactError for an artifact that `decodeModulator` would refuse.
 */
export function encodeModulator({ tensors, ...header }: ModulatorArtifact): Uint8Array {
  assertClassifier(tensors, header.labels.length);
  const metadata = toMetadata(header);
  const bytes = writeSafetensors({ metadata, tensors: packTensors(tensors, header.encoding) });
  assertSize(bytes);
  return bytes;
}

/**
 * Reads a modulator as hostile input. The tensors come back as a device uses them: after the rounding of their
 * encoding.
 *
 * @throws ArtifactError for anything the format does not allow, with the reason.
 */
export function decodeModulator(bytes: Uint8Array): ModulatorArtifact {
  assertSize(bytes);
  const file = parseSafetensors(bytes);
  const header = fromMetadata(file.metadata);
  const tensors = unpackTensors(file.tensors, header.encoding);
  assertClassifier(tensors, header.labels.length);
  return { ...header, tensors };
}

function assertSize(bytes: Uint8Array): void {
  if (bytes.byteLength > MAX_MODULATOR_BYTES) {
    throw new ArtifactError(`${bytes.byteLength} bytes exceed the limit of ${MAX_MODULATOR_BYTES}`);
  }
}
