import { initInferenceBackend } from '@kernelcast/compute';
import { createResidentBase } from '@kernelcast/km';
import type { EngineNetwork, InferenceEngine } from './inference-engine.js';

/**
 * Networks on tfjs: folded on the backend, beside the resident base whose unchanged weights they share.
 * @param initBackend - makes a backend current; the default is the best for inference
 */
export function tfjsEngine(initBackend: () => Promise<unknown> = initInferenceBackend): InferenceEngine {
  return {
    load: async (base) => {
      await initBackend();
      const resident = createResidentBase(base);
      const fold = (tensors: Parameters<typeof resident.fold>[0]): EngineNetwork => {
        const { runner, bytes } = resident.fold(tensors);
        const predict = async (images: Uint8Array): Promise<Float32Array> => runner.predict(images);
        const predictNormalised = async (values: Float32Array): Promise<Float32Array> =>
          runner.predictNormalised(values);
        return { bytes, runner: { predict, predictNormalised, dispose: () => runner.dispose() } };
      };
      return { fold: async (tensors) => fold(tensors), dispose: () => resident.dispose() };
    },
  };
}
