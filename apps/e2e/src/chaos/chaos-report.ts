import type { ChaosOutcomes, ChaosReport } from './chaos-run.js';

type JobOutcome = ChaosOutcomes['jobs'][number];

/** All that is wrong with the outcomes of a run; nothing when every job is done once, to the last bit. */
export function faultsOf({ outcomes, undisturbed }: ChaosReport): string[] {
  const { jobs, versions } = outcomes;
  const reference = new Map(jobs.slice(0, undisturbed).map(({ recipe, digest }) => [recipe, digest]));
  const versionsOf = (id: string): number => versions.filter(({ trainingJobId }) => trainingJobId === id).length;
  const faultOf = (job: JobOutcome): string | undefined => {
    if (job.state !== 'succeeded') return `${job.id} is ${job.state}: ${job.errorMessage}`;
    if (versionsOf(job.id) !== 1) return `${job.id} has ${versionsOf(job.id)} versions`;
    if (job.successes !== 1) return `${job.id} succeeded ${job.successes} times`;
    if (job.recipe === undefined) return `${job.id} was never submitted`;
    if (job.digest !== reference.get(job.recipe)) return `${job.id} has another digest than the undisturbed one`;
    return undefined;
  };
  const gap = versions.find(({ version }, index) => version !== index + 1);
  return [
    ...jobs.map(faultOf),
    gap && `version ${gap.version} is out of line`,
    outcomes.checkpoints > 0 ? `${outcomes.checkpoints} checkpoints of ended jobs are left` : undefined,
  ].filter((fault) => fault !== undefined);
}

/** A line of the table: what was hit, and what became of the jobs. */
export function describeReport(report: ChaosReport): string {
  const { hits, outcomes, undisturbed, exits } = report;
  const disturbed = outcomes.jobs.slice(undisturbed);
  const taken = disturbed.reduce((sum, { attempt }) => sum + attempt, 0);
  const kills = Object.entries(hits).map(([victim, count]) => `${victim} ${count}`);
  return (
    `killed: ${kills.join(', ')}; ${disturbed.length} disturbed jobs in ${taken} attempts, ` +
    `${outcomes.versions.length} versions of ${outcomes.jobs.length} jobs, ${exits} exits of trainers by themselves, ` +
    `faults: ${faultsOf(report).length}; ${report.seconds} s`
  );
}
