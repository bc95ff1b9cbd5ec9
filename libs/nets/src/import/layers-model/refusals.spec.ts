import * as tf from '@tensorflow/tfjs';
import { BaseNetworkError } from '../../base/base-network.error.js';
import { importLayersModel } from './import-layers-model.js';
import { edit, save } from './keras-models.fixture.js';
import type { SavedFile, SavedModel } from './keras-models.fixture.js';
import { LAYERS_MODEL_LIMITS } from './layers-model.schema.js';

let saved: SavedModel;

const layerOf = (file: SavedFile, name: string) => {
  const layer = file.modelTopology.config.layers.find((own) => own.config['name'] === name);
  if (layer === undefined) throw new Error(`No layer ${name}`);
  return layer;
};
const configure = (name: string, config: Record<string, unknown>) => (file: SavedFile) => {
  Object.assign(layerOf(file, name).config, config);
};
const replace =
  (name: string, className: string, config: Record<string, unknown> = {}) =>
  (file: SavedFile) => {
    layerOf(file, name).class_name = className;
    configure(name, config)(file);
  };
const rewire =
  (name: string, ...sources: string[]) =>
  (file: SavedFile) => {
    layerOf(file, name).inbound_nodes = [sources.map((source) => [source, 0, 0, {}])];
  };
const weight = (file: SavedFile, at: number) => {
  const entry = file.weightsManifest[0]?.weights[at];
  if (entry === undefined) throw new Error(`No weight ${at}`);
  return entry;
};

beforeAll(async () => {
  await tf.setBackend('cpu');
  const input = tf.input({ shape: [6, 6, 3], name: 'images' });
  const conv = tf.layers.conv2d({ name: 'conv', filters: 2, kernelSize: 3 }).apply(input);
  const norm = tf.layers.batchNormalization({ name: 'norm' }).apply(conv);
  const relu = tf.layers.reLU({ name: 'relu' }).apply(norm);
  const pool = tf.layers.globalAveragePooling2d({ name: 'pool' } as never).apply(relu);
  const outputs = tf.layers.dense({ name: 'dense', units: 2, activation: 'softmax' }).apply(pool);
  saved = await save(tf.model({ inputs: input, outputs: outputs as tf.SymbolicTensor }));
});

const importSaved = ({ json, shards }: SavedModel) => importLayersModel(json, shards);

describe('importLayersModel', () => {
  it('takes the model that is spoilt below', () => {
    expect(importSaved(saved).graph.nodes.map(({ id }) => id)).toEqual(['conv', 'norm', 'pool']);
  });

  it.each<[string, (file: SavedFile) => void, RegExp]>([
    ['a graph model', (file) => (file.format = 'graph-model'), /format/],
    ['a layer of another kind', replace('relu', 'PReLU'), /layer 'relu' \(PReLU\): no layer that graphs can express/],
    ['a leaky ReLU', configure('relu', { negative_slope: 0.1 }), /layer 'relu' \(ReLU\): negative_slope/],
    ['another ceiling', configure('relu', { max_value: 1 }), /max_value/],
    ['another activation', configure('conv', { activation: 'tanh' }), /layer 'conv' \(Conv2D\): activation/],
    ['channels first', configure('conv', { data_format: 'channels_first' }), /data_format/],
    ['causal padding', configure('conv', { padding: 'causal' }), /padding/],
    ['an axis that is no channel', configure('norm', { axis: 1 }), /layer 'norm' .*axis/],
    ['an open input size', configure('images', { batch_input_shape: [null, null, null, 3] }), /layer 'images'/],
    ['images with other channels', configure('images', { batch_input_shape: [null, 6, 6, 4] }), /'conv\/kernel' is/],
    ['a kernel larger than the picture', configure('images', { batch_input_shape: [null, 2, 6, 3] }), /side of 2/],
    ['weights of another shape', configure('conv', { filters: 3 }), /'conv\/kernel' is \[3,3,3,2\], not \[3,3,3,3\]/],
    ['weights that nobody has', configure('conv', { use_bias: false }), /no layer has 'conv\/bias'/],
    ['weights that are missing', configure('dense', { name: 'other' }), /'other\/kernel' is missing/],
    ['a softmax in the middle', replace('relu', 'Activation', { activation: 'softmax' }), /softmax over a picture/],
    [
      'padding that nothing takes over',
      replace('relu', 'ZeroPadding2D', { padding: [[1, 1], [1, 1]] }), // prettier-ignore
      /layer 'pool' .*reads padding/,
    ],
    ['a sum of one', replace('relu', 'Add'), /layer 'relu' \(Add\): adds 1/],
    ['a sum of unequal shapes', (file) => {
      replace('relu', 'Add')(file);
      rewire('relu', 'norm', 'images')(file);
    }, /adds \[4,4,2\] and \[6,6,3\]/], // prettier-ignore
    ['a dense layer over a picture', rewire('dense', 'relu'), /layer 'dense' .*needs features/],
    ['a window over features', (file) => {
      replace('relu', 'MaxPooling2D', { pool_size: [2, 2], padding: 'valid' })(file);
      rewire('relu', 'pool')(file);
      rewire('pool', 'norm')(file);
    }, /layer 'relu' .*needs \[h, w, c\]/], // prettier-ignore
    ['a transposing reshape', replace('relu', 'Reshape', { target_shape: [2, 4, 4] }), /\[4,4,2\] to \[2,4,4\]/],
    ['layers in a circle', rewire('norm', 'relu'), /layer 'norm' .*no layer before it/],
    ['a layer used twice', (file) => {
      const layer = layerOf(file, 'relu');
      layer.inbound_nodes = [[['norm', 0, 0, {}]], [['norm', 0, 0, {}]]];
    }, /'relu' is used more than once/], // prettier-ignore
    ['a layer nobody reads', rewire('pool', 'norm'), /nobody reads 'relu'/],
    [
      'two layers of one name',
      (file) => void file.modelTopology.config.layers.push(layerOf(file, 'relu')),
      /used twice/,
    ],
    ['several outputs', (file) => {
      file.modelTopology.config.output_layers = [['dense', 0, 0], ['pool', 0, 0]]; // prettier-ignore
    }, /output_layers/], // prettier-ignore
    ['an output that is no layer', (file) => (file.modelTopology.config.output_layers = [['x', 0, 0]]), /'x' is no/],
    ['more layers than any ConvNet has', (file) => {
      const { layers } = file.modelTopology.config;
      const filler = { class_name: 'Dropout', config: { name: 'x' }, inbound_nodes: [] };
      layers.push(...Array.from({ length: LAYERS_MODEL_LIMITS.layers }, () => filler));
    }, /layers/], // prettier-ignore
    ['weights of a kind it does not read', (file) => (weight(file, 0).dtype = 'int32'), /dtype/],
    ['a weight that comes twice', (file) => (weight(file, 1).name = weight(file, 0).name), /comes twice/],
    ['a weight beyond the shard', (file) => (weight(file, 0).shape = [3, 3, 3, 300]), /ends at byte/],
    ['a weight beyond any memory', (file) => (weight(file, 0).shape = [1 << 20, 1 << 20]), /more than/],
    ['bytes without a use', (file) => void file.weightsManifest[0]?.weights.pop(), /of which/],
    [
      'a shard that is missing',
      (file) => (file.weightsManifest[0] = { paths: ['x'], weights: [] }),
      /no shard 'group1/,
    ],
    [
      'a shard named twice',
      (file) => void file.weightsManifest.push({ paths: ['group1-shard1of1.bin'], weights: [] }),
      /named twice/,
    ],
    [
      'an unknown quantisation',
      (file) => (weight(file, 0).quantization = { dtype: 'uint4', min: 0, scale: 1 }),
      /quantization/,
    ],
  ])('refuses %s', (_, change, message) => {
    const spoilt = edit(saved, change);
    expect(() => importSaved(spoilt)).toThrow(BaseNetworkError);
    expect(() => importSaved(spoilt)).toThrow(message);
  });

  it.each<[string, (saved: SavedModel) => SavedModel, RegExp]>([
    ['what is not JSON', (model) => ({ ...model, json: model.json.subarray(1) }), /not JSON/],
    [
      'more JSON than a model needs',
      (model) => ({ ...model, json: new Uint8Array(LAYERS_MODEL_LIMITS.jsonBytes + 1) }),
      /bytes/,
    ],
    ['a shard cut short', cutShort, /ends at byte/],
    [
      'a shard too many',
      (model) => ({ ...model, shards: new Map([...model.shards, ['x', new Uint8Array(1)]]) }),
      /no shard 'x'/,
    ],
    ['no shard', (model) => ({ ...model, shards: new Map() }), /shard .* is missing/],
    ['a weight that is no number', notANumber, /not a finite number/],
    ['models in models without end', nestedDeep, /too deep/],
  ])('refuses %s', (_, spoil, message) => {
    expect(() => importSaved(spoil(saved))).toThrow(BaseNetworkError);
    expect(() => importSaved(spoil(saved))).toThrow(message);
  });

  function cutShort(model: SavedModel): SavedModel {
    return { ...model, shards: new Map([...model.shards].map(([path, bytes]) => [path, bytes.subarray(0, -1)])) };
  }

  function notANumber(model: SavedModel): SavedModel {
    return {
      ...model,
      shards: new Map([...model.shards].map(([path, bytes]) => [path, bytes.slice().fill(0xff, 0, 4)])),
    };
  }

  function nestedDeep(model: SavedModel): SavedModel {
    return edit(model, (file) => {
      let inner: { class_name: string; config: { name: string; layers: unknown[] } } | undefined;
      for (let depth = 0; depth <= LAYERS_MODEL_LIMITS.depth + 1; depth++) {
        const layers: unknown[] = [inner ?? layerOf(file, 'conv')];
        inner = { class_name: 'Sequential', config: { name: `m${depth}`, layers } };
      }
      Object.assign(file.modelTopology, inner);
    });
  }
});
