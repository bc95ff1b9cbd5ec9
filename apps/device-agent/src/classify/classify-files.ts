import { readFile } from 'node:fs/promises';
import type { Device, Prediction } from '@kernelcast/device-sdk';
import { describeError } from '@kernelcast/device-sdk';
import { decodeImage } from '@kernelcast/nets/node';

/** Images decoded at once and classified together: bounds the memory. */
const BATCH = 256;

export interface Classification extends Prediction {
  readonly file: string;
}

/** Milliseconds, but for the count. */
export interface Timing {
  readonly images: number;
  /** Folding the task into the base and switching to it. */
  readonly swapMs: number;
  readonly decodeMs: number;
  /** Includes loading and verifying the task. */
  readonly classifyMs: number;
  readonly totalMs: number;
}

export interface ClassifiedFiles {
  readonly classified: readonly Classification[];
  /** Files that are no images. */
  readonly failed: readonly { readonly file: string; readonly reason: string }[];
  readonly timing: Timing;
}

/** Classifies image files; one that cannot be read is left out and named. @throws what `Device.classify` throws */
export async function classifyFiles(
  device: Device,
  task: string,
  files: readonly string[],
  signal: AbortSignal,
): Promise<ClassifiedFiles> {
  const started = performance.now();
  const classified: Classification[] = [];
  const failed: { file: string; reason: string }[] = [];
  let [swapMs, decodeMs] = [0, 0];
  const stop = device.onEvent((event) => {
    if (event.type === 'switched') swapMs += event.swapMs;
  });
  for (let start = 0; start < files.length; start += BATCH) {
    signal.throwIfAborted();
    const decodeStarted = performance.now();
    const decoded = await Promise.all(files.slice(start, start + BATCH).map((file) => decode(file, device)));
    decodeMs += performance.now() - decodeStarted;
    const good = decoded.filter((entry) => 'pixels' in entry);
    for (const entry of decoded) if ('reason' in entry) failed.push(entry);
    const predictions = await device.classify(task, concat(good.map(({ pixels }) => pixels)));
    good.forEach(({ file }, i) => {
      const prediction = predictions[i];
      if (prediction) classified.push({ file, ...prediction });
    });
  }
  stop();
  const totalMs = performance.now() - started;
  return {
    classified,
    failed,
    timing: { images: files.length, swapMs, decodeMs, classifyMs: totalMs - decodeMs, totalMs },
  };
}

type Decoded = { file: string; pixels: Uint8Array } | { file: string; reason: string };

async function decode(file: string, { input }: Device): Promise<Decoded> {
  try {
    return { file, pixels: await decodeImage(await readFile(file), input) };
  } catch (error) {
    return { file, reason: describeError(error).detail };
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
