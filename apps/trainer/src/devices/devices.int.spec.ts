import { chmod, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createLogger } from '@kernelcast/platform';
import { tempDir, type TempDir } from '@kernelcast/testing';
import { findDevices, NoGpuError, type DeviceChoice } from './find-devices.js';
import { listGpus } from './list-gpus.js';

const TWO = `0, GPU-aaaa-1, NVIDIA A100-SXM4-40GB, 40960
1, GPU-bbbb-2, NVIDIA A100-SXM4-40GB, 40960`;

let folder: TempDir;
const outerPath = process.env['PATH'];

beforeEach(() => {
  folder = tempDir('devices');
});
afterEach(() => {
  process.env['PATH'] = outerPath;
  folder.remove();
});

/** Puts a program by that name before all others that prints `output` and exits with `code`. */
const fakeDriver = async (output: string, code = 0): Promise<void> => {
  const file = path.join(folder.path, 'nvidia-smi');
  await writeFile(file, `#!/bin/sh\ncat <<'END'\n${output}\nEND\nexit ${code}\n`);
  await chmod(file, 0o755);
  process.env['PATH'] = `${folder.path}:${outerPath}`;
};
const noDriver = (): void => {
  process.env['PATH'] = folder.path;
};

const find = async (change: Partial<DeviceChoice> = {}, fault?: string) => {
  const log: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) };
  const logger = createLogger({ service: 'trainer', level: 'info', destination });
  const nothing = { gpus: undefined, visible: undefined, backend: undefined, concurrency: undefined };
  const devices = await findDevices({ requireGpu: false, ...nothing, ...change }, () => Promise.resolve(fault), logger);
  return { ...devices, log };
};

describe('the list of GPUs', () => {
  it('has what the driver says of them, a name with a comma included', async () => {
    await fakeDriver(`${TWO}\n2, GPU-cccc-3, Odd, Name, [N/A]\n`);
    const { gpus } = await listGpus();
    expect(gpus).toEqual([
      { index: '0', id: 'GPU-aaaa-1', name: 'NVIDIA A100-SXM4-40GB', memoryMib: 40960 },
      { index: '1', id: 'GPU-bbbb-2', name: 'NVIDIA A100-SXM4-40GB', memoryMib: 40960 },
      { index: '2', id: 'GPU-cccc-3', name: 'Odd, Name', memoryMib: undefined },
    ]);
  });

  it('is empty with the reason when there is no driver, or a broken one', async () => {
    noDriver();
    expect(await listGpus()).toEqual({ gpus: [], reason: 'there is no nvidia-smi' });
    await fakeDriver('NVIDIA-SMI has failed because it could not communicate with the driver', 9);
    expect(await listGpus()).toEqual({ gpus: [], reason: expect.stringContaining('could not communicate') });
  });
});

describe('a trainer', () => {
  it('gives each GPU to one job, which sees no other', async () => {
    await fakeDriver(TWO);
    const { accelerator, slots, log } = await find();
    expect(accelerator).toBe('gpu');
    expect(slots.map(({ backend, environment }) => [backend, environment])).toEqual([
      ['tfjs-node-gpu', { CUDA_VISIBLE_DEVICES: 'GPU-aaaa-1' }],
      ['tfjs-node-gpu', { CUDA_VISIBLE_DEVICES: 'GPU-bbbb-2' }],
    ]);
    expect(log).toContainEqual(
      expect.objectContaining({ msg: 'training on NVIDIA A100-SXM4-40GB', id: 'GPU-aaaa-1', memoryMib: 40960 }),
    );
  });

  it('trains fewer jobs at once when told so, and never more than it has GPUs', async () => {
    await fakeDriver(TWO);
    expect((await find({ concurrency: 1 })).slots).toHaveLength(1);
    expect((await find({ concurrency: 8 })).slots).toHaveLength(2);
  });

  it('trains on its processors without a GPU, and says why', async () => {
    noDriver();
    const { accelerator, slots, log } = await find({ concurrency: 3 });
    expect([accelerator, slots.length]).toEqual(['cpu', 3]);
    expect(slots[0]).toMatchObject({ backend: undefined, environment: {} });
    expect(log[0]?.['msg']).toContain('there is no nvidia-smi');
    expect((await find()).slots).toHaveLength(os.availableParallelism());
  });

  it.each([
    ['the backend uses none', { backend: 'wasm' }, undefined, /KERNELCAST_BACKEND is wasm/],
    ['none is chosen', { gpus: 'none' }, undefined, /none is chosen/],
    ['its backend does not load', {}, 'no libcudart', /A100.*does not load: no libcudart/],
  ])('leaves its GPUs alone when %s, and refuses to start when it needs one', async (_what, choice, fault, reason) => {
    await fakeDriver(TWO);
    const { accelerator, log } = await find(choice, fault);
    expect(accelerator).toBe('cpu');
    expect(log[0]?.['msg']).toMatch(reason);
    const refused = find({ ...choice, requireGpu: true }, fault);
    await expect(refused).rejects.toThrow(NoGpuError);
    await expect(refused).rejects.toThrow(reason);
  });

  it('takes the GPUs named to it on trust where no driver can be asked', async () => {
    noDriver();
    const { accelerator, slots } = await find({ gpus: '0,1', requireGpu: true });
    expect(accelerator).toBe('gpu');
    expect(slots.map(({ environment }) => environment)).toEqual([
      { CUDA_VISIBLE_DEVICES: '0' },
      { CUDA_VISIBLE_DEVICES: '1' },
    ]);
  });
});
