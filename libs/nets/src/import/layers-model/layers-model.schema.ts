import { z } from 'zod';
import { BaseNetworkError } from '../../base/base-network.error.js';

/** Bounds for models of unknown origin: far above any ConvNet for small devices, far below what exhausts memory. */
export const LAYERS_MODEL_LIMITS = {
  jsonBytes: 1 << 23,
  /** All layers, those of models inside the model counted too. */
  layers: 1024,
  /** Models inside models. */
  depth: 8,
  weights: 4096,
  shards: 256,
  /** Of all shards together, and of the weights once decoded to single precision. */
  weightBytes: 1 << 28,
  nameCharacters: 256,
} as const;

const name = z.string().min(1).max(LAYERS_MODEL_LIMITS.nameCharacters);

/** `[layer, call, output, arguments]`: the number of the call and the arguments say nothing of a model called once. */
const source = z.tuple([name, z.int(), z.literal(0)]).rest(z.unknown());

const layer = z.object({
  class_name: z.string(),
  config: z.looseObject({ name }),
  inbound_nodes: z.array(z.array(source)).optional(),
});

const model = z.object({ class_name: z.enum(['Model', 'Functional', 'Sequential']), config: z.unknown() });
const layers = z.array(layer).min(1).max(LAYERS_MODEL_LIMITS.layers);
/** One input and one output; Keras writes a list of them or the only one by itself. */
const end = z.union([source, z.tuple([source]).transform(([only]) => only)]);
const functional = z.object({ layers, input_layers: end, output_layers: end });
const sequential = z.union([z.object({ layers }), layers.transform((list) => ({ layers: list }))]);

const quantization = z.union([
  z.looseObject({ dtype: z.enum(['uint8', 'uint16']), min: z.number(), scale: z.number() }),
  z.looseObject({ dtype: z.literal('float16') }),
]);
const manifestEntry = z.looseObject({
  name,
  shape: z.array(z.int().min(1).max(LAYERS_MODEL_LIMITS.weightBytes)).max(4),
  dtype: z.literal('float32'),
  quantization: quantization.optional(),
});
const manifestGroup = z.object({
  paths: z.array(name).min(1).max(LAYERS_MODEL_LIMITS.shards),
  weights: z.array(manifestEntry).max(LAYERS_MODEL_LIMITS.weights),
});

const file = z.object({
  format: z.literal('layers-model').nullish(),
  modelTopology: z.union([z.looseObject({ model_config: model }).transform((whole) => whole.model_config), model]),
  weightsManifest: z.array(manifestGroup).min(1).max(LAYERS_MODEL_LIMITS.shards),
  userDefinedMetadata: z.looseObject({ labels: z.array(z.string()).optional() }).optional(),
});

/** A layer as the file has it, or a model in the place of one. */
export type KerasLayer = z.infer<typeof layer>;
export type KerasModel = z.infer<typeof model>;
export type WeightEntry = z.infer<typeof manifestEntry>;
export type WeightGroup = z.infer<typeof manifestGroup>;
export type LayersModelFile = z.infer<typeof file>;

/** A model's layers, each with the names of those it reads, and which of them are its input and its output. */
export interface Wiring {
  readonly layers: readonly KerasLayer[];
  readonly inputsOf: (layer: KerasLayer) => readonly string[];
  /** The layer that is given the model's input. */
  readonly input: string;
  readonly output: string;
}

/** @throws {BaseNetworkError} when the bytes are no `model.json` of a LayersModel. */
export function parseLayersModelJson(json: Uint8Array): LayersModelFile {
  if (json.byteLength > LAYERS_MODEL_LIMITS.jsonBytes) {
    throw new BaseNetworkError(`model.json: ${json.byteLength} bytes, more than ${LAYERS_MODEL_LIMITS.jsonBytes}`, {
      fault: 'too_large',
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (cause) {
    throw new BaseNetworkError('model.json: not JSON', { cause });
  }
  return parse(file, value, 'model.json');
}

/** How a model's layers are connected. @throws {BaseNetworkError} on several inputs, outputs or uses of a layer. */
export function wiringOf({ class_name, config }: KerasModel): Wiring {
  if (class_name === 'Sequential') {
    const { layers: chain } = parse(sequential, config, 'model.json: Sequential');
    const before = new Map(chain.map((own, at) => [own, chain[at - 1]]));
    const inputsOf = (own: KerasLayer): string[] => [before.get(own)?.config.name].filter((id) => id !== undefined);
    const [input = '', output = ''] = [chain[0]?.config.name, chain.at(-1)?.config.name];
    return { layers: chain, inputsOf, input, output };
  }
  const graph = parse(functional, config, `model.json: ${class_name}`);
  const inputsOf = (own: KerasLayer): string[] => {
    const calls = own.inbound_nodes ?? [];
    if (calls.length > 1) throw new BaseNetworkError(`model.json: layer '${own.config.name}' is used more than once`);
    return (calls[0] ?? []).map(([id]) => id);
  };
  return { layers: graph.layers, inputsOf, input: graph.input_layers[0], output: graph.output_layers[0] };
}

/** A layer that is a model, if it is one. */
export function asModel({ class_name, config }: KerasLayer): KerasModel | undefined {
  const parsed = model.safeParse({ class_name, config });
  return parsed.success ? parsed.data : undefined;
}

function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BaseNetworkError(`${what}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
}
