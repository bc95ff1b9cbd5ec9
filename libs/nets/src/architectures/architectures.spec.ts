import { parseGraph } from '../graph/graph.schema.js';
import { countParameters } from '../graph/parameters.js';
import { architectureNames, buildArchitecture } from './architectures.js';
import { resnet14 } from './resnet.js';

describe('buildArchitecture', () => {
  it.each([
    // 1,322,602 with its classifier of 256 · 10 + 10.
    ['resnet14', 1_322_602 - 2_570, 256],
    // Stem 464; stages of n = (depth - 2) / 6 blocks: 4,672 n, 14,528 + 18,560 (n - 1), 57,728 + 73,984 (n - 1).
    ['resnet20', 464 + 3 * 4_672 + 14_528 + 2 * 18_560 + 57_728 + 2 * 73_984, 64],
    ['resnet26', 464 + 4 * 4_672 + 14_528 + 3 * 18_560 + 57_728 + 3 * 73_984, 64],
    ['resnet32', 464 + 5 * 4_672 + 14_528 + 4 * 18_560 + 57_728 + 4 * 73_984, 64],
    ['resnet56', 464 + 9 * 4_672 + 14_528 + 8 * 18_560 + 57_728 + 8 * 73_984, 64],
    // Counted in torchvision 0.14 and timm 0.6, without classifiers.
    ['resnet18', 11_176_512, 512],
    ['resnet50', 23_508_032, 2048],
    ['mobilenetv2', 2_223_872, 1280],
    ['mobilenetv2-32', 2_223_872, 1280],
    ['efficientnet-lite0', 3_371_008, 1280],
    // 3·9·64 + 3 · 64·9·64 kernels and four BatchNorms of 128; 28 pixels are halved to one.
    ['conv4', 1_728 + 3 * 36_864 + 4 * 128, 64],
  ])('builds %s with %i parameters and %i features', (name, parameters, features) => {
    const graph = parseGraph(buildArchitecture(name));
    expect(graph.name).toBe(name);
    expect(countParameters(graph)).toBe(parameters);
    expect(graph.featureSize).toBe(features);
  });

  it('knows resnet14 and says what it knows of any other name', () => {
    expect(buildArchitecture('resnet14')).toEqual(resnet14());
    const known = architectureNames().join(', ');
    expect(() => buildArchitecture('constructor')).toThrow(`unknown architecture 'constructor'; known: ${known}`);
  });
});
