import os from 'node:os';
import type { Logger } from '@kernelcast/platform';
import type { Device, Devices, Gpu } from './device.types.js';
import { listGpus } from './list-gpus.js';
import { selectGpus } from './select-gpus.js';

/** A trainer that must have a GPU has none. */
export class NoGpuError extends Error {
  readonly code = 'gpu_required';

  constructor(reason: string) {
    super(
      `KERNELCAST_REQUIRE_GPU is set, but no GPU can be trained on: ${reason}. Check the driver with nvidia-smi, give the container its GPUs, or unset it.`,
    );
    this.name = 'NoGpuError';
  }
}

export interface DeviceChoice {
  /** `KERNELCAST_GPUS`. */
  readonly gpus: string | undefined;
  /** `CUDA_VISIBLE_DEVICES`. */
  readonly visible: string | undefined;
  readonly requireGpu: boolean;
  /** Compute backend to insist on. */
  readonly backend: string | undefined;
  /** Jobs at once, where somebody says so. */
  readonly concurrency: number | undefined;
}

/** Tries to load the backend that a device needs. @returns why it does not load; `undefined` when it does */
export type DeviceProbe = (device: Device) => Promise<string | undefined>;

const GPU_BACKEND = 'tfjs-node-gpu';

/**
 * Finds out what this trainer computes on: each chosen GPU for one job at a time, or the processors.
 * @throws {NoGpuError} when a GPU is required and there is none; {GpuSelectionError}
 */
export async function findDevices(choice: DeviceChoice, probe: DeviceProbe, logger: Logger): Promise<Devices> {
  const { gpus, reason } = await usableGpus(choice, probe);
  if (gpus.length === 0) {
    if (choice.requireGpu) throw new NoGpuError(reason);
    const concurrency = choice.concurrency ?? os.availableParallelism();
    logger.info({ processors: os.availableParallelism(), jobs: concurrency }, `training on processors: ${reason}`);
    return { accelerator: 'cpu', slots: Array.from({ length: concurrency }, () => PROCESSORS) };
  }
  for (const { id, name, memoryMib } of gpus) logger.info({ id, memoryMib }, `training on ${name}`);
  const { concurrency = gpus.length } = choice;
  return { accelerator: 'gpu', slots: gpus.slice(0, concurrency).map(toDevice) };
}

interface FoundGpus {
  readonly gpus: readonly Gpu[];
  /** Why there are none. */
  readonly reason: string;
}

async function usableGpus(choice: DeviceChoice, probe: DeviceProbe): Promise<FoundGpus> {
  const { backend } = choice;
  if (backend !== undefined && backend !== GPU_BACKEND)
    return { gpus: [], reason: `KERNELCAST_BACKEND is ${backend}, which uses no GPU` };
  const { gpus: listed, reason = 'none is chosen' } = await listGpus();
  const gpus = selectGpus(listed, choice.gpus, choice.visible);
  const [first] = gpus;
  const fault = first && (await probe(toDevice(first)));
  if (fault === undefined) return { gpus, reason };
  return { gpus: [], reason: `there is ${first?.name}, but ${GPU_BACKEND} does not load: ${fault}` };
}

/** Where a job computes that needs nothing special. */
export const PROCESSORS: Device = { name: 'cpu', backend: undefined, environment: {} };

/** TensorFlow takes all the GPUs it sees, and all of their memory: a job gets to see one. */
const toDevice = ({ id, name }: Gpu): Device => ({
  name: `${name} (${id})`,
  backend: GPU_BACKEND,
  environment: { CUDA_VISIBLE_DEVICES: id },
});
