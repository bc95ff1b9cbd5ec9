import { fewShotJob } from './few-shot-job.js';
import type { JobContext } from './job-context.js';
import type { TrainingSpec } from './messages.js';
import { metaJob } from './meta-job.js';
import { trainJob } from './train-job.js';

/** Does a job as its scenario wants it. @throws as {@link trainJob}, {@link fewShotJob} and {@link metaJob} */
export function runJob(spec: TrainingSpec, context: JobContext): Promise<void> {
  if (spec.scenario === 'meta') return metaJob(spec, context);
  return spec.scenario === 'few-shot' ? fewShotJob(spec, context) : trainJob(spec, context);
}
