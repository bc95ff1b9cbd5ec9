import type { WeightMap } from '@kernelcast/artifact';
import { fold, headOf } from '@kernelcast/km';
import { exportOnnx, normalisedValues, ONNX_INPUT, ONNX_OUTPUT } from '@kernelcast/nets';
import type { BaseNetwork, InputSpec } from '@kernelcast/nets';
import type { EngineNetwork, EngineRunner, InferenceEngine } from '../inference/inference-engine.js';

export interface OrtTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

export interface OrtSession {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** As much of ONNX Runtime's interface as is used: that of `onnxruntime-node`, `-web` and `-react-native` alike. */
export interface OrtModule {
  readonly InferenceSession: { create(model: Uint8Array, options?: object): Promise<OrtSession> };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OrtTensor;
}

/** Images per pass, as with tfjs: bounds the memory of activations. */
const BATCH = 128;

/**
 * Networks on ONNX Runtime, which the program around the device installs and gives: each task is a model of its own,
 * with all weights, so that a network takes as much memory as the base.
 *
 * @param ort - the module, such as `await import('onnxruntime-node')`
 * @param sessionOptions - what ONNX Runtime takes for every session, such as `executionProviders`
 */
export function onnxEngine(ort: OrtModule, sessionOptions: object = {}): InferenceEngine {
  const open = async (base: BaseNetwork, tensors: WeightMap): Promise<EngineNetwork> => {
    const head = headOf(base.graph, tensors);
    const weights = fold(base, tensors);
    const model = exportOnnx({ graph: base.graph, weights }, head);
    const session = await inTurn(ort, () => ort.InferenceSession.create(model, sessionOptions));
    const parameters = [...weights.values(), head.kernel, head.bias];
    const bytes = parameters.reduce((sum, { data }) => sum + data.byteLength, 0);
    return { bytes, runner: runnerOf({ ort, session, input: base.graph.input, classes: head.bias.data.length }) };
  };
  return {
    load: (base) => Promise.resolve({ fold: (tensors) => open(base, tensors), dispose: () => undefined }),
  };
}

const lastCalls = new WeakMap<OrtModule, Promise<unknown>>();

/** Calls one after the other: the WASM build has one memory for all sessions, and fails when calls overlap. */
function inTurn<T>(ort: OrtModule, call: () => Promise<T>): Promise<T> {
  const result = (lastCalls.get(ort) ?? Promise.resolve()).then(call);
  lastCalls.set(
    ort,
    result.catch(() => undefined),
  );
  return result;
}

interface Opened {
  readonly ort: OrtModule;
  readonly session: OrtSession;
  readonly input: InputSpec;
  readonly classes: number;
}

function runnerOf({ ort, session, input, classes }: Opened): EngineRunner {
  const { height, width, channels } = input;
  const imageSize = height * width * channels;
  const forward = async (values: Float32Array, n: number): Promise<Float32Array> => {
    const feeds = { [ONNX_INPUT]: new ort.Tensor('float32', values, [n, height, width, channels]) };
    const data = (await inTurn(ort, () => session.run(feeds)))[ONNX_OUTPUT]?.data;
    if (!(data instanceof Float32Array) || data.length !== n * classes) {
      throw new TypeError(`ONNX Runtime gave no ${classes} logits for each of ${n} images`);
    }
    return data;
  };
  const inBatches = async <T extends Uint8Array | Float32Array>(
    values: T,
    toValues: (part: T, n: number) => Float32Array,
  ): Promise<Float32Array> => {
    const count = values.length / imageSize;
    if (!Number.isInteger(count)) throw new RangeError(`${values.length} values are no whole number of images`);
    const logits = new Float32Array(count * classes);
    for (let start = 0; start < count; start += BATCH) {
      const n = Math.min(BATCH, count - start);
      const part = values.subarray(start * imageSize, (start + n) * imageSize) as T;
      logits.set(await forward(toValues(part, n), n), start * classes);
    }
    return logits;
  };
  return {
    predict: (images) => inBatches(images, (part, n) => normalisedValues(part, n, input)),
    predictNormalised: (values) => inBatches(values, (part) => part),
    dispose: () => void inTurn(ort, () => session.release()).catch(() => undefined),
  };
}
