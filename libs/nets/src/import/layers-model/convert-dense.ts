import { z } from 'zod';
import { activateValue, activationName } from './convert-activations.js';
import type { ActivationName } from './convert-activations.js';
import type { Conversion, Value } from './conversion.js';
import { configOf, fail, onlyInput, plain } from './conversion.js';
import type { KerasLayer } from './layers-model.schema.js';

interface DenseOn {
  readonly input: Value;
  readonly config: { readonly units: number; readonly use_bias: boolean; readonly activation: ActivationName };
  /** Axes of the stored kernel before `[in, units]`: those of a 1x1 convolution. */
  readonly axes: readonly number[];
}

/** A dense node on features `[c]`. */
export function convertDenseOn(net: Conversion, layer: KerasLayer, { input, config, axes }: DenseOn): Value {
  const { shape, picture, id: source } = plain(layer, input);
  const [inFeatures] = shape;
  if (shape.length !== 1) fail(layer, `needs features [c], gets [${shape}]`);
  const { units, use_bias: useBias, activation } = config;
  const id = net.nameNode(layer.config.name);
  net.add({ id, op: 'dense', input: source, inFeatures, units, useBias });
  net.assign(`${id}/kernel`, net.take(layer, 'kernel', [...axes, inFeatures, units]), [inFeatures, units]);
  if (useBias) net.assign(`${id}/bias`, net.take(layer, 'bias', [units]));
  return activateValue(net, layer, [{ id, shape: [units], picture }, activation]);
}

export function convertDense(net: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const schema = z.object({
    units: z.int().min(1),
    use_bias: z.boolean(),
    activation: activationName.default('linear'),
  });
  return convertDenseOn(net, layer, { input: onlyInput(layer, inputs), config: configOf(layer, schema), axes: [] });
}
