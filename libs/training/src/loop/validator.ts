import { roundToEncoding } from '@kernelcast/artifact';
import type { WeightMap } from '@kernelcast/artifact';
import type { Images } from '@kernelcast/nets/node';
import type { Measurement } from '../checkpoint/run-checkpoint.js';
import { evaluate } from '../evaluation/evaluate.js';
import type { Session } from './session.js';

/** Measures an adaptation on images that it does not learn from, as a device will run it. */
export class Validator {
  constructor(
    private readonly session: Session,
    readonly images: Images,
  ) {}

  /** @throws the signal's reason when the run is to stop. */
  async measure(tensors: WeightMap, step: number): Promise<Measurement> {
    const { base, dataset, encoding = 'f16' } = this.session.options;
    const { top1, loss } = await evaluate({
      base,
      tensors: roundToEncoding(tensors, encoding),
      labels: dataset.labels,
      images: this.images,
      pause: this.session.pause,
    });
    return { step, top1, loss };
  }
}

/** Whether a measurement is better than the best so far: more images right, or as many with less loss. */
export function isBetter(measured: Measurement, best: Measurement | undefined): boolean {
  if (best === undefined || measured.top1 !== best.top1) return best === undefined || measured.top1 > best.top1;
  return measured.loss < best.loss;
}
