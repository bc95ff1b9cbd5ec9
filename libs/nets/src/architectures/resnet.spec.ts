import { inferShapes } from '../graph/shapes.js';
import { cifarResnet, imagenetResnet, resnet14 } from './resnet.js';

const idsOf = (nodes: readonly { id: string }[], ending: string): string[] =>
  nodes.map(({ id }) => id).filter((id) => id.endsWith(ending));

describe('resnet14', () => {
  it('halves the resolution in each of four stages', () => {
    const shapes = inferShapes(resnet14());
    expect(
      ['bn1', 'layer1.1.add', 'layer2.1.add', 'layer3.0.add', 'layer4.0.add', 'pool'].map((id) => shapes.get(id)),
    ).toEqual([[32, 32, 32], [16, 16, 32], [8, 8, 64], [4, 4, 128], [2, 2, 256], [256]]);
  });

  it('projects the shortcut where a block changes its shape, and only there', () => {
    expect(idsOf(resnet14().nodes, 'downsample.0')).toEqual(
      [1, 2, 3, 4].map((stage) => `layer${stage}.0.downsample.0`),
    );
  });
});

describe('cifarResnet', () => {
  it('has as many layers as its name says, and projects two shortcuts', () => {
    const { nodes } = cifarResnet(56);
    const kernels = nodes.filter(({ op, id }) => op === 'conv2d' && !id.endsWith('downsample.0'));
    // The classifier is the last layer.
    expect(kernels).toHaveLength(56 - 1);
    expect(idsOf(nodes, 'downsample.0')).toEqual(['layer2.0.downsample.0', 'layer3.0.downsample.0']);
  });

  it('keeps 32 pixels in its first stage and halves them in the others', () => {
    const shapes = inferShapes(cifarResnet(20));
    expect(['layer1.2.add', 'layer2.2.add', 'layer3.2.add'].map((id) => shapes.get(id))).toEqual([
      [32, 32, 16],
      [16, 16, 32],
      [8, 8, 64],
    ]);
  });
});

describe('imagenetResnet', () => {
  it('halves the resolution twice before the first stage', () => {
    const shapes = inferShapes(imagenetResnet(18));
    expect(['conv1', 'maxpool', 'layer1.1.add', 'layer4.1.add'].map((id) => shapes.get(id))).toEqual([
      [112, 112, 64],
      [56, 56, 64],
      [56, 56, 64],
      [7, 7, 512],
    ]);
  });

  it('gives the stride of a bottleneck to its 3x3 convolution, and projects the first shortcut to four times', () => {
    const nodes = new Map(imagenetResnet(50).nodes.map((node) => [node.id, node]));
    expect(nodes.get('layer2.0.conv1')).toMatchObject({ strides: [1, 1], inChannels: 256, filters: 128 });
    expect(nodes.get('layer2.0.conv2')).toMatchObject({ strides: [2, 2], kernelSize: [3, 3] });
    expect(nodes.get('layer2.0.conv3')).toMatchObject({ strides: [1, 1], filters: 512 });
    expect(nodes.get('layer1.0.downsample.0')).toMatchObject({ strides: [1, 1], inChannels: 64, filters: 256 });
  });
});
