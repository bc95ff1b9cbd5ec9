import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);
/** Loading CUDA's libraries for the first time may take most of a minute. */
const TIMEOUT_MS = 180_000;

const answerSchema = z.object({ backend: z.string(), kernels: z.string() });
export type ProbedBackend = z.infer<typeof answerSchema>;

export interface ProbeOptions {
  /** Compiled entry of the probe. */
  readonly entry: string;
  /** Backend to insist on. */
  readonly backend: string | undefined;
  readonly nativeFolder: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Loads a backend in a process of its own, as a training would: what fails to load may take its process down, and what
 * does load would keep its memory.
 * @throws Error with the reason why it does not load
 */
export async function probeBackend({
  entry,
  backend,
  nativeFolder,
  environment,
}: ProbeOptions): Promise<ProbedBackend> {
  try {
    const env = { ...process.env, ...environment };
    const { stdout } = await run(process.execPath, [entry, backend ?? '', nativeFolder ?? ''], {
      env,
      timeout: TIMEOUT_MS,
    });
    // TensorFlow may print lines of its own before.
    return answerSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  } catch (cause) {
    const { stderr = '', message = '' } = cause as { stderr?: string; message?: string };
    throw new Error(stderr.trim().split('\n').at(-1) || message, { cause });
  }
}
