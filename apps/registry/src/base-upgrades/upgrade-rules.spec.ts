import type { TrainingJob } from '@kernelcast/contracts';
import { chooseVersion, repeatOn, type UpgradeCandidate } from './upgrade-rules.js';

const version = (number: number, change: Partial<UpgradeCandidate> = {}): UpgradeCandidate => ({
  ...{ id: `mdv_${number}`, version: number, state: 'registered', size: 100, trainingJobId: 'job', aliases: [] },
  ...change,
});

describe('the version that is retrained', () => {
  it.each<[string, UpgradeCandidate[], string | null, string | null]>([
    [
      'of the alias production',
      [version(1, { aliases: ['canary', 'production'] }), version(2, { aliases: ['canary'] })],
      'mdv_1',
      'production',
    ],
    ['of another alias', [version(1, { aliases: ['canary'] }), version(2, { state: 'approved' })], 'mdv_1', 'canary'],
    [
      'the newest approved one',
      [version(1, { state: 'approved' }), version(2, { state: 'approved' }), version(3)],
      'mdv_2',
      null,
    ],
    ['the newest where none is approved', [version(1), version(2)], 'mdv_2', null],
    [
      'none that was turned down',
      [version(1), version(2, { state: 'revoked', aliases: ['production'] })],
      'mdv_1',
      null,
    ],
    ['nothing where all were', [version(1, { state: 'rejected' })], null, null],
  ])('is %s', (_, versions, id, alias) => {
    const chosen = chooseVersion(versions);
    expect([chosen?.id ?? null, chosen?.alias ?? null]).toEqual([id, alias]);
  });
});

const base = { id: 'base_1', name: 'old', parameters: 1000, inputHeight: 32, inputWidth: 32, startDigest: null };
const job = {
  ...{ taskId: 'task_1', datasetVersionId: 'dsv_1', method: 'km', scenario: 'transfer', seed: 7, priority: 3 },
  ...{ hyperparameters: { steps: 50 }, budget: { paramsRatio: 0.02 }, accelerator: 'any' },
  ...{ startFrom: null, deadline: null },
} as TrainingJob;

describe('a job on another base network', () => {
  it('is the same but for the base network', () => {
    expect(repeatOn(job, { from: base, to: { ...base, id: 'base_2' } })).toEqual({
      job: {
        ...{ task: 'task_1', datasetVersion: 'dsv_1', baseNetwork: 'base_2', method: 'km', scenario: 'transfer' },
        ...{ hyperparameters: { steps: 50 }, budget: { paramsRatio: 0.02 }, seed: 7, priority: 3, accelerator: 'any' },
        ...{ deadline: null, startFrom: null, dryRun: false },
      },
      obstacles: [],
      notCarried: [],
    });
  });

  it('says what it does not take over', () => {
    const warm = { ...job, startFrom: 'mdv_1', deadline: '2026-01-01T00:00:00.000Z' };
    const { notCarried } = repeatOn(warm, { from: base, to: { ...base, parameters: 2000, inputWidth: 64 } });
    expect(notCarried.map(({ code }) => code)).toEqual(['warm_start', 'deadline', 'input_size', 'modulator_size']);
    const inBytes = repeatOn({ ...job, budget: { bytes: 10 } }, { from: base, to: { ...base, parameters: 2000 } });
    expect(inBytes.notCarried).toEqual([]);
  });

  it('needs a starting point when it learns from few images, whose budget it then has', () => {
    const few: TrainingJob = { ...job, scenario: 'few-shot' };
    expect(repeatOn(few, { from: base, to: base }).obstacles).toMatchObject([{ code: 'start_missing' }]);
    const started = repeatOn(few, { from: base, to: { ...base, startDigest: `sha256:${'0'.repeat(64)}` } });
    expect(started.obstacles).toEqual([]);
    expect(started.job).not.toHaveProperty('budget');
  });
});
