import { z } from 'zod';
import { BaseNetworkError } from '../../base/base-network.error.js';
import { convertActivation, convertRelu } from './convert-activations.js';
import { convertConv2d, convertDepthwise, convertSeparable } from './convert-convolutions.js';
import { convertDense } from './convert-dense.js';
import { convertAdd, convertBatchNorm, convertFlatten, convertNothing, convertReshape } from './convert-others.js';
import { convertAveragePool, convertGlobalAveragePool, convertMaxPool, convertZeroPadding } from './convert-pools.js';
import type { Conversion, Value } from './conversion.js';
import { configOf, fail, onlyInput } from './conversion.js';
import { asModel, LAYERS_MODEL_LIMITS, wiringOf } from './layers-model.schema.js';
import type { KerasLayer, KerasModel, Wiring } from './layers-model.schema.js';

type Converter = (net: Conversion, layer: KerasLayer, inputs: readonly Value[]) => Value;

const CONVERTERS: ReadonlyMap<string, Converter> = new Map([
  ['Conv2D', convertConv2d],
  ['DepthwiseConv2D', convertDepthwise],
  ['SeparableConv2D', convertSeparable],
  ['BatchNormalization', convertBatchNorm],
  ['ReLU', convertRelu],
  ['Activation', convertActivation],
  ['ZeroPadding2D', convertZeroPadding],
  ['Add', convertAdd],
  ['MaxPooling2D', convertMaxPool],
  ['AveragePooling2D', convertAveragePool],
  ['GlobalAveragePooling2D', convertGlobalAveragePool],
  ['Dense', convertDense],
  ['Flatten', convertFlatten],
  ['Reshape', convertReshape],
  ...['Dropout', 'SpatialDropout2D', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise', 'ActivityRegularization'].map(
    (name) => [name, convertNothing] as const,
  ),
]);

/** Height, width and channels that a model's first layer asks for. @throws {BaseNetworkError} where they are open. */
export function inputShapeOf(model: KerasModel, depth = 0): readonly [number, number, number] {
  checkDepth(depth);
  const { layers, input } = wiringOf(model);
  const first = layers.find((layer) => layer.config.name === input);
  if (first === undefined) throw new BaseNetworkError(`model.json: the input '${input}' is no layer`);
  const inner = asModel(first);
  if (inner !== undefined) return inputShapeOf(inner, depth + 1);
  const side = z.int().min(1);
  const shape = z.object({ batch_input_shape: z.tuple([z.unknown(), side, side, side]) });
  const [, height, width, channels] = configOf(first, shape).batch_input_shape;
  return [height, width, channels];
}

/**
 * Converts a model's layers, and those of models inside it, in an order in which each finds its inputs.
 * @throws {BaseNetworkError} naming the layer that has no counterpart, and why.
 */
export function convertModel(net: Conversion, model: KerasModel, input: Value): Value {
  return new ModelConverter(net).convert(model, input, 0);
}

class ModelConverter {
  private layers = 0;

  constructor(private readonly net: Conversion) {}

  convert(model: KerasModel, input: Value, depth: number): Value {
    checkDepth(depth);
    const wiring = wiringOf(model);
    this.layers += wiring.layers.length;
    if (this.layers > LAYERS_MODEL_LIMITS.layers) {
      throw new BaseNetworkError(`model.json: more than ${LAYERS_MODEL_LIMITS.layers} layers`, { fault: 'too_large' });
    }
    const values = new Map<string, Value>();
    for (const layer of inOrder(wiring)) {
      const { name } = layer.config;
      if (values.has(name)) fail(layer, 'a name used twice', 'malformed');
      const inputs = wiring
        .inputsOf(layer)
        .map((id) => values.get(id) ?? fail(layer, `reads '${id}' too early`, 'malformed'));
      values.set(name, this.convertLayer(layer, name === wiring.input ? [input] : inputs, depth));
    }
    return values.get(wiring.output) ?? failOutput(wiring.output);
  }

  private convertLayer(layer: KerasLayer, inputs: readonly Value[], depth: number): Value {
    if (layer.class_name === 'InputLayer') return onlyInput(layer, inputs);
    const model = asModel(layer);
    if (model !== undefined) return this.convert(model, onlyInput(layer, inputs), depth + 1);
    const convert = CONVERTERS.get(layer.class_name) ?? fail(layer, 'no layer that graphs can express');
    return convert(this.net, layer, inputs);
  }
}

/** Layers in the file's order, but each after those it reads. */
function inOrder({ layers, inputsOf }: Wiring): KerasLayer[] {
  const done = new Set<string>();
  const order: KerasLayer[] = [];
  let waiting = [...layers];
  while (waiting.length > 0) {
    const blocked: KerasLayer[] = [];
    for (const layer of waiting) {
      if (inputsOf(layer).every((id) => done.has(id))) {
        done.add(layer.config.name);
        order.push(layer);
      } else blocked.push(layer);
    }
    const [stuck] = blocked;
    if (stuck !== undefined && blocked.length === waiting.length)
      fail(stuck, 'reads what is no layer before it', 'malformed');
    waiting = blocked;
  }
  return order;
}

function checkDepth(depth: number): void {
  if (depth > LAYERS_MODEL_LIMITS.depth) {
    throw new BaseNetworkError('model.json: models inside models, too deep', { fault: 'too_large' });
  }
}

function failOutput(output: string): never {
  throw new BaseNetworkError(`model.json: the output '${output}' is no layer`);
}
