export { encodeTrainedModulator } from './artifact.js';
export type { ArtifactOptions } from './artifact.js';
export { MIN_CLASSES, MIN_TRAIN_IMAGES } from './data/check-dataset.js';
export { comparePredictions } from './evaluation/compare-predictions.js';
export type { PairedComparison } from './evaluation/compare-predictions.js';
export { evaluate } from './evaluation/evaluate.js';
export type { EvaluationOptions } from './evaluation/evaluate.js';
export type { Evaluation } from './evaluation/evaluation.types.js';
export { DEFAULT_HYPERPARAMETERS } from './hyperparameters/defaults.js';
export { resolveHyperparameters } from './hyperparameters/hyperparameters.js';
export type { HyperparameterChoice, Hyperparameters } from './hyperparameters/hyperparameters.types.js';
export { yieldToEventLoop } from './loop/pause.js';
export { train } from './loop/train.js';
export { decodeStart, encodeStart } from './meta/adaptation-start.js';
export type { ClassImages } from './meta/episodes/class-images.js';
export { sampleEpisode } from './meta/episodes/sample-episode.js';
export type { Episode, EpisodeShape } from './meta/episodes/sample-episode.js';
export { splitClasses } from './meta/episodes/split-classes.js';
export { withRotations } from './meta/episodes/with-rotations.js';
export { evaluateEpisodes, evaluateFolded } from './meta/evaluate-episodes.js';
export type { EpisodeEvaluationOptions } from './meta/evaluate-episodes.js';
export { fewShot } from './meta/few-shot.js';
export type { FewShotOptions, FewShotResult } from './meta/few-shot.js';
export { resolveMetaHyperparameters } from './meta/hyperparameters.js';
export { metaTrain } from './meta/meta-train.js';
export { EpisodeError, StartError } from './meta/meta.errors.js';
export type {
  AdaptationStart,
  CalibrationReport,
  MetaHyperparameters,
  MetaReport,
  MetaTrainingOptions,
  MetaTrainingResult,
} from './meta/meta.types.js';
export type { MetaVariant } from './meta/network/variants.js';
export { SpareThreads } from './parallel/spare-threads.js';
export {
  CheckpointError,
  HyperparameterError,
  TrainingDivergedError,
  UnusableDatasetError,
} from './training.errors.js';
export type { SearchReport, StepReport, TrainingOptions, TrainingResult, ValidationReport } from './training.types.js';
