import { countParameters, graphSchema } from '../base-networks/graph.js';
import { resnet14Graph } from '../testing/graphs.js';
import { budgetParameters, smallestFewShot, smallestModulation, smallestRatio } from './budget.js';

const RESNET14_PARAMETERS = 1_320_032;
const resnet14 = graphSchema.parse(resnet14Graph());

const graphOf = (...nodes: object[]) =>
  graphSchema.parse({
    format: 'kernelcast.graph/1',
    name: 'tiny',
    input: { height: 8, width: 8 },
    nodes,
    featureSize: 4,
  });

describe('countParameters', () => {
  it('counts kernels, biases and scales of ResNet-14, not its moving statistics', () => {
    expect(countParameters(resnet14)).toBe(RESNET14_PARAMETERS);
  });
});

describe('budgetParameters', () => {
  it('is the floor of the ratio of the base', () => {
    expect(budgetParameters({ paramsRatio: 0.014 }, RESNET14_PARAMETERS)).toBe(18_480);
  });

  it('does not lose a parameter to binary fractions', () => {
    // 0.07 * 100 is 7.000000000000001 and 0.29 * 100 is 28.999999999999996 in double precision.
    expect(budgetParameters({ paramsRatio: 0.29 }, 100)).toBe(29);
  });

  it('counts bytes as half-precision numbers', () => {
    expect(budgetParameters({ bytes: 9031 }, RESNET14_PARAMETERS)).toBe(4515);
  });

  it('takes 1.4 % when neither is given', () => {
    expect(budgetParameters({}, 1000)).toBe(14);
  });
});

describe('smallestModulation of kernels', () => {
  it('is the shorter side of every kernel and the shift of every batch normalisation of ResNet-14', () => {
    // Kernels: stem 3; layer1 5·32; layer2 32+64+32+2·64; layer3 64+128+64; layer4 128+256+128.
    // Batch normalisations: 32 + 5·32 + 5·64 + 3·128 + 3·256 channels.
    expect(smallestModulation('km', resnet14)).toBe(1187 + 1664);
  });

  it('shares a grouped kernel’s columns between the groups', () => {
    const node = { id: 'a', op: 'conv2d', kernelSize: [3, 3], inChannels: 8, filters: 16, groups: 4, useBias: true };
    expect(smallestModulation('km', graphOf(node))).toBe(2 + 16);
  });

  it('takes the positions of a depthwise kernel where they are fewer than its channels', () => {
    const node = { id: 'a', op: 'depthwiseConv2d', inChannels: 8, multiplier: 2, useBias: false };
    expect(smallestModulation('km', graphOf({ ...node, kernelSize: [5, 5] }))).toBe(16);
    expect(smallestModulation('km', graphOf({ ...node, kernelSize: [3, 3] }))).toBe(9);
  });

  it('counts a dense layer by its shorter side', () => {
    const node = { id: 'a', op: 'dense', inFeatures: 10, units: 4, useBias: true };
    expect(smallestModulation('km', graphOf(node))).toBe(4 + 4);
  });
});

describe('smallestFewShot', () => {
  const depthwise = { id: 'd', op: 'depthwiseConv2d', kernelSize: [3, 3], inChannels: 8, multiplier: 1, useBias: false }; // prettier-ignore
  const norm = { id: 'n', op: 'batchNorm', channels: 8 };
  const ratio = { paramsRatio: 0.1 };

  it('is two factors of every kernel, every bias, and scale and shift of every batch normalisation', () => {
    const conv = { id: 'c', op: 'conv2d', kernelSize: [3, 3], inChannels: 4, filters: 8, groups: 2, useBias: true };
    const dense = { id: 'f', op: 'dense', inFeatures: 10, units: 4, useBias: false };
    expect(smallestFewShot(ratio, graphOf(conv, norm, dense))).toBe(8 + 2 + 8 + 16 + 14);
  });

  it('does without scales where a depthwise kernel may make them redundant, unless bytes are counted', () => {
    // Of 8 channels and 9 positions two factors are smaller than the kernel.
    expect(smallestFewShot(ratio, graphOf(norm, depthwise))).toBe(8 + 17);
    expect(smallestFewShot({ bytes: 1000 }, graphOf(norm, depthwise))).toBe(16 + 17);
  });

  it('is no larger than a depthwise kernel itself', () => {
    const tiny = { ...depthwise, kernelSize: [1, 1] };
    expect(smallestFewShot(ratio, graphOf(tiny))).toBe(8);
  });
});

describe('smallestRatio', () => {
  it('allows the smallest modulator and is no millionth too large', () => {
    const ratio = smallestRatio(4515, RESNET14_PARAMETERS);
    expect(budgetParameters({ paramsRatio: ratio }, RESNET14_PARAMETERS)).toBeGreaterThanOrEqual(4515);
    expect(budgetParameters({ paramsRatio: ratio - 1e-6 }, RESNET14_PARAMETERS)).toBeLessThan(4515);
  });
});
