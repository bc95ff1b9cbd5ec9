import { countParameters } from '../graph/parameters.js';
import { inferShapes } from '../graph/shapes.js';
import { efficientNetLite0 } from './efficientnet-lite0.js';
import { mobileNetV2, mobileNetV2For32 } from './mobilenet-v2.js';

describe('mobileNetV2', () => {
  it.each([
    [0.35, 396_128, 1280],
    [0.5, 687_680, 1280],
    [0.75, 1_355_424, 1280],
    [1.4, 4_315_776, 1792],
  ])('rounds channels at width %d as torchvision does', (width, parameters, features) => {
    const graph = mobileNetV2({ width });
    expect(countParameters(graph)).toBe(parameters);
    expect(graph.featureSize).toBe(features);
  });

  it('names its nodes as torchvision names modules', () => {
    const ids = mobileNetV2().nodes.map(({ id }) => id);
    expect(ids.slice(0, 12)).toEqual([
      'features.0.0',
      'features.0.1',
      'features.1.conv.0.0',
      'features.1.conv.0.1',
      'features.1.conv.1',
      'features.1.conv.2',
      'features.2.conv.0.0',
      'features.2.conv.0.1',
      'features.2.conv.1.0',
      'features.2.conv.1.1',
      'features.2.conv.2',
      'features.2.conv.3',
    ]);
    expect(ids.slice(-3)).toEqual(['features.18.0', 'features.18.1', 'pool']);
    expect(ids.filter((id) => id.endsWith('.add'))).toHaveLength(10);
  });

  it('halves 224 pixels five times and 32 pixels four times', () => {
    expect(inferShapes(mobileNetV2()).get('features.18.1')).toEqual([7, 7, 1280]);
    const small = inferShapes(mobileNetV2For32());
    expect(['features.0.1', 'features.3.add', 'features.4.conv.3', 'features.18.1'].map((id) => small.get(id))).toEqual(
      [
        [16, 16, 32],
        [16, 16, 24],
        [8, 8, 32],
        [2, 2, 1280],
      ],
    );
  });
});

describe('efficientNetLite0', () => {
  it('pads as TensorFlow does, one pixel more at the end where a stride halves an even side', () => {
    const nodes = new Map(efficientNetLite0().nodes.map((node) => [node.id, node]));
    const at = (before: number, after: number) => ({
      padding: [
        [before, after],
        [before, after],
      ],
    });
    expect(nodes.get('conv_stem')).toMatchObject(at(0, 1));
    expect(nodes.get('blocks.0.0.conv_dw')).toMatchObject(at(1, 1));
    expect(nodes.get('blocks.2.0.conv_dw')).toMatchObject({ ...at(1, 2), kernelSize: [5, 5], strides: [2, 2] });
    expect(nodes.get('blocks.4.1.conv_dw')).toMatchObject(at(2, 2));
    expect(inferShapes(efficientNetLite0()).get('bn2')).toEqual([7, 7, 1280]);
  });
});
