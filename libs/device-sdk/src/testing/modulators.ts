import {
  createPrng,
  digestOf,
  encodeModulator,
  GOLDEN_LOGITS,
  labelsDigest,
  roundToEncoding,
} from '@kernelcast/artifact';
import type { Digest, FloatTensor, ModulatorArtifact } from '@kernelcast/artifact';
import { goldenLogits } from '@kernelcast/km';
import type { BaseNetwork } from '@kernelcast/nets';
import { draw } from './tiny-base.js';

const GOLDEN_SEED = 11;
const ENCODING = 'f16';

export interface TestModulator {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly task: string;
  readonly version: number;
  readonly labels: string[];
  readonly labelsDigest: Digest;
  readonly baseDigest: Digest;
}

export interface ModulatorChoice {
  task?: string;
  version?: number;
  seed?: number;
  labels?: string[];
  /** Parts of the file that are to be other than they should. */
  file?: Partial<ModulatorArtifact>;
  tensors?: ReadonlyMap<string, FloatTensor>;
}

/** A modulator of the tiny base with drawn weights and right golden logits. A tfjs backend must be set. */
export async function aModulator(base: BaseNetwork, choice: ModulatorChoice = {}): Promise<TestModulator> {
  const { task = 'digits', version = 1, seed = 1, labels = ['zero', 'one', 'two'] } = choice;
  const tensors = new Map([...drawTensors(seed, labels.length), ...(choice.tensors ?? [])]);
  const placeholder: FloatTensor = { shape: [4, labels.length], data: new Float32Array(4 * labels.length) };
  const rounded = roundToEncoding(new Map(tensors).set(GOLDEN_LOGITS, placeholder), ENCODING);
  const golden = choice.tensors?.get(GOLDEN_LOGITS) ?? goldenLogits(base, rounded, GOLDEN_SEED);
  const bytes = encodeModulator({
    formatVersion: 1,
    baseDigest: base.digest,
    task,
    labels,
    method: 'km',
    plan: {},
    encoding: ENCODING,
    goldenSeed: GOLDEN_SEED,
    trainedBy: 'test',
    seed,
    ...choice.file,
    tensors: tensors.set(GOLDEN_LOGITS, golden),
  });
  const digests = { digest: await digestOf(bytes), labelsDigest: await labelsDigest(labels), baseDigest: base.digest };
  return { bytes, task, version, labels, ...digests };
}

function drawTensors(seed: number, classes: number): Map<string, FloatTensor> {
  const prng = createPrng(seed);
  const small = (value: number): number => 0.3 * value;
  const about1 = (value: number): number => 1 + 0.1 * value;
  return new Map([
    ['conv1/A', draw(prng, [4, 1], small)],
    ['conv1/B', draw(prng, [1, 3], small)],
    ['conv2/A', draw(prng, [5, 2], small)],
    ['conv2/B', draw(prng, [2, 4], small)],
    ['bn2/scale', draw(prng, [5], about1)],
    ['bn2/shift', draw(prng, [5], small)],
    ['head/kernel', draw(prng, [5, classes], small)],
    ['head/bias', draw(prng, [classes], small)],
  ]);
}
