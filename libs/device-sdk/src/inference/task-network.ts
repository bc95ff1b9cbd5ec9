import { ArtifactError, GOLDEN_LOGITS } from '@kernelcast/artifact';
import type { Digest, FloatTensor, ModulatorArtifact, WeightMap } from '@kernelcast/artifact';
import { fold, goldenInputs, goldenMatches, headOf, ModulatorMismatchError } from '@kernelcast/km';
import { createRunner } from '@kernelcast/nets';
import type { BaseNetwork, Head, Runner } from '@kernelcast/nets';
import { DeviceError } from '../device.errors.js';

/** A task's own network, ready to run. */
export interface TaskNetwork {
  readonly digest: Digest;
  readonly labels: readonly string[];
  readonly runner: Runner;
  /** What its weights take in memory. */
  readonly bytes: number;
  /** Folding the modulator into the base and making the network current, milliseconds. */
  readonly swapMs: number;
}

export interface SelfTest {
  readonly passed: boolean;
  /** Largest difference of a golden logit. */
  readonly maxError: number;
}

/**
 * Folds a modulator into a copy of the pristine base and uploads the result. The backend must be set.
 * The caller disposes the runner.
 *
 * @throws ArtifactError `artifact_invalid` when the modulator fits no layer of the base
 */
export function buildNetwork(base: BaseNetwork, digest: Digest, artifact: ModulatorArtifact): TaskNetwork {
  const started = performance.now();
  const { weights, head } = foldOnto(base, artifact);
  const runner = createRunner({ graph: base.graph, weights }, head);
  const bytes = sizeOf(weights.values()) + sizeOf([head.kernel, head.bias]);
  return { digest, labels: artifact.labels, runner, bytes, swapMs: performance.now() - started };
}

function foldOnto(base: BaseNetwork, { tensors }: ModulatorArtifact): { weights: WeightMap; head: Head } {
  try {
    return { weights: fold(base, tensors), head: headOf(base.graph, tensors) };
  } catch (cause) {
    if (cause instanceof ModulatorMismatchError) throw new ArtifactError(cause.message, { cause });
    throw cause;
  }
}

function sizeOf(tensors: Iterable<FloatTensor>): number {
  let bytes = 0;
  for (const { data } of tensors) bytes += data.byteLength;
  return bytes;
}

/**
 * Computes the golden logits again on this device and compares them with those the trainer found.
 * @throws DeviceError `golden_mismatch`, with the self test's figures as its cause
 */
export function checkGolden(base: BaseNetwork, artifact: ModulatorArtifact, { runner }: TaskNetwork): SelfTest {
  const expected = artifact.tensors.get(GOLDEN_LOGITS)?.data ?? new Float32Array(0);
  const actual = runner.predictNormalised(goldenInputs(base.graph, artifact.goldenSeed));
  const test = { passed: goldenMatches(actual, expected, artifact.encoding), maxError: largestError(actual, expected) };
  if (test.passed) return test;
  throw new GoldenMismatchError(test);
}

/** A network that does not compute here what it computed at the trainer. */
export class GoldenMismatchError extends DeviceError {
  constructor(readonly selfTest: SelfTest) {
    super('golden_mismatch', `a golden logit is off by ${selfTest.maxError}`);
  }
}

/** Finite, as JSON has no infinity: a NaN counts as the largest number. */
function largestError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.MAX_VALUE;
  const largest = actual.reduce((max, value, i) => Math.max(max, Math.abs(value - (expected[i] ?? NaN))), 0);
  return Number.isFinite(largest) ? largest : Number.MAX_VALUE;
}
