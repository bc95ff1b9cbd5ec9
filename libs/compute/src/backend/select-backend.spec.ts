import { BackendError } from './backend.errors.js';
import { BACKEND_NAMES, type BackendLoaders, type BackendName } from './backend.types.js';
import { selectBackend } from './select-backend.js';

/** Loaders of which only the named succeed, and the order in which they were asked. */
function loaders(...working: BackendName[]): { table: BackendLoaders; asked: BackendName[] } {
  const asked: BackendName[] = [];
  const entry = (name: BackendName) => [
    name,
    async () => {
      asked.push(name);
      if (!working.includes(name)) throw new Error(`${name} is not installed`);
      return { simd: name === 'wasm', relaxedSimd: false, detail: `loaded ${name}` };
    },
  ];
  return { table: Object.fromEntries(BACKEND_NAMES.map(entry)) as BackendLoaders, asked };
}

describe('selectBackend', () => {
  it('prefers the GPU, then the native binding, then wasm, then cpu', async () => {
    const { table, asked } = loaders('cpu');
    expect((await selectBackend(table)).name).toBe('cpu');
    expect(asked).toEqual(['tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu']);
  });

  it('stops at the first that loads and says what it passed over', async () => {
    const { table, asked } = loaders('wasm', 'cpu');
    const info = await selectBackend(table);
    expect(info).toMatchObject({ name: 'wasm', simd: true, relaxedSimd: false });
    expect(info.detail).toContain('loaded wasm; no tfjs-node-gpu: tfjs-node-gpu is not installed');
    expect(asked).not.toContain('cpu');
  });

  it('takes only the forced backend', async () => {
    const { table, asked } = loaders(...BACKEND_NAMES);
    expect((await selectBackend(table, 'cpu')).name).toBe('cpu');
    expect(asked).toEqual(['cpu']);
  });

  it('fails with backend_unavailable, keeping the cause, when the forced backend cannot load', async () => {
    const error: unknown = await selectBackend(loaders('cpu').table, 'tfjs-node').catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({ code: 'backend_unavailable', backend: 'tfjs-node' });
    expect((error as Error).cause).toMatchObject({ message: 'tfjs-node is not installed' });
  });

  it('fails with backend_unavailable when nothing loads', async () => {
    await expect(selectBackend(loaders().table)).rejects.toMatchObject({ code: 'backend_unavailable' });
  });

  it('names the choices when asked for something else', async () => {
    const forced = 'webgpu' as BackendName;
    await expect(selectBackend(loaders('cpu').table, forced)).rejects.toThrow(
      /there are only tfjs-node-gpu, tfjs-node/,
    );
  });
});
