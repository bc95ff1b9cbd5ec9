import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { BATCH_NORM_TRAIN } from '../ops/kernel-names.js';
import { describeNative, NATIVE_FOLDER } from '../testing/native.js';
import { initBackend } from './init-backend.js';
import { trainingLoaders } from './loaders.js';

const require = createRequire(import.meta.url);

/** Registers a backend like tfjs' bindings do, which computes nothing. */
const BINDING = `
const tf = require('@tensorflow/tfjs-core');
tf.registerBackend('tensorflow', () => ({
  binding: { TF_Version: '2.99.0' }, isUsingGpuDevice: true, numDataIds: () => 0, dispose() {},
}));
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kernelcast-native-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function writePackage(name: string, source: string): Promise<void> {
  const place = path.join(folder, 'node_modules', name);
  await mkdir(place, { recursive: true });
  await writeFile(path.join(place, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
  await writeFile(path.join(place, 'index.js'), source);
}

describe('a folder given for native bindings', () => {
  it('is named in the reason when the binding is not in it', async () => {
    const loading = initBackend({ force: 'tfjs-node', native: { folder } });
    await expect(loading).rejects.toMatchObject({ code: 'backend_unavailable' });
    await expect(loading).rejects.toThrow(`not installed in ${folder}`);
  });

  it('is refused when its binding brings a tfjs-core of its own, before that is loaded', async () => {
    await writePackage('@tensorflow/tfjs-node', 'throw new Error("was loaded")');
    await writePackage('@tensorflow/tfjs-core', 'exports.Tensor = class {}; exports.version_core = "0.0.1";');
    await expect(initBackend({ force: 'tfjs-node', native: { folder } })).rejects.toThrow(
      /a copy of tfjs-core of its own \(0\.0\.1/,
    );
  });

  it('provides the GPU first, which says so, and keeps composed batch normalisation there', async () => {
    await writePackage('@tensorflow/tfjs-node-gpu', BINDING);
    const core = path.dirname(require.resolve('@tensorflow/tfjs-core/package.json'));
    await symlink(core, path.join(folder, 'node_modules/@tensorflow/tfjs-core'));
    const loaders = trainingLoaders({ folder, threads: 3 });
    const info = await loaders['tfjs-node-gpu']();
    expect(info).toMatchObject({
      native: { tensorflow: '2.99.0', device: 'GPU', threads: 3 },
      detail: '@tensorflow/tfjs-node-gpu with TensorFlow 2.99.0 on GPU, 3 threads',
    });
    expect(tf.getBackend()).toBe('tensorflow');
    expect(tf.getKernel(tf.Conv2DBackpropFilter, 'tensorflow')).toBeDefined();
    expect(tf.getKernel(BATCH_NORM_TRAIN, 'tensorflow')).toBeUndefined();
    tf.removeBackend('tensorflow');
  });
});

describeNative('a native build', () => {
  it('loads and says what it is', async () => {
    const info = await initBackend({ force: 'tfjs-node', native: { folder: NATIVE_FOLDER, threads: 1 } });
    expect(info).toMatchObject({ name: 'tfjs-node', native: { device: 'CPU', threads: 1 } });
    expect(info.detail).toMatch(/^@tensorflow\/tfjs-node with TensorFlow 2\.\d+\.\d+ on CPU, 1 thread$/);
    expect(info.detail).not.toContain(String(NATIVE_FOLDER));
    const [sum] = tf.tidy(() => tf.add(1, 2).dataSync());
    expect(sum).toBe(3);
  });
});
