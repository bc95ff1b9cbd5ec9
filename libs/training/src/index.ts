export { encodeTrainedModulator } from './artifact.js';
export type { ArtifactOptions } from './artifact.js';
export { MIN_CLASSES, MIN_TRAIN_IMAGES } from './data/check-dataset.js';
export { evaluate } from './evaluation/evaluate.js';
export type { EvaluationOptions } from './evaluation/evaluate.js';
export type { Evaluation } from './evaluation/evaluation.types.js';
export { DEFAULT_HYPERPARAMETERS } from './hyperparameters/defaults.js';
export { resolveHyperparameters } from './hyperparameters/hyperparameters.js';
export type { HyperparameterChoice, Hyperparameters } from './hyperparameters/hyperparameters.types.js';
export { train } from './loop/train.js';
export {
  CheckpointError,
  HyperparameterError,
  TrainingDivergedError,
  UnusableDatasetError,
} from './training.errors.js';
export type { SearchReport, StepReport, TrainingOptions, TrainingResult, ValidationReport } from './training.types.js';
