import type { Gpu } from './device.types.js';
import type { ListedGpu } from './list-gpus.js';

/** Somebody names a GPU that is not there. */
export class GpuSelectionError extends Error {
  readonly code = 'gpu_not_found';

  constructor(asked: string, listed: readonly ListedGpu[]) {
    const known = listed.map(({ index, id }) => `${index} (${id})`).join(', ');
    super(`KERNELCAST_GPUS names ${asked}, but there are only: ${known}`);
    this.name = 'GpuSelectionError';
  }
}

const namesOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '-1');

/** A UUID may be cut short as long as it is clear, as CUDA allows it too. */
const isMeant = (name: string, { index, id }: ListedGpu): boolean =>
  name === index || (name.length > 'GPU-'.length && id.startsWith(name));

/**
 * The GPUs to train on.
 *
 * @param listed - by the driver; none where it cannot be asked
 * @param chosen - `KERNELCAST_GPUS`: `all`, `none`, or indices or UUIDs with commas between them. Without a driver to
 *   ask, those named are taken as they are
 * @param visible - `CUDA_VISIBLE_DEVICES` of the trainer itself, which is kept to when nothing is chosen
 * @throws {GpuSelectionError}
 */
export function selectGpus(
  listed: readonly ListedGpu[],
  chosen: string | undefined,
  visible: string | undefined,
): readonly Gpu[] {
  if (chosen === 'none') return [];
  if (chosen === 'all') return listed;
  if (chosen === undefined) {
    if (visible === undefined || visible === 'all') return listed;
    const names = namesOf(visible);
    return listed.filter((gpu) => names.some((name) => isMeant(name, gpu)));
  }
  return [...new Set(namesOf(chosen))].map((name): Gpu => {
    if (listed.length === 0) return { id: name, name: `GPU ${name}`, memoryMib: undefined };
    const found = listed.find((gpu) => isMeant(name, gpu));
    if (found === undefined) throw new GpuSelectionError(name, listed);
    return found;
  });
}
