import { ArtifactError, GOLDEN_LOGITS } from '@kernelcast/artifact';
import type { Digest, ModulatorArtifact } from '@kernelcast/artifact';
import { goldenInputs, goldenMatches, ModulatorMismatchError } from '@kernelcast/km';
import type { BaseNetwork } from '@kernelcast/nets';
import { DeviceError } from '../device.errors.js';
import { guardedRunner } from './guarded-runner.js';
import type { EngineBase, EngineNetwork, EngineRunner } from './inference-engine.js';

/** A task's own network, ready to run. */
export interface TaskNetwork {
  readonly digest: Digest;
  readonly labels: readonly string[];
  readonly runner: EngineRunner;
  /** Memory that it takes beside the base. */
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
 * Folds a modulator into a network of its own, beside the pristine base. The caller disposes the runner, whenever it
 * likes: runs under way end first.
 *
 * @throws ArtifactError `artifact_invalid` when the modulator fits no layer of the base
 */
export async function buildNetwork(
  base: EngineBase,
  digest: Digest,
  artifact: ModulatorArtifact,
): Promise<TaskNetwork> {
  const started = performance.now();
  const { runner, bytes } = await foldOnto(base, artifact);
  return { digest, labels: artifact.labels, runner: guardedRunner(runner), bytes, swapMs: performance.now() - started };
}

async function foldOnto(base: EngineBase, { tensors }: ModulatorArtifact): Promise<EngineNetwork> {
  try {
    return await base.fold(tensors);
  } catch (cause) {
    if (cause instanceof ModulatorMismatchError) throw new ArtifactError(cause.message, { cause });
    throw cause;
  }
}

/**
 * Computes the golden logits again on this device and compares them with those the trainer found.
 * @throws DeviceError `golden_mismatch`, with the self test's figures as its cause
 */
export async function checkGolden(
  base: BaseNetwork,
  artifact: ModulatorArtifact,
  { runner }: TaskNetwork,
): Promise<SelfTest> {
  const expected = artifact.tensors.get(GOLDEN_LOGITS)?.data ?? new Float32Array(0);
  const actual = await runner.predictNormalised(goldenInputs(base.graph, artifact.goldenSeed));
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
