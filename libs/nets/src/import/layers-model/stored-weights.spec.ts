import { encodeF16 } from '@kernelcast/artifact';
import { importLayersModel } from './import-layers-model.js';

const text = new TextEncoder();

/** A model of one 1x1 convolution of two groups on `channels` features each, pooled. */
function aModel(weights: readonly Record<string, unknown>[], config: Record<string, unknown> = {}): Uint8Array {
  const conv = {
    ...{ name: 'conv/a', filters: 2, kernel_size: [1, 1], padding: 'valid', use_bias: false },
    ...{ batch_input_shape: [null, 2, 2, 3], ...config },
  };
  const layers = [
    { class_name: 'Conv2D', config: conv },
    { class_name: 'GlobalAveragePooling2D', config: { name: 'pool' } },
  ];
  const modelTopology = { model_config: { class_name: 'Sequential', config: { name: 'tiny', layers } } };
  return text.encode(JSON.stringify({ modelTopology, weightsManifest: [{ paths: ['a', 'b'], weights }] }));
}
const kernel = { name: 'conv/a/kernel', shape: [1, 1, 3, 2], dtype: 'float32' };
/** The bytes in two files, parted within a number. */
const parted = (bytes: Uint8Array) => new Map([['a', bytes.subarray(0, 5)], ['b', bytes.subarray(5)]]); // prettier-ignore

describe('weights of a LayersModel', () => {
  it.each<[string, unknown, Uint8Array, number[]]>([
    ['single precision', undefined, new Uint8Array(Float32Array.of(1.5, -2, 0, 4, 5, 6).buffer), [1.5, -2, 0, 4, 5, 6]],
    [
      'half precision',
      { dtype: 'float16', original_dtype: 'float32' },
      new Uint8Array(Uint16Array.of(...[1.5, -2, 0, 4, 5, 6].map(encodeF16)).buffer),
      [1.5, -2, 0, 4, 5, 6],
    ],
    [
      '8 bits',
      { dtype: 'uint8', min: -1, scale: 0.5 },
      Uint8Array.of(0, 1, 2, 3, 4, 255),
      [-1, -0.5, 0, 0.5, 1, 126.5],
    ],
    [
      '16 bits',
      { dtype: 'uint16', min: 10, scale: 0.25 },
      new Uint8Array(Uint16Array.of(0, 1, 2, 3, 256, 65_535).buffer),
      [10, 10.25, 10.5, 10.75, 74, 16_393.75],
    ],
  ])('are read from %s, however files part them', (_, quantization, bytes, expected) => {
    const { weights } = importLayersModel(aModel([{ ...kernel, quantization }]), parted(bytes));
    // Graphs allow no slash in a name.
    expect([...weights.keys()]).toEqual(['conv_a/kernel']);
    expect([...(weights.get('conv_a/kernel')?.data ?? [])]).toEqual(expected);
  });

  it('of grouped convolutions have the channels of one group', () => {
    const json = aModel([{ ...kernel, shape: [1, 1, 1, 3] }], { filters: 3, groups: 3 });
    const { graph, weights } = importLayersModel(json, parted(new Uint8Array(Float32Array.of(1, 2, 3).buffer)));
    expect(graph.nodes[0]).toMatchObject({ op: 'conv2d', groups: 3, inChannels: 3, filters: 3 });
    expect(weights.get('conv_a/kernel')?.shape).toEqual([1, 1, 1, 3]);
  });

  it('come with the labels that a model names for its classes', () => {
    const dense = { class_name: 'Dense', config: { name: 'dense', units: 2, use_bias: false, activation: 'softmax' } };
    const file = (labels: string[]) => {
      const layers = [
        { class_name: 'GlobalAveragePooling2D', config: { name: 'pool', batch_input_shape: [null, 2, 2, 3] } },
        dense,
      ];
      const weights = [{ name: 'dense/kernel', shape: [3, 2], dtype: 'float32' }];
      return text.encode(
        JSON.stringify({
          modelTopology: { class_name: 'Sequential', config: { layers } },
          weightsManifest: [{ paths: ['a', 'b'], weights }],
          userDefinedMetadata: { labels },
        }),
      );
    };
    const shards = parted(new Uint8Array(24));
    expect(importLayersModel(file(['cat', 'dog']), shards)).toMatchObject({
      labels: ['cat', 'dog'],
      head: { bias: { shape: [2] } },
    });
    expect(importLayersModel(file(['cat']), shards).labels).toBeUndefined();
  });
});
