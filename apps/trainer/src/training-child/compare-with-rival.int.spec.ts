import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { initBackend } from '@kernelcast/compute';
import { loadBuiltinBaseNetwork, type ImageSet } from '@kernelcast/nets/node';
import { tempDir, type TempDir } from '@kernelcast/testing';
import { encodeTrainedModulator, train } from '@kernelcast/training';
import { withComparison } from './compare-with-rival.js';
import { StopRequest } from './job-context.js';

const LABELS = ['dark', 'light'];
let folder: TempDir;
beforeAll(async () => {
  folder = tempDir('compare');
  await initBackend({ force: 'wasm' });
});
afterAll(() => folder.remove());

/** Plain images, dark and light in turn. */
function plain(count: number, size: number): ImageSet {
  const images = Uint8Array.from({ length: count * size }, (_, at) => (Math.floor(at / size) % 2 === 0 ? 20 : 230));
  return { images, labels: Uint16Array.from({ length: count }, (_, i) => i % 2), count };
}

it('tells how the rival did on the same images, and ends when it is asked to stop meanwhile', async () => {
  const { base } = await loadBuiltinBaseNetwork('resnet14-cifar10');
  const { height, width, channels } = base.graph.input;
  const size = height * width * channels;
  // More test images than are measured in one pass.
  const dataset = { labels: LABELS, train: plain(8, size), test: plain(200, size) };
  const common = { base, dataset, budget: { paramsRatio: 0.014 }, seed: 1 };
  const result = await train({ ...common, method: 'head', hyperparameters: { steps: 40 }, predictions: true });
  const artifact = { task: 'shades', encoding: 'f16', seed: 1, trainedBy: 'kernelcast test, wasm' } as const;
  const file = path.join(folder.path, 'rival.safetensors');
  await writeFile(file, encodeTrainedModulator({ base, result, ...artifact }));
  const rival = { modulatorVersion: 'mdv_1', path: file };

  const stop = new AbortController();
  const context = { base, dataset, signal: stop.signal };
  const { top1 } = result.metrics;
  const { comparison, ...metrics } = await withComparison({ rival }, result.metrics, context);
  expect(comparison).toEqual({ modulatorVersion: 'mdv_1', top1, better: 0, worse: 0, pValue: 1 });
  expect(metrics).not.toHaveProperty('predictions');

  // As a message from the parent comes: during the first pass, so that only a run of the event loop brings it.
  const stopped = withComparison({ rival }, result.metrics, context);
  setTimeout(() => stop.abort(new StopRequest()), 50);
  await expect(stopped).rejects.toBeInstanceOf(StopRequest);
});
