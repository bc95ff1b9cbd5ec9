import { createRequire } from 'node:module';
import { addActivate, batchNormTrain, modulateKernel } from '../dist/index.js';

const tf = createRequire(import.meta.url)('@tensorflow/tfjs-core');

/** [channels, blocks] per stage; each stage's first block halves the map. */
const STAGES = [
  [32, 2],
  [64, 2],
  [128, 1],
  [256, 1],
];
const EPSILON = 1e-5;
const square = (n) => [
  [0, 0],
  [n, n],
  [n, n],
  [0, 0],
];

/**
 * ResNet-14 for 32 x 32 images as a list of sections, each a function of activations.
 *
 * @param rank 0: every kernel is trained; otherwise kernels are frozen and modulated with this rank
 */
export function resnet14(rank) {
  const variables = [];
  const variable = (value) => {
    const made = tf.variable(value);
    variables.push(made);
    return made;
  };
  const conv = (size, from, to, stride) => {
    const init = tf.randomNormal([size, size, from, to], 0, Math.sqrt(2 / (size * size * from)), 'float32', 1);
    const pad = square((size - 1) / 2);
    if (rank === 0) {
      const kernel = variable(init);
      return (x) => tf.conv2d(x, kernel, stride, pad);
    }
    const a = variable(tf.zeros([to, rank]));
    const b = variable(tf.randomNormal([rank, from], 0, 1, 'float32', 2));
    return (x) => tf.conv2d(x, modulateKernel(init, a, b), stride, pad);
  };
  const norm = (channels, activation) => {
    const gamma = variable(tf.ones([channels]));
    const beta = variable(tf.zeros([channels]));
    return (x) => batchNormTrain(x, gamma, beta, { epsilon: EPSILON, activation }).y;
  };
  const sections = [];
  const section = (name, run) => sections.push({ name, run });
  const stem = conv(3, 3, 32, 1);
  const stemNorm = norm(32, 'relu');
  section('stem', (x) => stemNorm(stem(x)));
  let from = 32;
  STAGES.forEach(([channels, blocks], stage) => {
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 ? 2 : 1;
      const conv1 = conv(3, from, channels, stride);
      const norm1 = norm(channels, 'relu');
      const conv2 = conv(3, channels, channels, 1);
      const norm2 = norm(channels, 'none');
      const project = stride === 1 ? undefined : [conv(1, from, channels, stride), norm(channels, 'none')];
      section(`layer${stage + 1}.${block}`, (x) => {
        const y = norm2(conv2(norm1(conv1(x))));
        return addActivate(y, project ? project[1](project[0](x)) : x, { activation: 'relu' });
      });
      from = channels;
    }
  });
  const head = variable(tf.randomNormal([from, 10], 0, 0.1, 'float32', 3));
  section('head', (x) => tf.matMul(tf.mean(x, [1, 2]), head));
  return { variables, sections };
}
