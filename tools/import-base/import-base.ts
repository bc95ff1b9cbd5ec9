/**
 * Turns a PyTorch state dict (safetensors, torchvision's names) into a base network under `assets/base-networks/`.
 *
 * Usage: node tools/import-base/import-base.ts --torch FILE --architecture resnet14 --out FOLDER
 *
 * Writes graph.json, weights.safetensors and head.safetensors, weights in half precision: what the trainer and
 * the devices decode from them are the base network's numbers. Needs the libraries built (`npm run build`).
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { canonicalJson, encodeWeights, HEAD_BIAS, HEAD_KERNEL } from '@kernelcast/artifact';
import { buildArchitecture, countParameters, importTorch, loadBaseNetwork } from '@kernelcast/nets';
import { BASE_NETWORK_FILES } from '@kernelcast/nets/node';

const { values } = parseArgs({
  options: {
    torch: { type: 'string' },
    architecture: { type: 'string', default: 'resnet14' },
    out: { type: 'string' },
  },
});
if (values.torch === undefined || values.out === undefined) {
  console.error('Usage: node tools/import-base/import-base.ts --torch FILE [--architecture resnet14] --out FOLDER');
  process.exit(2);
}

const graph = buildArchitecture(values.architecture);
const { weights, head, metadata } = importTorch(graph, await readFile(values.torch));
if (head === undefined) throw new Error('The file holds no classifier, which is shipped to measure the base by');

const graphJson = new TextEncoder().encode(`${canonicalJson(graph)}\n`);
const weightBytes = encodeWeights(weights, 'f16', { format: 'kernelcast.base', architecture: values.architecture });
const headTensors = new Map(Object.entries({ [HEAD_KERNEL]: head.kernel, [HEAD_BIAS]: head.bias }));
const headBytes = encodeWeights(headTensors, 'f16', { format: 'kernelcast.head', labels: metadata['classes'] ?? '[]' });

await mkdir(values.out, { recursive: true });
await writeFile(path.join(values.out, BASE_NETWORK_FILES.graph), graphJson);
await writeFile(path.join(values.out, BASE_NETWORK_FILES.weights), weightBytes);
await writeFile(path.join(values.out, BASE_NETWORK_FILES.head), headBytes);

const { digest } = await loadBaseNetwork(graphJson, weightBytes);
console.log(
  JSON.stringify({ digest, parameters: countParameters(graph), weightBytes: weightBytes.length, ...metadata }),
);
