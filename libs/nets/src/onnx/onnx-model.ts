import type { FloatTensor } from '@kernelcast/artifact';
import { bytes, float, int, ints, join, message, text } from './proto-writer.js';
import type { Field } from './proto-writer.js';

/*
 * Messages of `onnx.proto3` (https://github.com/onnx/onnx/blob/v1.16.0/onnx/onnx.proto3), as far as they are used.
 * The numbers are those of its fields and enumerations.
 */

/** IR version 8 with operator set 13: read by every ONNX runtime since 2021. */
const IR_VERSION = 8;
const OPSET_VERSION = 13;
const FLOAT_DATA = 1;
const ATTRIBUTE = { float: 1, int: 2, ints: 7 } as const;

export type AttributeValue = number | readonly number[] | { readonly float: number };

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** A value that enters or leaves the model; `N` is the number of images, any. */
interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | 'N')[];
}

export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, FloatTensor>;
  readonly input: OnnxValue;
  readonly output: OnnxValue;
}

/** Writes a model file: equal models give equal bytes. */
export function writeOnnx({ name, nodes, constants, input, output }: OnnxModel): Uint8Array {
  const graph = [
    ...nodes.map((node) => message(1, nodeFields(node))),
    text(2, name),
    ...[...constants].map(([constant, tensor]) => message(5, tensorFields(constant, tensor))),
    message(11, valueFields(input)),
    message(12, valueFields(output)),
  ];
  const opset = [text(1, ''), int(2, OPSET_VERSION)];
  return join([int(1, IR_VERSION), text(2, 'kernelcast'), message(7, graph), message(8, opset)]);
}

function nodeFields({ op, inputs, output, attributes = {} }: OnnxNode): Field[] {
  return [
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(3, output),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => message(5, [text(1, name), ...attributeFields(value)])),
  ];
}

function attributeFields(value: AttributeValue): Field[] {
  if (typeof value === 'number') return [int(3, value), int(20, ATTRIBUTE.int)];
  if ('float' in value) return [float(2, value.float), int(20, ATTRIBUTE.float)];
  return [...value.map((one) => int(8, one)), int(20, ATTRIBUTE.ints)];
}

function tensorFields(name: string, { shape, data }: FloatTensor): Field[] {
  return [ints(1, shape), int(2, FLOAT_DATA), text(8, name), bytes(9, littleEndian(data))];
}

/** Raw data are little-endian whatever the machine is. */
function littleEndian(data: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(data.byteLength));
  data.forEach((value, i) => view.setFloat32(i * Float32Array.BYTES_PER_ELEMENT, value, true));
  return new Uint8Array(view.buffer);
}

function valueFields({ name, shape }: OnnxValue): Field[] {
  const dimensions = shape.map((size) => message(1, [size === 'N' ? text(2, size) : int(1, size)]));
  const tensor = message(1, [int(1, FLOAT_DATA), message(2, dimensions)]);
  return [text(1, name), message(2, [tensor])];
}
