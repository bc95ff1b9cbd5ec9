import * as tf from '@tensorflow/tfjs-core';

/** tfjs' name of the backend that both native packages register. */
export const NATIVE = 'tensorflow';

/** An attribute of a TensorFlow operation, as the binding takes it. */
interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

type AttributeType = 'TF_ATTR_STRING' | 'TF_ATTR_INT' | 'TF_ATTR_FLOAT' | 'TF_ATTR_BOOL';

/** What we use of the native packages' backend. */
export interface NativeBackend extends tf.KernelBackend {
  readonly binding: Readonly<Record<AttributeType, number>> & { readonly TF_Version: string };
  readonly isUsingGpuDevice: boolean;
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}

/** A list is of integers; a number that is not one of a list is a float. Types are taken from the inputs. */
type AttributeValue = string | boolean | number | readonly number[];

/** Runs TensorFlow's own operations, outside the tape. */
export class NativeOps {
  constructor(readonly backend: NativeBackend) {}

  /** The outputs of operation `name`, of which there are `outputs`. */
  run(
    name: string,
    inputs: readonly tf.TensorInfo[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    outputs = 1,
  ): tf.Tensor[] {
    const list = Object.entries(attributes).map(([key, value]) => this.attribute(key, value));
    return this.backend.executeMultipleOutputs(name, list, inputs, outputs);
  }

  /** The first output of operation `name`. */
  single(
    name: string,
    inputs: readonly tf.TensorInfo[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): tf.Tensor {
    const [output] = this.run(name, inputs, attributes);
    if (output === undefined) throw new Error(`TensorFlow's ${name} returned nothing`);
    return output;
  }

  private attribute(name: string, value: AttributeValue): OpAttribute {
    const { binding } = this.backend;
    if (typeof value === 'string') return { name, type: binding.TF_ATTR_STRING, value };
    if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
    return { name, type: typeof value === 'number' ? binding.TF_ATTR_FLOAT : binding.TF_ATTR_INT, value };
  }
}

export interface NativeCall {
  readonly ops: NativeOps;
  /** The named input; a missing one is a programming error. */
  input(name: string): tf.TensorInfo;
  readonly attrs: tf.NamedAttrMap;
}

/**
 * Registers a kernel of the native backend, in place of the package's if it has one. What `body` makes on the way is
 * disposed of.
 */
export function defineNativeKernel(
  ops: NativeOps,
  kernelName: string,
  body: (call: NativeCall) => tf.Tensor | tf.Tensor[],
): void {
  if (tf.getKernel(kernelName, NATIVE) !== undefined) tf.unregisterKernel(kernelName, NATIVE);
  tf.registerKernel({
    kernelName,
    backendName: NATIVE,
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() =>
        body({
          ops,
          attrs: attrs ?? {},
          input: (name) => {
            const tensor = inputs[name];
            if (tensor === undefined) throw new Error(`kernel ${kernelName} was called without its input ${name}`);
            return tensor;
          },
        }),
      ),
  });
}
