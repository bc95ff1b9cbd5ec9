import { z } from 'zod';
import type { Conversion, Value } from './conversion.js';
import { configOf, fail, onlyInput, plain } from './conversion.js';
import type { KerasLayer } from './layers-model.schema.js';

/** Activations that Keras layers name. */
export type ActivationName = 'linear' | 'relu' | 'relu6' | 'softmax';

export const activationName = z.enum(['linear', 'relu', 'relu6', 'softmax']);

/** Applies a named activation; a softmax is only noted, as it is part of a head, of which logits are wanted. */
export function activateValue(net: Conversion, layer: KerasLayer, [value, name]: [Value, ActivationName]): Value {
  if (name === 'linear') return value;
  if (name === 'softmax') {
    if (value.shape.length !== 1) fail(layer, `softmax over a picture [${value.shape}]`);
    return { ...plain(layer, value), softmax: true };
  }
  const input = plain(layer, value);
  const id = net.nameNode(input.id === layer.config.name ? `${layer.config.name}.${name}` : layer.config.name);
  return { ...input, id: net.add({ id, op: 'activation', input: input.id, activation: name }), nonNegative: true };
}

export function convertActivation(net: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const { activation } = configOf(layer, z.object({ activation: activationName }));
  return activateValue(net, layer, [onlyInput(layer, inputs), activation]);
}

/** ReLU and ReLU6; other ceilings, slopes and thresholds have no node. */
export function convertRelu(net: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const schema = z.object({
    max_value: z.literal(6).nullish(),
    negative_slope: z.literal(0).nullish(),
    threshold: z.literal(0).nullish(),
  });
  const { max_value: ceiling } = configOf(layer, schema);
  return activateValue(net, layer, [onlyInput(layer, inputs), ceiling === 6 ? 'relu6' : 'relu']);
}
