import type { TaskSpec } from '../training-child/messages.js';

/** A spec that is valid; the files that it names are not there. */
export const someSpec = (): TaskSpec => ({
  scenario: 'transfer',
  jobId: 'job_1',
  task: 'colours',
  labels: ['red', 'blue'],
  method: 'km',
  budget: { paramsRatio: 0.014 },
  hyperparameters: {},
  seed: 0,
  encoding: 'f16',
  base: { digest: `sha256:${'0'.repeat(64)}`, graphPath: '/graph', weightsPath: '/weights' },
  datasetPath: '/dataset.zip',
  checkpointEveryMs: 10_000,
  version: '1.0.0',
  workDir: '/work',
});
