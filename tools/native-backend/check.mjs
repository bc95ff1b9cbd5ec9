// Loads the native backend in `--folder` with the tfjs of `--installation`, and computes with it.
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({ options: { folder: { type: 'string' }, installation: { type: 'string' } } });
const ours = createRequire(path.join(options.installation, 'package.json'));
const theirs = createRequire(path.join(options.folder, 'package.json'));

// Node 23 removed what tfjs-node 4.22 calls.
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;
process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';

const tf = ours('@tensorflow/tfjs-core');
if (theirs('@tensorflow/tfjs-core').Tensor !== tf.Tensor) throw new Error('the binding has a tfjs-core of its own');
theirs('@tensorflow/tfjs-node');
if (tf.getBackend() !== 'tensorflow') throw new Error(`the backend is ${tf.getBackend()}`);
const product = tf.tidy(() => [...tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5], [6]])).dataSync()]); // prettier-ignore
if (product.join() !== '17,39') throw new Error(`[[1, 2], [3, 4]] times [5, 6] is not ${product}`);
const { binding } = tf.backend();
console.log(`TensorFlow ${binding.TF_Version} on ${binding.isUsingGpuDevice() ? 'GPU' : 'CPU'} works`);
