import { initInferenceBackend } from '@kernelcast/compute';
import type { Report } from '@kernelcast/contracts';
import type { BaseNetwork } from '@kernelcast/nets';
import type { Prediction } from '../inference/predictions.js';
import { FakeDelivery, NOW } from './fake-delivery.js';
import { aModulator } from './modulators.js';
import type { TestModulator } from './modulators.js';
import { enrolledDevice, images } from './test-device.js';
import type { TestDevice } from './test-device.js';
import { tinyBase } from './tiny-base.js';

/** A device that serves a good version; what happens to it next is a test's. */
export interface ServingDevice extends TestDevice {
  readonly delivery: FakeDelivery;
  readonly base: BaseNetwork;
  /** What it serves: version 1 of `digits`, by manifest 10. */
  readonly good: TestModulator;
  /** A version 2 that is as good. */
  readonly next: TestModulator;
  /** The device's time. */
  clock: Date;
  lastReport(): Report | undefined;
  /** What the good version answers. */
  readonly answers: readonly Prediction[];
}

export async function servingDevice(): Promise<ServingDevice> {
  await initInferenceBackend();
  const base = await tinyBase(1);
  const good = await aModulator(base, { version: 1, seed: 1 });
  const next = await aModulator(base, { version: 2, seed: 2 });
  const delivery = await FakeDelivery.start();
  await delivery.publish({ slots: [{ modulator: good }], version: 10 });
  const time = { clock: NOW };
  const test = await enrolledDevice(delivery, base, { now: () => time.clock });
  await test.device.poll();
  const answers = await test.device.classify('digits', images(4));
  const lastReport = (): Report | undefined => delivery.reports.at(-1);
  return Object.assign(time, { ...test, delivery, base, good, next, answers, lastReport });
}
