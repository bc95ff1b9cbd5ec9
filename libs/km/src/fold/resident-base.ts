import * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import { currentOverwriter } from '@kernelcast/compute';
import type { Overwriter } from '@kernelcast/compute';
import { createTensorRunner, disposeTensors, toTensor, toTensors, uploadHead } from '@kernelcast/nets';
import type { BaseNetwork, Runner, TensorMap } from '@kernelcast/nets';
import { deltaKernel } from '../kernels/delta-kernel.js';
import { gridKernel, lowRankKernelBy, modulationSizes } from '../kernels/modulated-kernel.js';
import { foldSteps, headOf } from './fold-steps.js';
import type { FoldStep } from './fold-steps.js';
import { SpareTensors } from './spare-tensors.js';

/** A task's own network, as fast as the base. */
export interface FoldedNetwork {
  /** The caller disposes it. */
  readonly runner: Runner;
  /** Memory that this network adds to the base's, in bytes. */
  readonly bytes: number;
}

/**
 * A base network whose weights stay in the backend's memory, where modulators are folded in: several times faster than
 * folding arrays and uploading them. Nothing ever writes to the weights, so every fold starts from the pristine base.
 */
export interface ResidentBase {
  /**
   * Folds an artifact's tensors into a network of its own, which shares with the base what the modulator leaves alone.
   * It may outlive this base.
   * @throws {ModulatorMismatchError} when a tensor fits no layer of the base, or has another shape than it needs.
   */
  fold(tensors: WeightMap): FoldedNetwork;
  dispose(): void;
}

/** Uploads a base network. The backend must have been set before, and must stay. */
export function createResidentBase({ graph, weights }: Pick<BaseNetwork, 'graph' | 'weights'>): ResidentBase {
  const resident = new SharedTensors(toTensors(weights));
  const spare = new SpareTensors();
  const endOwnUse = resident.use();
  return {
    fold: (tensors) => {
      const steps = foldSteps(graph, tensors);
      const head = headOf(graph, tensors);
      const changed = new Map(steps.map((step) => [step.parameter, applyStep(step, resident.tensors, spare)]));
      const parameters = new Map([...resident.tensors, ...changed]);
      const endUse = resident.use();
      const release = once(() => {
        spare.give(changed);
        endUse();
      });
      const runner = createTensorRunner(graph, parameters, { head: uploadHead(head), release });
      const bytes = [...changed.values()].reduce((total, { size }) => total + size * Float32Array.BYTES_PER_ELEMENT, 0);
      return { runner, bytes: bytes + head.kernel.data.byteLength + head.bias.data.byteLength };
    },
    dispose: () => {
      spare.close();
      endOwnUse();
    },
  };
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
}

/** Tensors that live as long as anybody uses them. */
class SharedTensors {
  private users = 0;

  constructor(readonly tensors: TensorMap) {}

  /** Counts a user; what it gets back ends the use, however often it is called. */
  use(): () => void {
    this.users++;
    return once(() => {
      this.users--;
      if (this.users === 0) disposeTensors(this.tensors);
    });
  }
}

/** The result is out of the reach of any `tf.tidy`; it is a spare tensor written over where there is a fitting one. */
function applyStep(step: FoldStep, resident: TensorMap, spare: SpareTensors): tf.Tensor {
  const base = resident.get(step.parameter);
  if (base === undefined) throw new Error(`The base network has no '${step.parameter}'`);
  const overwriter = currentOverwriter();
  if (overwriter && (step.kind === 'replace' || step.kind === 'lowRank')) {
    const target = spare.take(step.parameter);
    if (target) return writeOver(target, step, base, overwriter);
  }
  if (step.kind === 'replace') return toTensor(step.by);
  return tf.keep(tf.tidy(() => changedBy(step, base)));
}

/** A spare tensor has its parameter's shape, whatever it was made by. */
function writeOver(
  target: tf.Tensor,
  step: Extract<FoldStep, { kind: 'replace' | 'lowRank' }>,
  base: tf.Tensor,
  overwriter: Overwriter,
): tf.Tensor {
  if (step.kind === 'replace') overwriter.write(target, step.by.data);
  else overwriter.modulate(target, base, { a: step.a.data, b: step.b.data }, modulationSizes(step.node, step.b));
  return target;
}

function changedBy(step: Exclude<FoldStep, { kind: 'replace' }>, base: tf.Tensor): tf.Tensor {
  switch (step.kind) {
    case 'lowRank':
      return lowRankKernelBy(step.node, base, step.a, step.b);
    case 'grid':
      return gridKernel(base, upload(step.grid));
    case 'delta':
      return deltaKernel(base, upload(step.a), upload(step.b));
    case 'offset':
      return tf.add(base, upload(step.offset));
  }
}

/** Unlike `toTensor`, for the scope around. */
function upload<T extends tf.Tensor>({ data, shape }: FloatTensor): T {
  return tf.tensor(data, [...shape], 'float32') as T;
}
