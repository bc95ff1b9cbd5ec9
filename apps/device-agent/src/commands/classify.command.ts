import { Command } from 'commander';
import { classifyFiles } from '../classify/classify-files.js';
import type { Classification, Timing } from '../classify/classify-files.js';
import { findImages } from '../classify/find-images.js';
import type { CliContext, Exit } from '../cli.js';
import { percent } from '../output/table.js';
import { openDevice } from './open-device.js';

interface ClassifyFlags {
  state: string;
  task: string;
  json?: boolean;
  probabilities?: boolean;
  timing?: boolean;
}

/** `classify`: images by a task that is active, without a network. */
export function classifyCommand({ stdout, stderr, signal }: CliContext, exit: Exit): Command {
  return new Command('classify')
    .description('classify images (PNG, JPEG, WebP) by an active task; needs no network')
    .argument('<files...>', 'images, or folders of images')
    .requiredOption('--state <folder>', "the device's state")
    .requiredOption('--task <task>', 'name of the task')
    .option('--json', 'print one JSON array of {file, label, probability}')
    .option('--probabilities', 'give the probability of every label')
    .option('--timing', 'tell on stderr how long switching and classifying took')
    .action(async (paths: string[], flags: ClassifyFlags) => {
      const device = await openDevice(flags.state, true);
      const files = await findImages(paths);
      const { classified, failed, timing } = await classifyFiles(device, flags.task, files, signal);
      await device.close();
      stdout(
        flags.json ? `${JSON.stringify(classified.map(toJson(flags)))}\n` : classified.map(toLine(flags)).join(''),
      );
      for (const { file, reason } of failed) stderr(`kernelcast-device: ${file}: ${reason}\n`);
      if (flags.timing) stderr(flags.json ? `${JSON.stringify(timing)}\n` : describeTiming(timing));
      exit(failed.length === 0 ? 0 : 1);
    });
}

const toJson =
  ({ probabilities: all }: ClassifyFlags) =>
  ({ file, label, probability, probabilities }: Classification) => ({
    file,
    label,
    probability,
    ...(all ? { probabilities } : {}),
  });

const toLine =
  ({ probabilities: all }: ClassifyFlags) =>
  ({ file, label, probability, probabilities }: Classification): string => {
    const others = Object.entries(probabilities).map(([name, value]) => `${name} ${percent(value)}`);
    return `${file}\t${label}\t${percent(probability)}${all ? `\t${others.join(', ')}` : ''}\n`;
  };

function describeTiming({ images, swapMs, decodeMs, classifyMs, totalMs }: Timing): string {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  return `${images} images: switch ${ms(swapMs)}, decode ${ms(decodeMs)}, classify ${ms(classifyMs)}, total ${ms(totalMs)}\n`;
}
