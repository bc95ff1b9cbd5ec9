import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Gpu } from './device.types.js';

const run = promisify(execFile);
/** Of a driver that hangs, which one with a broken device may do. */
const TIMEOUT_MS = 20_000;
const QUERY = ['--query-gpu=index,uuid,name,memory.total', '--format=csv,noheader,nounits'];

export interface ListedGpu extends Gpu {
  /** As `nvidia-smi` counts them. */
  readonly index: string;
}

/**
 * The GPUs that NVIDIA's driver knows, by `nvidia-smi` on the PATH.
 * @returns none when there is no such program, or when it fails, together with the reason
 */
export async function listGpus(): Promise<{ gpus: readonly ListedGpu[]; reason?: string }> {
  try {
    const { stdout } = await run('nvidia-smi', QUERY, { timeout: TIMEOUT_MS, env: process.env });
    return { gpus: stdout.split('\n').flatMap(parseLine) };
  } catch (error) {
    const { code, stdout = '', message = '' } = error as { code?: unknown; stdout?: string; message?: string };
    const reason = code === 'ENOENT' ? 'there is no nvidia-smi' : `nvidia-smi failed: ${stdout.trim() || message}`;
    return { gpus: [], reason };
  }
}

/** `0, GPU-5c6f…, NVIDIA A100-SXM4-40GB, 40960`; a name may hold a comma. */
function parseLine(line: string): ListedGpu[] {
  const [index = '', uuid = '', ...rest] = line.split(',').map((part) => part.trim());
  if (!/^\d+$/.test(index)) return [];
  const memory = Number(rest.at(-1));
  const memoryMib = Number.isFinite(memory) && memory > 0 ? memory : undefined;
  return [{ index, id: uuid || index, name: rest.slice(0, -1).join(', ') || 'GPU', memoryMib }];
}
