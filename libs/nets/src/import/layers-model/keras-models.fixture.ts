// The whole package: models are built, saved and run by tfjs itself.
import * as tf from '@tensorflow/tfjs';
import { createPrng } from '@kernelcast/artifact';

/** The files of a saved model. */
export interface SavedModel {
  readonly json: Uint8Array;
  readonly shards: ReadonlyMap<string, Uint8Array>;
}

const SHARD = 'group1-shard1of1.bin';

/** Saves a model as `model.save` writes it, after filling its weights from a seed (variances positive). */
export async function save(model: tf.LayersModel, seed = 1): Promise<SavedModel> {
  const prng = createPrng(seed);
  model.setWeights(
    model.weights.map((weight) => {
      const size = weight.shape.reduce<number>((product, side) => product * (side ?? 1), 1);
      const positive = weight.name.includes('variance');
      const draw = () => (positive ? 0.5 + prng.nextFloat() : prng.nextFloat() - 0.4);
      return tf.tensor(Array.from({ length: size }, draw), weight.shape as number[]);
    }),
  );
  let saved: SavedModel | undefined;
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      const { modelTopology, weightSpecs, weightData } = artifacts;
      const weightsManifest = [{ paths: [SHARD], weights: weightSpecs }];
      const json = new TextEncoder().encode(JSON.stringify({ modelTopology, weightsManifest, format: 'layers-model' }));
      saved = { json, shards: new Map([[SHARD, new Uint8Array(weightData as ArrayBuffer)]]) };
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  if (saved === undefined) throw new Error('The model was not saved');
  return saved;
}

/** Changes a saved model's JSON. */
export function edit(saved: SavedModel, change: (file: SavedFile) => void): SavedModel {
  const file = JSON.parse(new TextDecoder().decode(saved.json)) as SavedFile;
  change(file);
  return { ...saved, json: new TextEncoder().encode(JSON.stringify(file)) };
}

interface SavedLayer {
  class_name: string;
  config: Record<string, unknown>;
  inbound_nodes?: unknown;
}

/** As much of `model.json` as tests change. */
export interface SavedFile {
  format?: string;
  modelTopology: {
    model_config?: unknown;
    class_name: string;
    config: { layers: SavedLayer[]; input_layers?: unknown; output_layers?: unknown };
  };
  weightsManifest: {
    paths: string[];
    weights: { name: string; shape: number[]; dtype: string; quantization?: unknown }[];
  }[];
  userDefinedMetadata?: unknown;
}
