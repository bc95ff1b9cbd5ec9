import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { draw } from './draws.js';

/** What a device may be like; one that is none of the others is `normal`. */
const BEHAVIOURS = ['normal', 'slow', 'flapping', 'malicious', 'skewed'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

const share = z.number().min(0).max(1);
const DAY_SECONDS = 86_400;

const failureSchema = z
  .object({
    task: z.string().min(1).max(63),
    /** Of the task; every version without one. */
    version: z.int().positive().optional(),
    share: share.default(1),
  })
  .strict();

/** How a fleet behaves. Everything has a default: the empty script is a fleet of well-behaved devices. */
export const scriptSchema = z
  .object({
    seed: z.int().min(0).max(0x7fffffff).default(1),
    shares: z
      .object({
        slow: share.default(0),
        flapping: share.default(0),
        malicious: share.default(0),
        skewed: share.default(0),
      })
      .strict()
      .refine((shares) => sum(Object.values(shares)) <= 1, 'shares of behaviours add up to more than 1')
      .prefault({}),
    /** Whose self-test fails: a share of all devices, whatever else they are like. */
    failing: z.array(failureSchema).max(64).default([]),
    slow: z
      .object({ bytesPerSecond: z.int().min(100).default(20_000), chunkBytes: z.int().min(256).default(8_192) })
      .strict()
      .prefault({}),
    flapping: z
      .object({ polls: z.int().min(1).default(3), silentSeconds: z.number().min(0).default(120) })
      .strict()
      .prefault({}),
    /** Clocks are off by up to this, either way. */
    skewed: z
      .object({
        seconds: z
          .number()
          .min(0)
          .max(3_650 * DAY_SECONDS)
          .default(6 * 3_600),
      })
      .strict()
      .prefault({}),
    /** Renews credentials this often as well as when they are about to expire; 0 only then. */
    renewEverySeconds: z.number().min(0).default(0),
  })
  .strict();
export type Script = z.output<typeof scriptSchema>;

/** @throws Error when the file cannot be read or is no script */
export async function readScript(file: string): Promise<Script> {
  const parsed = scriptSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new TypeError(`${file}: ${z.prettifyError(parsed.error)}`);
}

/** What a device is like: decided by seed and number alone. */
export function behaviourOf({ seed, shares }: Script, device: number): Behaviour {
  let left = draw(seed, 'behaviour', device);
  for (const behaviour of BEHAVIOURS) {
    if (behaviour === 'normal') continue;
    left -= shares[behaviour];
    if (left < 0) return behaviour;
  }
  return 'normal';
}

/** Whether a version's self-test fails on a device. */
export function failsSelfTest(
  { seed, failing }: Script,
  device: number,
  slot: { task: string; modulatorVersion: number },
): boolean {
  // prettier-ignore
  return failing.some(
    ({ task, version, share: part }) =>
      task === slot.task &&
      (version ?? slot.modulatorVersion) === slot.modulatorVersion &&
      draw(seed, `failing:${task}`, device, slot.modulatorVersion) < part,
  );
}

/** Milliseconds that a device's clock is ahead of the true time; negative behind. */
export function clockOffsetOf(script: Script, device: number): number {
  if (behaviourOf(script, device) !== 'skewed') return 0;
  return (2 * draw(script.seed, 'clock', device) - 1) * script.skewed.seconds * 1_000;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
