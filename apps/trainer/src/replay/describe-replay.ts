import type { Replay } from './replay.js';

/** The outcome, for people. */
export function describeReplay({ run, digest, same, differences }: Replay): string {
  const { definition, versionId, backend, threads } = run;
  const place = `${backend}, threads: ${threads ?? 'all'}`;
  const lines = [
    `${versionId}, made by ${definition.jobId} (${place})`,
    `  recorded ${run.digest}`,
    `  replayed ${digest}`,
  ];
  if (same) return [...lines, 'same'].join('\n');
  const searched = definition.searchSeconds;
  const hint =
    searched === undefined
      ? []
      : [
          `  The job searched for its hyperparameters for ${searched} s; what a search finds depends on the machine's pace.`,
        ];
  return [...lines, ...differences.map((text) => `  differs in ${text}`), ...hint, 'different'].join('\n');
}
