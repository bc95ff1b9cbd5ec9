import type { ProcessSupply } from '../child-process/process-supply.js';
import type { ProcessEnd } from '../child-process/training-process.js';
import type { Device } from '../devices/device.types.js';
import type { TrainingSpec } from '../training-child/messages.js';
import type { AttemptEnding } from './attempt-ending.js';
import type { AttemptReporter } from './attempt-reporter.js';
import type { AttemptSettings } from './attempt.types.js';

export interface SupervisionOptions {
  readonly processes: ProcessSupply;
  readonly settings: Pick<AttemptSettings, 'silenceMs' | 'stopGraceMs'>;
  readonly device: Device;
  readonly ending: AttemptEnding;
  readonly reporter: AttemptReporter;
}

/** Runs a training process to its end, which comes early when the attempt's end is decided meanwhile. */
export async function superviseTraining(
  spec: TrainingSpec,
  { processes, settings, device, ending, reporter }: SupervisionOptions,
): Promise<{ end: ProcessEnd; stderr: string }> {
  const training = processes.take(device, spec);
  const { silenceMs } = settings;
  const ended = training.train(spec, { onMessage: (message) => reporter.take(message), silenceMs });
  let timer: NodeJS.Timeout | undefined;
  const removers = [
    ending.on('kill', () => training.kill()),
    ending.on('stop', () => {
      training.stop();
      timer = setTimeout(() => training.kill(), settings.stopGraceMs);
    }),
  ];
  const end = await ended;
  clearTimeout(timer);
  for (const remove of removers) remove();
  return { end, stderr: training.errorOutput };
}
