import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { canonicalJson, createPrng, encodeWeights } from '@kernelcast/artifact';
import { initInferenceBackend } from '@kernelcast/compute';
import { loadBaseNetwork } from '../../base/base-network.js';
import { countParameters } from '../../graph/parameters.js';
import { createRunner } from '../../inference/runner.js';
import { foldBatchNorm } from '../../inference/fold-batch-norm.js';
import type { Network } from '../../inference/fold-batch-norm.js';
import { importLayersModel } from './import-layers-model.js';
import type { LayersModelImport } from './import-layers-model.js';

/** MobileNetV2 with three dense layers on top, trained by others in Keras and quantised to 8 bits. */
const SHARD = 'group1-shard1of1';
const IMAGES = 3;
const SIDE = 224;
/** 50 layers of single precision, added in other orders; folding rounds once more. Relative to the largest logit. */
const TOLERANCE = 1e-4;

const require = createRequire(import.meta.url);
/** The package exports no path to its model's files. */
const folder = path.join(path.dirname(require.resolve('nsfwjs')), '../models/mobilenet_v2');
const file = require(path.join(folder, 'model.min.js')) as tf.io.ModelJSON;
const shard = new Uint8Array(Buffer.from(require(path.join(folder, `${SHARD}.min.js`)) as string, 'base64'));
let imported: LayersModelImport;
let images: Float32Array;
let expected: Float32Array;

/** The logits as tfjs computes them: of the same model, but for the softmax at its end. */
async function logitsByTfjs(): Promise<Float32Array> {
  const text = JSON.stringify(file.modelTopology).replace('"activation":"softmax"', '"activation":"linear"');
  const model = await tf.loadLayersModel({
    load: () =>
      Promise.resolve({
        modelTopology: JSON.parse(text) as object,
        weightSpecs: file.weightsManifest.flatMap(({ weights }) => weights),
        weightData: shard.buffer.slice(shard.byteOffset, shard.byteOffset + shard.byteLength),
      }),
  });
  const x = tf.tensor4d(images, [IMAGES, SIDE, SIDE, 3]);
  const logits = tf.tidy(() => (model.predict(x) as tf.Tensor).dataSync<'float32'>());
  x.dispose();
  model.dispose();
  return logits;
}

beforeAll(async () => {
  await initInferenceBackend();
  const prng = createPrng(11);
  images = Float32Array.from({ length: IMAGES * SIDE * SIDE * 3 }, () => prng.nextFloat() * 2 - 1);
  imported = importLayersModel(new TextEncoder().encode(JSON.stringify(file)), new Map([[SHARD, shard]]));
  expected = await logitsByTfjs();
});

describe('a MobileNetV2 of third parties', () => {
  it.each<[string, (network: Network) => Network]>([
    ['as it is', (network) => network],
    ['with BatchNorm folded', foldBatchNorm],
  ])('gives the logits that tfjs gives, %s', (_, prepare) => {
    const runner = createRunner(prepare(imported), imported.head);
    const logits = runner.predictNormalised(images);
    runner.dispose();
    expect(logits).toHaveLength(IMAGES * 5);
    const largest = Math.max(...expected.map(Math.abs));
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - (logits[i] ?? Number.NaN))));
    expect(largest).toBeGreaterThan(0.1);
    expect(worst / largest).toBeLessThan(TOLERANCE);
  });

  it('becomes a base network with its last dense layer as the head', async () => {
    const { graph, weights, head } = imported;
    // MobileNetV2's 2,223,872, then 1,280 · 256 + 256 and 256 · 128 + 128.
    expect(countParameters(graph)).toBe(2_223_872 + 327_936 + 32_896);
    expect(graph.featureSize).toBe(128);
    expect(head?.kernel.shape).toEqual([128, 5]);
    expect(graph.nodes.filter(({ op }) => op === 'activation').map(({ id }) => id)).toEqual([
      'dense_1.relu',
      'dense_2.relu',
    ]);
    const base = await loadBaseNetwork(
      new TextEncoder().encode(canonicalJson(graph)),
      encodeWeights(weights, 'f32', {}),
    );
    expect(base.graph).toEqual(graph);
  });
});
