/**
 * Turns a trained network into a base network's folder, as under `assets/base-networks/`: a PyTorch state dict
 * (safetensors, torchvision's or timm's names), or a tfjs LayersModel (model.json with its weight files beside it).
 *
 * Usage: node tools/import-base/import-base.ts --torch FILE --architecture resnet14 --out FOLDER
 *        node tools/import-base/import-base.ts --layers-model model.json --out FOLDER
 *            [--name NAME] [--mean 0.5,0.5,0.5] [--std 0.5,0.5,0.5] [--labels cat,dog]
 *
 * Writes graph.json, weights.safetensors and head.safetensors, weights in half precision: what the trainer and
 * the devices decode from them are the base network's numbers. Needs the libraries built (`npm run build`).
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { canonicalJson, encodeWeights, HEAD_BIAS, HEAD_KERNEL } from '@kernelcast/artifact';
import { buildArchitecture, countParameters, importLayersModel, importTorch, loadBaseNetwork } from '@kernelcast/nets';
import { BASE_NETWORK_FILES } from '@kernelcast/nets/node';

const { values } = parseArgs({
  options: {
    torch: { type: 'string' },
    architecture: { type: 'string', default: 'resnet14' },
    'layers-model': { type: 'string' },
    name: { type: 'string' },
    mean: { type: 'string' },
    std: { type: 'string' },
    labels: { type: 'string' },
    out: { type: 'string' },
  },
});

const readTorch = async (file: string) => {
  const graph = buildArchitecture(values.architecture);
  const { weights, head, metadata } = importTorch(graph, await readFile(file));
  return { graph, weights, head, labels: JSON.parse(metadata['classes'] ?? '[]') as string[], metadata };
};

const numbers = (list?: string) => list?.split(',').map(Number);

const readLayersModel = async (file: string) => {
  const json = await readFile(file);
  const folder = path.dirname(file);
  const { weightsManifest } = JSON.parse(json.toString()) as { weightsManifest: { paths: string[] }[] };
  const paths = weightsManifest.flatMap((group) => group.paths);
  // The manifest may name files of its own folder only, whoever wrote it.
  const stray = paths.find((shard) => path.basename(shard) !== shard);
  if (stray !== undefined) throw new Error(`'${stray}' does not lie beside the model`);
  const shards = new Map(
    await Promise.all(paths.map(async (shard) => [shard, await readFile(path.join(folder, shard))] as const)),
  );
  const [mean, std] = [numbers(values.mean), numbers(values.std)];
  const options = { ...(values.name ? { name: values.name } : {}), ...(mean ? { mean } : {}), ...(std ? { std } : {}) };
  const { graph, weights, head, labels = [] } = importLayersModel(json, shards, options);
  return { graph, weights, head, labels, metadata: {} };
};

const source = values.torch ?? values['layers-model'];
if (source === undefined || values.out === undefined || (values.torch && values['layers-model'])) {
  console.error('Usage: node tools/import-base/import-base.ts (--torch FILE | --layers-model model.json) --out FOLDER');
  process.exit(2);
}
const imported = await (values.torch ? readTorch(source) : readLayersModel(source));
const { graph, weights, head, metadata } = imported;
if (head === undefined) throw new Error('The file holds no classifier, which is shipped to measure the base by');
const classes = head.bias.data.length;
const named = values.labels?.split(',') ?? imported.labels;
if (named.length !== 0 && named.length !== classes) throw new Error(`${named.length} labels for ${classes} classes`);
const labels = named.length > 0 ? named : Array.from({ length: classes }, (_, index) => `class ${index}`);

const graphJson = new TextEncoder().encode(`${canonicalJson(graph)}\n`);
const weightBytes = encodeWeights(weights, 'f16', { format: 'kernelcast.base', architecture: graph.name });
const headTensors = new Map(Object.entries({ [HEAD_KERNEL]: head.kernel, [HEAD_BIAS]: head.bias }));
const headBytes = encodeWeights(headTensors, 'f16', { format: 'kernelcast.head', labels: JSON.stringify(labels) });

await mkdir(values.out, { recursive: true });
await writeFile(path.join(values.out, BASE_NETWORK_FILES.graph), graphJson);
await writeFile(path.join(values.out, BASE_NETWORK_FILES.weights), weightBytes);
await writeFile(path.join(values.out, BASE_NETWORK_FILES.head), headBytes);

const { digest } = await loadBaseNetwork(graphJson, weightBytes);
console.log(
  JSON.stringify({ digest, parameters: countParameters(graph), weightBytes: weightBytes.length, ...metadata }),
);
