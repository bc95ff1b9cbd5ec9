import { ArtifactError, quote } from '../artifact.error.js';
import { canonicalJson } from '../digest/canonical-json.js';
import { isDigest } from '../digest/digest.js';
import { MAX_FIELD_LENGTH, MAX_LABEL_LENGTH, MAX_LABELS } from './modulator.types.js';
import { MODULATOR_FORMAT, MODULATOR_FORMAT_VERSION } from './modulator.types.js';
import type { ModulatorEncoding, ModulatorHeader } from './modulator.types.js';

type Metadata = Readonly<Record<string, string>>;

const ENCODINGS: readonly ModulatorEncoding[] = ['f32', 'f16', 'i8'];
const UINT32_PATTERN = /^(0|[1-9][0-9]{0,9})$/;

/** The strings of a file's `__metadata__`; what they hold is checked by reading them back. */
export function toMetadata(header: ModulatorHeader): Record<string, string> {
  const metadata = {
    format: MODULATOR_FORMAT,
    formatVersion: String(header.formatVersion),
    baseDigest: header.baseDigest,
    task: header.task,
    labels: JSON.stringify(header.labels),
    method: header.method,
    plan: canonicalPlan(header.plan),
    encoding: header.encoding,
    goldenSeed: String(header.goldenSeed),
    trainedBy: header.trainedBy,
    seed: String(header.seed),
  };
  fromMetadata(metadata);
  return metadata;
}

/** @throws ArtifactError for a missing or malformed field, another format or another version of it. */
export function fromMetadata(metadata: Metadata): ModulatorHeader {
  if (metadata['format'] !== MODULATOR_FORMAT) throw new ArtifactError(`the format is not ${MODULATOR_FORMAT}`);
  if (metadata['formatVersion'] !== String(MODULATOR_FORMAT_VERSION)) {
    throw new ArtifactError(`only formatVersion ${MODULATOR_FORMAT_VERSION} is understood`);
  }
  const baseDigest = metadata['baseDigest'];
  if (!isDigest(baseDigest)) throw new ArtifactError('baseDigest is not a digest');
  return {
    formatVersion: MODULATOR_FORMAT_VERSION,
    baseDigest,
    task: readText(metadata, 'task'),
    labels: readLabels(metadata),
    method: readText(metadata, 'method'),
    plan: readJson(metadata, 'plan'),
    encoding: readEncoding(metadata),
    goldenSeed: readUint32(metadata, 'goldenSeed'),
    trainedBy: readText(metadata, 'trainedBy'),
    seed: readUint32(metadata, 'seed'),
  };
}

function canonicalPlan(plan: unknown): string {
  try {
    return canonicalJson(plan);
  } catch (cause) {
    throw new ArtifactError('the plan is not JSON', { cause });
  }
}

function readText(metadata: Metadata, key: string): string {
  const text = metadata[key];
  if (text === undefined || text.length === 0 || text.length > MAX_FIELD_LENGTH) {
    throw new ArtifactError(`${key} is missing, empty or longer than ${MAX_FIELD_LENGTH}`);
  }
  return text;
}

function readJson(metadata: Metadata, key: string): unknown {
  try {
    return JSON.parse(metadata[key] ?? '');
  } catch (cause) {
    throw new ArtifactError(`${key} is not JSON`, { cause });
  }
}

function readLabels(metadata: Metadata): string[] {
  const labels = readJson(metadata, 'labels');
  if (!Array.isArray(labels) || labels.length === 0 || labels.length > MAX_LABELS || !labels.every(isLabel)) {
    throw new ArtifactError(`labels is not a list of 1 to ${MAX_LABELS} names of 1 to ${MAX_LABEL_LENGTH} characters`);
  }
  if (new Set(labels).size !== labels.length) throw new ArtifactError('two labels are equal');
  return labels;
}

function isLabel(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_LABEL_LENGTH;
}

function readEncoding(metadata: Metadata): ModulatorEncoding {
  const encoding = ENCODINGS.find((known) => known === metadata['encoding']);
  if (encoding === undefined) throw new ArtifactError(`encoding ${quote(metadata['encoding'] ?? '')} is unknown`);
  return encoding;
}

function readUint32(metadata: Metadata, key: string): number {
  const text = metadata[key] ?? '';
  const value = Number(text);
  if (!UINT32_PATTERN.test(text) || value >= 2 ** 32) {
    throw new ArtifactError(`${key} is not an unsigned 32-bit integer`);
  }
  return value;
}
