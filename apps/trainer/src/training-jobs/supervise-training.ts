import { TrainingProcess, type ProcessEnd } from '../child-process/training-process.js';
import type { Device } from '../devices/device.types.js';
import type { TrainingSpec } from '../training-child/messages.js';
import type { AttemptEnding } from './attempt-ending.js';
import type { AttemptReporter } from './attempt-reporter.js';
import type { AttemptSettings } from './attempt.types.js';

export interface SupervisionOptions {
  readonly settings: Pick<AttemptSettings, 'childEntry' | 'silenceMs' | 'stopGraceMs'>;
  readonly device: Device;
  readonly ending: AttemptEnding;
  readonly reporter: AttemptReporter;
}

/** Runs a training process to its end, which comes early when the attempt's end is decided meanwhile. */
export async function superviseTraining(
  spec: TrainingSpec,
  { settings, device, ending, reporter }: SupervisionOptions,
): Promise<{ end: ProcessEnd; stderr: string }> {
  const training = new TrainingProcess({
    entry: settings.childEntry,
    spec,
    onMessage: (message) => reporter.take(message),
    silenceMs: settings.silenceMs,
    environment: device.environment,
  });
  let timer: NodeJS.Timeout | undefined;
  const removers = [
    ending.on('kill', () => training.kill()),
    ending.on('stop', () => {
      training.stop();
      timer = setTimeout(() => training.kill(), settings.stopGraceMs);
    }),
  ];
  const end = await training.ended;
  clearTimeout(timer);
  for (const remove of removers) remove();
  return { end, stderr: training.errorOutput };
}
