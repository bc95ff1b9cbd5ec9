import { encodeWeights, type FloatTensor } from '@kernelcast/artifact';
import type { BaseNetwork, BaseNetworkDetail } from '@kernelcast/contracts';
import { TestRegistry, type ApiAnswer } from '../../testing/registry-app.js';

let registry: TestRegistry;

beforeAll(async () => {
  registry = await TestRegistry.start();
});
afterAll(() => registry.close());

const upload = (form: FormData): Promise<ApiAnswer<BaseNetwork>> =>
  registry.call<BaseNetwork>('POST', '/v1/base-networks', { raw: form });

describe('a base network', () => {
  const formOf = (
    texts: Record<string, string>,
    files: readonly (readonly [string, string, Uint8Array | string])[],
  ) => {
    const form = new FormData();
    for (const [name, text] of Object.entries(texts)) form.set(name, text);
    for (const [part, name, bytes] of files) {
      form.append(part, new Blob([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)]), name);
    }
    return form;
  };

  describe('from PyTorch', () => {
    const stateDict = (): Map<string, FloatTensor> => {
      const tensor = (shape: number[]): FloatTensor => {
        const count = shape.reduce((product, side) => product * side, 1);
        return { shape, data: Float32Array.from({ length: count }, (_, at) => ((at % 7) - 3) / 50) };
      };
      const ones = (): FloatTensor => ({ shape: [64], data: new Float32Array(64).fill(1) });
      return new Map(
        [1, 2, 3, 4].flatMap((block): [string, FloatTensor][] => [
          [`conv${block}.weight`, tensor([64, block === 1 ? 3 : 64, 3, 3])],
          [`bn${block}.weight`, ones()],
          [`bn${block}.bias`, tensor([64])],
          [`bn${block}.running_mean`, tensor([64])],
          [`bn${block}.running_var`, ones()],
        ]),
      );
    };
    const send = (tensors: Map<string, FloatTensor>, texts: Record<string, string>) =>
      upload(formOf(texts, [['weights', 'w.safetensors', encodeWeights(tensors, 'f32')]]));

    it('is a known architecture with the weights of a state dict', async () => {
      const { status, body } = await send(stateDict(), {
        ...{ name: 'torch', architecture: 'conv4', inputSize: '30', mean: '0.4, 0.4, 0.4', std: '0.2,0.2,0.2' },
      });
      expect({ status, ...body }).toMatchObject({
        ...{ status: 201, state: 'active', source: 'torch', architecture: 'conv4', inputHeight: 30 },
        report: { plannedParameters: expect.any(Number), millisecondsPerImage: expect.any(Number) },
      });
      const detail = (await registry.get<BaseNetworkDetail>('/v1/base-networks/torch')).body;
      expect(detail).toMatchObject({ mean: [0.4, 0.4, 0.4], featureSize: 64 });
    });

    it.each([
      [
        'lacks a tensor',
        (all: Map<string, FloatTensor>) => all.delete('bn2.running_var'),
        'missing_tensor',
        'bn2.running_var',
      ],
      [
        'has one too many',
        (all: Map<string, FloatTensor>) => all.set('x.weight', { shape: [1], data: new Float32Array(1) }),
        'unknown_tensor',
        'x.weight',
      ],
      [
        'has one of another shape',
        (all: Map<string, FloatTensor>) => all.set('bn1.bias', { shape: [2], data: new Float32Array(2) }),
        'wrong_shape',
        'bn1.bias',
      ],
    ])('is refused when the state dict %s', async (_, change, code, subject) => {
      const tensors = stateDict();
      change(tensors);
      const answer = await send(tensors, { name: 'bad', architecture: 'conv4' });
      expect(answer).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: `/body/${subject}`, detail: expect.stringContaining(code) }] },
      });
    });

    it('is refused when nobody knows the architecture', async () => {
      const answer = await send(stateDict(), { name: 'bad', architecture: 'vgg' });
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/body/vgg' }] } });
    });
  });

  describe('from tfjs', () => {
    const conv = {
      ...{ name: 'conv', batch_input_shape: [null, 8, 8, 3], filters: 4, kernel_size: [3, 3], strides: [1, 1] },
      ...{ padding: 'same', data_format: 'channels_last', dilation_rate: [1, 1], activation: 'linear', use_bias: true },
    };
    const model = (...layers: object[]) =>
      JSON.stringify({
        format: 'layers-model',
        modelTopology: {
          class_name: 'Sequential',
          config: {
            layers: [
              { class_name: 'Conv2D', config: conv },
              ...layers,
              { class_name: 'GlobalAveragePooling2D', config: { name: 'gap', data_format: 'channels_last' } },
            ],
          },
        },
        weightsManifest: [
          {
            paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'],
            weights: [
              { name: 'conv/kernel', shape: [3, 3, 3, 4], dtype: 'float32' },
              { name: 'conv/bias', shape: [4], dtype: 'float32' },
            ],
          },
        ],
      });
    const values = new Uint8Array(Float32Array.from({ length: 112 }, (_, at) => (at % 9) / 10).buffer);
    const [first, second] = [values.subarray(0, 300), values.subarray(300)];
    const shard = (at: number, bytes: Uint8Array) => ['shards', `group1-shard${at}of2.bin`, bytes] as const;

    it('is a LayersModel with its shards', async () => {
      const files = [['model', 'model.json', model()] as const, shard(1, first), shard(2, second)];
      const { status, body } = await upload(formOf({ name: 'layers' }, files));
      expect({ status, ...body }).toMatchObject({
        status: 201,
        state: 'active',
        source: 'layers-model',
        parameters: 112,
      });
    });

    it.each([
      ['a shard is missing', model(), [shard(1, first)], 'missing_shard', 'group1-shard2of2.bin'],
      [
        'a shard is cut short',
        model(),
        [shard(1, first), shard(2, second.subarray(1))],
        'wrong_shard_size',
        'group1-shard2of2.bin',
      ],
      [
        'a shard is of another model',
        model(),
        [shard(1, first), shard(2, second), shard(3, second)],
        'unknown_shard',
        'group1-shard3of2.bin',
      ],
      [
        'a layer has no counterpart',
        model({ class_name: 'LSTM', config: { name: 'memory' } }),
        [shard(1, first), shard(2, second)],
        'unsupported_layer',
        'memory',
      ],
    ])('is refused when %s', async (_, json, shards, code, subject) => {
      const answer = await upload(formOf({ name: 'bad' }, [['model', 'model.json', json], ...shards]));
      expect(answer).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: `/body/${subject}`, detail: expect.stringContaining(code) }] },
      });
    });
  });
});
