import { createAdaptation } from '@kernelcast/km';
import type { Adaptation } from '@kernelcast/km';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint/checkpoint.js';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { resolveHyperparameters } from '../hyperparameters/hyperparameters.js';
import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';
import { AdamW } from '../optimiser/adamw.js';
import type { OptimisedParameter } from '../optimiser/adamw.js';
import { CheckpointError } from '../training.errors.js';
import type { TrainingOptions } from '../training.types.js';

/** What a run consists of between two steps. It owns the adaptation. */
export class Run {
  readonly adaptation: Adaptation;
  readonly hyperparameters: Hyperparameters;
  readonly optimiser: AdamW;
  readonly parameters: readonly OptimisedParameter[];
  private readonly identity: unknown;

  constructor({ base, dataset, method, budget, seed, ...options }: TrainingOptions) {
    this.hyperparameters = resolveHyperparameters(method, options.hyperparameters ?? {}, dataset.train.count);
    this.adaptation = createAdaptation(base, { method, budget, classes: dataset.labels.length, seed });
    this.parameters = optimised(this.adaptation, this.hyperparameters);
    this.optimiser = new AdamW(this.parameters);
    this.identity = {
      base: base.digest,
      method,
      budgetParams: this.adaptation.plan.budgetParams,
      seed,
      hyperparameters: this.hyperparameters,
      labels: dataset.labels,
      trainImages: dataset.train.count,
    };
  }

  /** The run as it stands, to continue from. */
  save(progress: Checkpoint['progress']): Uint8Array {
    const tensors = new Map([...this.adaptation.state(), ...this.optimiser.state()]);
    return encodeCheckpoint({ progress, tensors }, this.identity);
  }

  /** @throws {CheckpointError} when the bytes are damaged or of another run. */
  restore(bytes: Uint8Array): Checkpoint['progress'] {
    const { progress, tensors } = decodeCheckpoint(bytes, this.identity);
    try {
      this.adaptation.restore(tensors);
      this.optimiser.restore(tensors, progress.step);
    } catch (cause) {
      throw new CheckpointError('its tensors do not fit', { cause });
    }
    for (const parameter of this.parameters) parameter.values = valuesOf(tensors, parameter.name);
    return progress;
  }
}

function optimised(adaptation: Adaptation, hyperparameters: Hyperparameters): OptimisedParameter[] {
  const { learningRate, headLearningRate, weightDecay } = hyperparameters;
  return adaptation.parameters.map(({ name, group, variable }) => ({
    name,
    shape: variable.shape,
    values: variable.dataSync<'float32'>().slice(),
    learningRate: group === 'head' ? headLearningRate : learningRate,
    weightDecay,
  }));
}

function valuesOf(tensors: Checkpoint['tensors'], name: string): Float32Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new CheckpointError(`'${name}' is missing`);
  return tensor.data.slice();
}
