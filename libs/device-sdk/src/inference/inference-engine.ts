import type { WeightMap } from '@kernelcast/artifact';
import type { BaseNetwork } from '@kernelcast/nets';

/** Runs one folded network on images. */
export interface EngineRunner {
  /** Logits `[n, classes]` of `n` uint8 images `[n, h, w, 3]`. @throws RangeError when the images are not whole */
  predict(images: Uint8Array): Promise<Float32Array>;
  /** As `predict`, for values already in the network's own space: `[n, h, w, c]`. */
  predictNormalised(values: Float32Array): Promise<Float32Array>;
  /** Called once, when no run is under way. */
  dispose(): void;
}

/** A task's own network. */
export interface EngineNetwork {
  readonly runner: EngineRunner;
  /** Memory that it takes beside the base. */
  readonly bytes: number;
}

/** A base network ready for folding; it is never written to. */
export interface EngineBase {
  /**
   * Makes a network of its own of the base and a modulator's tensors.
   * @throws ModulatorMismatchError when a tensor fits no layer of the base
   */
  fold(tensors: WeightMap): Promise<EngineNetwork>;
  dispose(): void;
}

/** What networks run on. A device checks every network by its golden outputs, so that no engine is taken on trust. */
export interface InferenceEngine {
  /** Called when something is to run for the first time; after a failure, again. */
  load(base: BaseNetwork): Promise<EngineBase>;
}
