import { createPrng, elementCount } from '@kernelcast/artifact';
import { buildArchitecture, parameterSpecs } from '@kernelcast/nets';

/** Seeds differ so that no two streams agree. */
const WEIGHT_SEED = 1;
const IMAGE_SEED = 2;

/** What a new network holds: kernels after He et al. 2015, BatchNorms that change nothing. */
function initial({ kind, shape }, nextNormal) {
  const data = new Float32Array(elementCount(shape));
  if (kind === 'gamma' || kind === 'variance') return data.fill(1);
  if (kind === 'bias' || kind === 'beta' || kind === 'mean') return data;
  const [height, width, depth] = kind === 'dense' ? [1, 1, shape[0]] : shape;
  const deviation = Math.sqrt(2 / (height * width * (kind === 'depthwiseConv2d' ? 1 : depth)));
  return data.map(() => deviation * nextNormal());
}

/** An untrained base network of a known architecture: what it computes does not matter to how long it takes. */
export function untrained(architecture) {
  const graph = buildArchitecture(architecture);
  const prng = createPrng(WEIGHT_SEED);
  const weights = new Map(
    parameterSpecs(graph).map((spec) => [
      spec.name,
      { shape: [...spec.shape], data: initial(spec, () => prng.nextNormal()) },
    ]),
  );
  return { graph, weights, digest: '0'.repeat(64) };
}

/** Random pictures and labels. */
export function someImages({ height, width, channels }, count, classes) {
  const prng = createPrng(IMAGE_SEED);
  return {
    images: Uint8Array.from({ length: count * height * width * channels }, () => 256 * prng.nextFloat()),
    labels: Uint16Array.from({ length: count }, (_, i) => i % classes),
  };
}
