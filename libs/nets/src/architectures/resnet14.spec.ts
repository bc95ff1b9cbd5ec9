import { countParameters } from '../graph/parameters.js';
import { inferShapes } from '../graph/shapes.js';
import { buildArchitecture } from './architectures.js';
import { resnet14 } from './resnet14.js';

describe('resnet14', () => {
  it('has 1,320,032 parameters, as its PyTorch twin without classifier', () => {
    // 1,322,602 with it, of which the classifier is 256 · 10 + 10.
    expect(countParameters(resnet14())).toBe(1_322_602 - 2_570);
  });

  it('halves the resolution in each of four stages', () => {
    const shapes = inferShapes(resnet14());
    expect(
      ['bn1', 'layer1.1.add', 'layer2.1.add', 'layer3.0.add', 'layer4.0.add', 'pool'].map((id) => shapes.get(id)),
    ).toEqual([[32, 32, 32], [16, 16, 32], [8, 8, 64], [4, 4, 128], [2, 2, 256], [256]]);
  });

  it('projects the shortcut where a block changes its shape, and only there', () => {
    const projections = resnet14().nodes.filter((node) => node.id.endsWith('downsample.0'));
    expect(projections.map((node) => node.id)).toEqual([1, 2, 3, 4].map((stage) => `layer${stage}.0.downsample.0`));
  });
});

describe('buildArchitecture', () => {
  it('knows resnet14 and says what it knows of any other name', () => {
    expect(buildArchitecture('resnet14')).toEqual(resnet14());
    expect(() => buildArchitecture('constructor')).toThrow("unknown architecture 'constructor'; known: resnet14");
  });
});
