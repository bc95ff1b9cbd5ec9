import { planChaos } from './chaos-plan.js';
import { describeReport, faultsOf } from './chaos-report.js';
import type { ChaosReport } from './chaos-run.js';

describe('the plan of a chaos run', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planChaos(50, 7, true)).toEqual(planChaos(50, 7, true));
    expect(planChaos(50, 7, true)).not.toEqual(planChaos(50, 8, true));
  });

  it('hits everything there is, and Redis only where there is one', () => {
    const victims = (withRedis: boolean) =>
      [...new Set(planChaos(50, 1, withRedis).map(({ victim }) => victim))].sort();
    expect(victims(true)).toEqual(['child', 'postgres', 'redis', 'worker']);
    expect(victims(false)).toEqual(['child', 'postgres', 'worker']);
  });
});

describe('the report of a chaos run', () => {
  const job = (id: string, change: object = {}) => ({
    id,
    recipe: 0,
    state: 'succeeded' as const,
    attempt: 1,
    errorMessage: null,
    digest: 'sha256:a',
    successes: 1,
    ...change,
  });
  const report = (second: object, versions = ['a', 'b'], checkpoints = 0): ChaosReport => ({
    hits: { worker: 1 },
    undisturbed: 1,
    outcomes: {
      jobs: [job('a'), job('b', second)],
      versions: versions.map((trainingJobId, index) => ({ version: index + 1, trainingJobId })),
      checkpoints,
    },
    exits: 0,
    seconds: 9,
  });

  it('has no fault when every job is done once, to the last bit', () => {
    expect(faultsOf(report({ attempt: 3 }))).toEqual([]);
    expect(describeReport(report({ attempt: 3 }))).toBe(
      'killed: worker 1; 1 disturbed jobs in 3 attempts, 2 versions of 2 jobs, 0 exits of trainers by themselves, faults: 0; 9 s',
    );
  });

  it.each([
    ['a job that is lost', report({ state: 'running' }), 'b is running'],
    ['a job that was given up', report({ state: 'failed', errorMessage: 'crashed' }), 'b is failed: crashed'],
    ['a job that succeeded twice', report({ successes: 2 }), 'b succeeded 2 times'],
    ['a job with two versions', report({}, ['a', 'b', 'b']), 'b has 2 versions'],
    ['another digest', report({ digest: 'sha256:b' }), 'another digest'],
    ['a checkpoint that is left', report({}, undefined, 1), '1 checkpoints'],
  ])('names %s', (_what, found, fault) => {
    expect(faultsOf(found)).toEqual([expect.stringContaining(fault)]);
  });

  it('names a gap in the versions', () => {
    const found = report({});
    found.outcomes.versions[1] = { version: 3, trainingJobId: 'b' };
    expect(faultsOf(found)).toEqual(['version 3 is out of line']);
  });
});
