import { readFileSync } from 'node:fs';
import { createPrng, elementCount, writeSafetensors } from '@kernelcast/artifact';
import type { NamedTensor } from '@kernelcast/artifact';
import { initInferenceBackend } from '@kernelcast/compute';
import { efficientNetLite0 } from '../architectures/efficientnet-lite0.js';
import { imagenetInput } from '../architectures/inputs.js';
import { mobileNetV2 } from '../architectures/mobilenet-v2.js';
import { imagenetResnet } from '../architectures/resnet.js';
import type { NetworkGraph } from '../graph/graph.types.js';
import { createRunner } from '../inference/runner.js';
import { importTorch } from './import-torch.js';

/** Written by `tools/reference/logits.py`: tensors of state dicts and what torchvision and timm make of two images. */
const fixture = JSON.parse(readFileSync(new URL('reference-logits.fixture.json', import.meta.url), 'utf8')) as Record<
  string,
  { side: number; shapes: Record<string, number[]>; logits: number[][] }
>;
const IMAGES = 2;
const CLASSES = 10;
/** As in the script: numbers drawn for a tensor before they repeat. */
const CYCLE = 65_521;
/**
 * Both sides compute in single precision from equal numbers, but add in different orders, relative to the largest
 * logit. A pixel of padding on the wrong edge, or an epsilon of another library, changes the third digit.
 */
const TOLERANCE = 2e-5;

const MODELS: readonly [string, (side: number) => NetworkGraph][] = [
  ['resnet18', (side) => imagenetResnet(18, side)],
  ['resnet50', (side) => imagenetResnet(50, side)],
  ['mobilenet_v2', (side) => mobileNetV2({ input: imagenetInput(side) })],
  ['tf_efficientnet_lite0', efficientNetLite0],
  ['mobilenetv2_100', (side) => mobileNetV2({ input: imagenetInput(side) })],
];

/** FNV-1a of ASCII text. */
function hash(text: string): number {
  return [...text].reduce((value, letter) => Math.imul(value ^ letter.charCodeAt(0), 0x01000193) >>> 0, 0x811c9dc5);
}

function draw(seed: string, count: number): Float64Array {
  const prng = createPrng(hash(seed));
  return Float64Array.from({ length: count }, () => prng.nextFloat());
}

/** The script's `tensor`. */
function parameter(name: string, shape: number[]): NamedTensor {
  const count = elementCount(shape);
  const drawn = draw(name, Math.min(count, CYCLE));
  const limit = Math.sqrt(6 / elementCount(shape.slice(1)));
  const scale = (u: number): number => {
    if (name.endsWith('num_batches_tracked')) return 0;
    if (shape.length > 1) return (u * 2 - 1) * limit;
    if (name.endsWith('running_var')) return u + 0.5;
    return name.endsWith('weight') ? u * 0.5 + 0.5 : u * 0.2 - 0.1;
  };
  const cycle = Float32Array.from(drawn, scale);
  const values = new Float32Array(count);
  for (let at = 0; at < count; at += cycle.length) values.set(cycle.subarray(0, count - at), at);
  return { dtype: 'F32', shape, data: new Uint8Array(values.buffer) };
}

beforeAll(() => initInferenceBackend());

describe('importTorch', () => {
  it.each(MODELS)('gives a network that computes what the reference computes: %s', (name, build) => {
    const { side, shapes, logits } = fixture[name] ?? { side: 0, shapes: {}, logits: [] };
    const tensors = new Map(Object.entries(shapes).map(([own, shape]) => [own, parameter(own, shape)]));
    const graph = build(side);
    const { weights, head } = importTorch(graph, writeSafetensors({ tensors }));
    const images = Float32Array.from(draw('images', IMAGES * side * side * 3), (u) => u * 2 - 1);
    const runner = createRunner({ graph, weights }, head);
    const actual = runner.predictNormalised(images);
    runner.dispose();
    const expected = logits.flat();
    expect(expected).toHaveLength(IMAGES * CLASSES);
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? Number.NaN))));
    expect(worst / Math.max(...expected.map(Math.abs))).toBeLessThan(TOLERANCE);
  });
});
