import { ArtifactError, elementCount, toFloat32 } from '@kernelcast/artifact';
import type { FloatTensor, NamedTensor } from '@kernelcast/artifact';
import { BaseNetworkError } from '../base/base-network.error.js';
import type { ParameterKind } from '../graph/parameters.js';

/** What a PyTorch tensor becomes. */
export interface TorchTarget {
  readonly kind: ParameterKind;
  readonly shape: readonly number[];
  /** For a dense kernel on a flattened picture: its `[h, w, c]`, as PyTorch flattens `[c, h, w]`. */
  readonly flattened?: readonly [number, number, number] | undefined;
}

/**
 * Order in which our axes appear among PyTorch's: convolutions `[o, i, kh, kw]` become `[kh, kw, i, o]`, linear
 * layers `[out, in]` become `[in, out]`. Depthwise kernels `[c · m, 1, kh, kw]` are first seen as `[c, m, kh, kw]`,
 * linear layers on a flattened picture as `[out, c, h, w]`.
 */
const PERMUTATIONS: Partial<Record<ParameterKind, readonly number[]>> = {
  conv2d: [2, 3, 1, 0],
  depthwiseConv2d: [2, 3, 0, 1],
  dense: [1, 0],
};
const FLATTENED = [2, 3, 1, 0] as const;

/**
 * A PyTorch tensor in our layout.
 * @throws {BaseNetworkError} when it has another shape or holds what is no finite number.
 */
export function fromTorch(name: string, tensor: NamedTensor, target: TorchTarget): FloatTensor {
  const expected = torchShape(target);
  if (String(tensor.shape) !== String(expected)) {
    const reason = `import: '${name}' is [${tensor.shape}], not [${expected}]`;
    throw new BaseNetworkError(reason, { fault: 'wrong_shape', subject: name });
  }
  const data = read(name, tensor);
  const { flattened, shape } = target;
  const permutation = flattened ? FLATTENED : PERMUTATIONS[target.kind];
  if (permutation === undefined) return { shape: [...shape], data };
  const spread = flattened ? [...flattened, shape[1] ?? 1] : shape;
  return { shape: [...shape], data: permute(data, unpermuted(spread, permutation), permutation) };
}

function read(name: string, tensor: NamedTensor): Float32Array {
  try {
    return toFloat32(tensor);
  } catch (cause) {
    const reason = cause instanceof ArtifactError ? cause.reason : 'unreadable';
    throw new BaseNetworkError(`import: '${name}': ${reason}`, { cause, fault: 'not_finite', subject: name });
  }
}

function torchShape({ kind, shape }: TorchTarget): number[] {
  const [kh = 1, kw = 1, channels = 1, multiplier = 1] = shape;
  if (kind === 'depthwiseConv2d') return [channels * multiplier, 1, kh, kw];
  const permutation = PERMUTATIONS[kind];
  return permutation ? unpermuted(shape, permutation) : [...shape];
}

/** The shape before its axes were put in `order`. */
function unpermuted(shape: readonly number[], order: readonly number[]): number[] {
  return order.map((_, axis) => shape[order.indexOf(axis)] ?? 1);
}

/** Reorders axes: axis `i` of the result is axis `order[i]` of `data`, which has `shape`; all row-major. */
function permute(data: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const sizes = order.map((axis) => shape[axis] ?? 1);
  const steps = order.map((axis) => strides[axis] ?? 1);
  const result = new Float32Array(data.length);
  const index = sizes.map(() => 0);
  let source = 0;
  for (let target = 0; target < result.length; target++) {
    result[target] = data[source] ?? 0;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      source += steps[axis] ?? 0;
      if (next < (sizes[axis] ?? 1)) {
        index[axis] = next;
        break;
      }
      source -= next * (steps[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return result;
}
